using System.Buffers;
using System.Text;
using Switch.Host.Wording;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Host.Connections;

/// <summary>One connection, as the origin of refusals. Any thread.</summary>
internal sealed class RefusalSource(
    RefusalTrace trace, PartyTrace share, string side, string party, string connection)
{
    private const int PerSecond = 10;
    private const int TextMax = 1_000;

    private readonly TraceBudget _budget = new(PerSecond);

    /// <summary>The core refused a message that read.</summary>
    public void Add(Message message, in Refusal refusal)
    {
        if (TrySpend())
        {
            trace.Add(share, Entry(RefusalSentences.Of(in refusal)) with
            {
                Field = refusal.Field,
                Answer = RefusalSentences.CodeOf(refusal.Code),
                Message = Describe(message),
            });
        }
    }

    /// <summary>The edge refused a message that read.</summary>
    /// <param name="reason">A clause without a full stop.</param>
    /// <param name="message">Is described here, masked; the caller's afterwards.</param>
    /// <param name="field">The field at fault; 0: none.</param>
    /// <param name="answer">DE 39 that was answered; empty: nothing was.</param>
    public void Add(string reason, Message message, int field, string answer)
    {
        if (TrySpend())
        {
            trace.Add(share, Entry(reason) with { Field = field, Answer = answer, Message = Describe(message) });
        }
    }

    /// <summary>The edge refused what is not shown: it did not read, or there was no message object for it.</summary>
    public void Add(string reason, string answer)
    {
        if (TrySpend())
        {
            trace.Add(share, Entry(reason) with { Answer = answer });
        }
    }

    /// <summary>Bytes that cannot be cut into messages. Two of them are shown: more may be card data.</summary>
    public void AddFrame(FrameStatus status, in ReadOnlySequence<byte> buffer, int sizeMax)
    {
        if (TrySpend())
        {
            string start = Convert.ToHexString(buffer.Slice(0, Math.Min(2, buffer.Length)).ToArray());
            string what = status == FrameStatus.OverLimit
                ? $"a frame begins with {start} and would be longer than {sizeMax} bytes (MaxFrameSize)"
                : $"what begins with {start} is no frame";
            trace.Add(share, Entry($"{what}: is it another framing? The connection is closed"));
        }
    }

    /// <summary>A message that did not read; to be ended by <see cref="End"/>. Null: too many in this second.</summary>
    public RefusalEntry? Begin(Message message, ParseFault fault) => TrySpend()
        ? Entry(MessageMistake.Of(fault).Describe(message.Dialect)) with
        {
            Field = fault.Field,
            Offset = fault.Offset,
            Message = ShapeOf(message),
        }
        : null;

    public void End(RefusalEntry entry) => trace.Add(share, entry);

    private bool TrySpend()
    {
        long now = trace.Clock.Ticks;
        if (_budget.TrySpend(now) && share.Budget.TrySpend(now))
        {
            return true;
        }

        EdgeMeters.Add(ref trace.Meters.Live.RefusalsNotTraced);
        return false;
    }

    private RefusalEntry Entry(string reason) => new()
    {
        Side = side, Party = party, Connection = connection, Reason = reason,
    };

    private static string Describe(Message message)
    {
        var text = new StringBuilder(message.Mti.ToString());
        foreach (int field in message.Fields)
        {
            // Free text may hold a card number where no dialect says so.
            text.Append(' ').Append(field).Append('=');
            Masker.DescribeField(message, field, text, hidesNumbers: true);
        }

        text.Length = Math.Min(text.Length, TextMax);
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = char.IsControl(text[i]) ? '.' : text[i]; // It is shown on terminals.
        }

        return text.ToString();
    }

    /// <summary>
    /// The type and the sizes of the fields that were read. No values: where one length is wrong, a card number may
    /// stand in any of them.
    /// </summary>
    private static string ShapeOf(Message message)
    {
        var text = new StringBuilder(message.Mti.ToString());
        foreach (int field in message.Fields)
        {
            text.Append(' ').Append(field).Append('(').Append(message.TextLength(field)).Append(')');
        }

        return text.ToString();
    }
}
