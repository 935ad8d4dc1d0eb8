using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Routing.Core;

/// <summary>A request that recovery found sent and, so far, not decided.</summary>
internal sealed class InDoubt(ulong key, CardToken card, long time, byte[] image)
{
    public ulong Key { get; } = key;

    public CardToken Card { get; } = card;

    public long Time { get; } = time;

    public byte[] Image { get; } = image;

    public List<(int Issuer, int Stan, Mti SentAs)> Legs { get; } = [];

    public bool IsReversedByAcquirer { get; set; }
}
