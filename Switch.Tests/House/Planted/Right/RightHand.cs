using Switch.Tests.House.Planted.Left;

namespace Switch.Tests.House.Planted.Right;

/// <summary>Points back at <see cref="LeftHand"/>, within a generic argument.</summary>
internal sealed record RightHand(IReadOnlyList<LeftHand> Others);
