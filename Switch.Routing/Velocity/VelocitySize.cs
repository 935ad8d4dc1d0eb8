namespace Switch.Routing.Velocity;

/// <summary>What a rule takes of memory.</summary>
public static class VelocitySize
{
    /// <summary>Bytes of its keys and windows.</summary>
    /// <param name="keysMax">Keys at once, 1 to 2^22.</param>
    /// <param name="cards">Its limit of different cards; 0: it has none.</param>
    public static long Of(int keysMax, int cards) => VelocityTable.SizeOf(keysMax, cards);
}
