namespace Switch.Routing.Values;

/// <summary>Which keys card tokens are made with, by their fingerprints. 0: not stated, and not compared.</summary>
/// <param name="Current">Makes the tokens of all that is new.</param>
/// <param name="Former">Made those of before, and still makes them beside; 0: no such key is named.</param>
public readonly record struct CardKeys(ulong Current, ulong Former);
