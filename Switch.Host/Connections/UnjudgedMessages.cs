using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Connections;

/// <summary>A message whose MAC is being verified, or that came behind one.</summary>
internal readonly record struct UnjudgedMessage(Message Message, bool IsLoaded, ParseFault Fault, bool IsPoolLow);

/// <summary>
/// Messages of one read that wait for the security module's verdict, in the order in which they came. The connection
/// is not read on until all have theirs: so they are never more than one read brings, and TCP holds the peer back. On
/// the thread that reads, and on one at a time.
/// </summary>
internal sealed class UnjudgedMessages
{
    private readonly Queue<(UnjudgedMessage Message, ValueTask<MacState> Verdict)> _waiting = new();

    public int Count => _waiting.Count;

    /// <summary>True: the verdict is there, and nothing waits before it. Else the message is kept here.</summary>
    public bool TryJudge(in UnjudgedMessage message, ValueTask<MacState> verdict, out MacState mac)
    {
        if (_waiting.Count == 0 && verdict.IsCompletedSuccessfully)
        {
            mac = verdict.Result;
            return true;
        }

        _waiting.Enqueue((message, verdict));
        mac = MacState.Unavailable;
        return false;
    }

    /// <summary>The oldest one, when its verdict is there. A defect of the module counts as no answer.</summary>
    public async ValueTask<(UnjudgedMessage Message, MacState Mac)> NextAsync()
    {
        (UnjudgedMessage message, ValueTask<MacState> verdict) = _waiting.Peek();
        MacState mac = MacState.Unavailable;
        try
        {
            mac = await verdict.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A defect must cost this message and no other: it is answered 96, or is no reply.
        }

        _waiting.Dequeue();
        return (message, mac);
    }
}
