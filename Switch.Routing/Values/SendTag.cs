namespace Switch.Routing.Values;

/// <summary>
/// What comes back when a released send found no way: who sent it. A kind, the use of the place and the place in one
/// number, so that a failure cannot touch the next tenant.
/// </summary>
internal readonly record struct SendTag(long Value)
{
    private const int PlaceBits = 28;
    private const int UseBits = 32;

    public enum Kind : byte
    {
        None = 0,
        Leg = 1,
        Answer = 2,
        Owed = 3,
        Pin = 4,
        Key = 5,
    }

    public SendTag(Kind kind, int place, uint use)
        : this(((long)kind << (PlaceBits + UseBits)) | ((long)use << PlaceBits) | (uint)place)
    {
    }

    public Kind Of => (Kind)(Value >> (PlaceBits + UseBits));

    public int Place => (int)(Value & ((1 << PlaceBits) - 1));

    public uint Use => (uint)(Value >> PlaceBits);
}
