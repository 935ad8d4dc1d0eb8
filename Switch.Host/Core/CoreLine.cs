using System.Diagnostics;
using Switch.Host.Connections;
using Switch.Routing.Admission;

namespace Switch.Host.Core;

/// <summary>
/// The order in which the core's thread takes what waits in the inbox: first what is not of an acquirer (issuers'
/// replies, links, commands), as it came, then acquirers' messages, of each in turn by its weight. What is left of them
/// waits here for the next turn, in which sockets are read first: so one that floods delays others by one turn at most,
/// and issuers' replies by none.
/// </summary>
/// <remarks>
/// An acquirer's messages keep their order, whatever they are: a reversal that overtakes its own request may find
/// nothing to take back, and the request would be approved after it.
/// </remarks>
/// <param name="inbox">Where all comes from.</param>
/// <param name="weights">Of each acquirer.</param>
/// <param name="capacity">As much as may wait in the inbox.</param>
/// <param name="turns">Whose connections are read when; null: all are.</param>
internal sealed class CoreLine(Inbox inbox, IReadOnlyList<int> weights, int capacity, ReadingTurns? turns = null)
{
    private readonly RequestLine<InboxEvent> _messages = new(weights, capacity);
    private int _served;
    private bool _isHeld;

    /// <summary>Messages that wait here.</summary>
    public int Count => _messages.Count;

    /// <summary>
    /// Takes what waits in the inbox: acquirers' messages into the line, and the rest is the result, valid until the
    /// next call.
    /// </summary>
    public Span<InboxEvent> Drain()
    {
        Span<InboxEvent> waiting = inbox.Drain();
        int urgent = 0;
        for (int i = 0; i < waiting.Length; i++)
        {
            ref InboxEvent item = ref waiting[i];
            if (item.Kind is not (InboxKind.AcquirerMessage or InboxKind.AcquirerFault))
            {
                waiting[urgent++] = item;
            }
            else if (!_messages.TryAdd(item.Acquirer, in item))
            {
                throw new UnreachableException("The inbox took more than the line holds.");
            }
        }

        return waiting[..urgent];
    }

    /// <summary>The next message in turn; false: none waits.</summary>
    public bool TryTake(out InboxEvent item)
    {
        bool isTaken = _messages.TryTake(out item);
        _served += isTaken ? 1 : 0;
        return isTaken;
    }

    /// <summary>The consumer is gone: no connection waits for it any more.</summary>
    public void Close() => turns?.Turned(0, isBusy: false, now: 0);

    /// <summary>A turn has ended.</summary>
    /// <param name="now">In ticks.</param>
    public void EndTurn(long now)
    {
        bool isHeld = Count > 0;
        if (isHeld || _isHeld || inbox.AwaitsTurns)
        {
            inbox.Hold(_messages, _served, now);
            turns?.Turned(_served, isHeld && inbox.IsAdmitting, now);
        }

        _isHeld = isHeld;
        _served = 0;
    }
}
