using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Routing.Effects;

/// <summary>A PIN block that is to be enciphered under an issuer's key. Valid within the call only.</summary>
public readonly ref struct PinQuestion
{
    /// <summary>Comes back in <c>AuthorizationCore.PinTranslated</c>.</summary>
    public long Tag { get; init; }

    /// <summary>Under whose key it is now, by index.</summary>
    public int Acquirer { get; init; }

    /// <summary>Under whose key it is to be, by index.</summary>
    public int Issuer { get; init; }

    /// <summary>The request: its DE 52 and its card number.</summary>
    public Message Request { get; init; }

    /// <summary>
    /// Which key of which terminal it is under (DUKPT); the default: it is under the acquirer's one key.
    /// </summary>
    public KeySerialNumber SerialNumber { get; init; }
}

/// <summary>What became of it.</summary>
public enum PinOutcome : byte
{
    /// <summary>The security module failed, or did not answer in time.</summary>
    Failed,

    Translated,

    /// <summary>The block, its PIN or its account number is not what the acquirer's key gives: its own fault.</summary>
    Unreadable,

    /// <summary>The issuer's key is no good: another issuer may be asked.</summary>
    IssuerKeyRejected,
}
