namespace Switch.Host.Simulators.World;

/// <summary>
/// Which advices the node gave to a link at all, and how far its journal had got when it first did: the reversal of a
/// late approval goes before an advice that was not sent. Only of issuers that want such reversals.
/// </summary>
internal sealed class AdviceSends(WorldPlan plan)
{
    private readonly Dictionary<(int Issuer, PostingKey Key), long> _first = [];
    private readonly PartyCodec?[] _codec =
    [
        .. plan.Issuers.Select(static one => one.WantsLateReversals
            ? new PartyCodec(one.Settings.Dialect)
            : null),
    ];

    public void Note(int link, ReadOnlySpan<byte> bytes, long lastLsn)
    {
        int issuer = plan.IssuerOf[link];
        if (_codec[issuer] is { } codec && codec.TryRead(bytes) && codec.Mti % 100 is 20 or 21)
        {
            _first.TryAdd((issuer, codec.Key()), lastLsn);
        }
    }

    /// <summary>Whether an attempt was made before this record.</summary>
    public bool WasSentBefore(int issuer, in PostingKey key, long lsn) =>
        _first.TryGetValue((issuer, key), out long last) && last < lsn;
}
