using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Common;

/// <summary>What a message type says, in words.</summary>
internal static class MtiText
{
    private static readonly string[] Classes =
    [
        "class 0", "authorization", "financial", "file action", "reversal", "reconciliation", "administrative",
        "fee collection", "network management", "class 9",
    ];

    private static readonly string[] Functions =
    [
        "request", "response", "advice", "advice response", "notification", "notification acknowledgement",
        "instruction", "instruction acknowledgement", "positive acknowledgement", "negative acknowledgement",
    ];

    /// <summary>"reversal advice, repeat".</summary>
    public static string Of(Mti mti) =>
        $"{Classes[mti.Class]} {Functions[mti.Function]}{(mti.IsRepeat ? ", repeat" : "")}";
}
