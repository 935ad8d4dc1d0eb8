using Switch.Tests.House.Planted.Right;

namespace Switch.Tests.House.Planted.Left;

/// <summary>Points at <see cref="RightHand"/>, which points back: a knot that signatures show.</summary>
internal sealed record LeftHand(RightHand? Other);
