using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>The network messages (0800) that the switch sends, and what their answers say.</summary>
internal sealed class NetworkRequests(CoreContext context)
{
    public const int SignOn = 1;
    public const int SignOff = 2;
    public const int EchoTest = 301;

    /// <summary>
    /// Whether a dialect has words for it. Without a code a sign-off would be taken for a sign-on or an echo test.
    /// </summary>
    public static bool CanSay(Dialect dialect, int code) => code != SignOff || HasCode(dialect);

    /// <summary>The message, which bears the time of now in DE 7; empty: it cannot be written.</summary>
    public ReadOnlySpan<byte> Compose(Dialect dialect, int stan, int code)
    {
        MessageComposer composer = context.Composer;
        composer.Start(dialect, Mti.NetworkRequest);
        composer.SetNumber(Field.TransmissionDateTime, context.TransmissionTimeNow);
        composer.SetNumber(Field.Stan, stan);
        if (HasCode(dialect))
        {
            composer.SetNumber(Field.NetworkCode, code);
        }

        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes : default;
    }

    /// <summary>Whether an answer is to a message with this DE 7, as far as it says.</summary>
    public static bool IsOfTime(Message reply, long time) =>
        !reply.TryGetNumber(Field.TransmissionDateTime, out long named) || named == time;

    /// <summary>DE 39 of an answer.</summary>
    public static ResponseCode CodeOf(Message reply)
    {
        Span<byte> text = stackalloc byte[8];
        return reply.TextLength(Field.ResponseCode) <= text.Length
            ? ResponseCode.Read(text[..reply.CopyText(Field.ResponseCode, text)])
            : default;
    }

    /// <summary>As incidents have it: -2 for a code that is no number.</summary>
    public static int NumberOf(ResponseCode code)
    {
        int number = code.ToNumber();
        return number < 0 ? -2 : number;
    }

    /// <summary>Whether a dialect's messages say what they are for, in DE 70.</summary>
    public static bool HasCode(Dialect dialect) => dialect.Edition.Defined.Contains(Field.NetworkCode);
}
