using Switch.Protocol.Editions;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>
/// Keys that partners send (0800 with 161 or 162). The message waits, in a bounded table, until the host says that the
/// key is durable, or why it is not taken; only then it is answered. An exchange that was cut short is sent again, and
/// the same key then changes nothing.
/// </summary>
internal sealed class KeyExchanges(CoreContext context, NetworkAnswers network, AnswerWriter answers)
{
    private const int CountMax = 16;
    private const int ChangeKey = 161;
    private const int NewKey = 162;

    // Longer than a security module and a disk take.
    private const long TimeMax = 5 * TimeSpan.TicksPerSecond;

    private readonly Waiting[] _waiting = new Waiting[CountMax];
    private int _count;

    /// <summary>
    /// Takes a message that brings a key; it is kept then, or was answered and given back. False: it brings none, or
    /// this partner's keys are not exchanged.
    /// </summary>
    /// <param name="target">The session, or the link.</param>
    public bool Takes(int target, bool isLink, int party, Message request, MacState mac)
    {
        if (NetworkAnswers.CodeOf(request) is not (ChangeKey or NewKey))
        {
            return false;
        }

        int place = Array.FindIndex(_waiting, static one => one.Message is null);
        if (place < 0)
        {
            context.Counters.NetworkMessages++;
            Answer(new Waiting { Message = request, Target = target, IsLink = isLink }, KeyOutcome.Failed);
            return true;
        }

        ref Waiting waiting = ref _waiting[place];
        uint use = waiting.Use + 1;
        var ask = new KeyQuestion
        {
            Tag = new SendTag(SendTag.Kind.Key, place, use).Value,
            IsOfIssuer = isLink,
            Party = party,
            Request = request,
            IsVerified = mac == MacState.Verified,
        };
        if (!context.Effects.ExchangeKey(ask))
        {
            return false;
        }

        context.Counters.NetworkMessages++;
        _count++;
        waiting = new Waiting
        {
            Message = request, Target = target, IsLink = isLink, Use = use, Until = context.Now.Ticks + TimeMax,
        };
        return true;
    }

    /// <summary>The host has an outcome.</summary>
    public void Ended(SendTag tag, KeyOutcome outcome)
    {
        if (tag.Of == SendTag.Kind.Key && tag.Place < CountMax && _waiting[tag.Place].Use == tag.Use)
        {
            End(ref _waiting[tag.Place], outcome);
        }
    }

    /// <summary>What has no outcome in time is answered 96: its sender sends it again.</summary>
    public void Tick()
    {
        for (int i = 0; _count > 0 && i < CountMax; i++)
        {
            if (_waiting[i].Message is not null && _waiting[i].Until <= context.Now.Ticks)
            {
                End(ref _waiting[i], KeyOutcome.Failed);
            }
        }
    }

    private void End(ref Waiting waiting, KeyOutcome outcome)
    {
        if (waiting.Message is not null)
        {
            Waiting ended = waiting;
            waiting = new Waiting { Use = ended.Use };
            _count--;
            Answer(in ended, outcome);
        }
    }

    private void Answer(in Waiting waiting, KeyOutcome outcome)
    {
        Message request = waiting.Message!;
        ReadOnlySpan<byte> bytes = network.Compose(request, CodeOf(outcome), ActionOf(outcome, request));
        if (!waiting.IsLink)
        {
            answers.Send(waiting.Target, request, bytes, afterLsn: 0, tag: 0);
        }
        else if (!bytes.IsEmpty)
        {
            context.Effects.SendToLink(waiting.Target, bytes, afterLsn: 0, tag: 0, request.ReplyHeader);
        }

        context.Effects.Return(request);
    }

    private static ResponseCode CodeOf(KeyOutcome outcome) => outcome switch
    {
        KeyOutcome.Taken => ResponseCode.Approved,
        KeyOutcome.Unreadable or KeyOutcome.Unverified => ResponseCode.SecurityViolation,
        KeyOutcome.Replayed => ResponseCode.Duplicate,
        KeyOutcome.NotConfigured => ResponseCode.NotSupported,
        _ => ResponseCode.Malfunction,
    };

    // Later editions have words of their own for two of them.
    private static ReadOnlySpan<byte> ActionOf(KeyOutcome outcome, Message request) =>
        request.Dialect.IsoVersion == IsoVersion.Iso1987 ? default
        : outcome == KeyOutcome.Unreadable ? "919"u8
        : outcome == KeyOutcome.Unverified ? "916"u8
        : default;

    private struct Waiting
    {
        public Message? Message;
        public int Target;
        public bool IsLink;
        public uint Use;
        public long Until;
    }
}
