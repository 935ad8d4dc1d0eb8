namespace Switch.Tests.House.Planted.Bottom;

/// <summary>Names no type of another folder.</summary>
internal readonly record struct Leaf(int Value);
