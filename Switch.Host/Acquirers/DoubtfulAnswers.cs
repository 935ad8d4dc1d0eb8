using System.Net.Sockets;
using Switch.Host.Connections;

namespace Switch.Host.Acquirers;

/// <summary>
/// Answers that went to a peer which had closed its half of the connection. One that only shut down its sending side
/// acknowledges them; one that is gone answers with a reset, and has acknowledged nothing. The core thread adds, the
/// heartbeat asks the kernel and tells the core.
/// </summary>
internal sealed class DoubtfulAnswers
{
    // Without a word from the peer's kernel for so long, they count as delivered, as everywhere.
    private static readonly long WordTime = TimeSpan.FromSeconds(5).Ticks;

    private readonly Lock _gate = new();
    private readonly List<Doubt> _all = [];

    /// <param name="tag">The core's name for the answer.</param>
    /// <param name="end">Bytes that the connection has taken up to its last.</param>
    /// <param name="now">Ticks of the clock.</param>
    public void Add(long tag, long end, long now)
    {
        lock (_gate)
        {
            _all.Add(new Doubt(tag, end, now));
        }
    }

    /// <summary>Tells the core what is known by now. True: nothing is in doubt any more.</summary>
    /// <param name="socket">The connection's.</param>
    /// <param name="bytes">Of a connection whose bytes are not the socket's; null: they are.</param>
    /// <param name="inbox">The core's.</param>
    /// <param name="now">Ticks of the clock.</param>
    public bool Settle(Socket? socket, IAcknowledged? bytes, Inbox inbox, long now)
    {
        lock (_gate)
        {
            if (_all.Count == 0)
            {
                return true;
            }

            bool isKnown = bytes is null
                ? TcpState.TryRead(socket, out bool isDead, out long acknowledged)
                : bytes.TryRead(out isDead, out acknowledged);
            _all.RemoveAll(doubt =>
                isKnown && acknowledged >= doubt.End ? TryTell(inbox, InboxKind.AnswerDelivered, doubt)
                : isKnown && isDead ? TryTell(inbox, InboxKind.AnswerLost, doubt)
                : (!isKnown || now - doubt.Since >= WordTime) && TryTell(inbox, InboxKind.AnswerDelivered, doubt));
            return _all.Count == 0;
        }
    }

    private static bool TryTell(Inbox inbox, InboxKind kind, in Doubt doubt) =>
        inbox.Push(new InboxEvent { Kind = kind, Rare = doubt.Tag });

    private readonly record struct Doubt(long Tag, long End, long Since);
}
