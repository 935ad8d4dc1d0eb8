using Switch.Protocol.Messages;

namespace Switch.Routing.Effects;

/// <summary>A key that a partner sends (0800 with 161 or 162). Valid within the call only.</summary>
public readonly ref struct KeyQuestion
{
    /// <summary>Comes back in <c>AuthorizationCore.KeyExchanged</c>.</summary>
    public long Tag { get; init; }

    /// <summary>The partner is an issuer; else an acquirer.</summary>
    public bool IsOfIssuer { get; init; }

    /// <summary>The partner, by index.</summary>
    public int Party { get; init; }

    /// <summary>The message, with the key in the field that its partner's settings name.</summary>
    public Message Request { get; init; }

    /// <summary>It came with a MAC, and that is right.</summary>
    public bool IsVerified { get; init; }
}

/// <summary>What became of it.</summary>
public enum KeyOutcome : byte
{
    /// <summary>The security module or the disk failed: nothing has changed, and the partner may send it
    /// again.</summary>
    Failed,

    /// <summary>It is durable; from the answer on it is the current key. Or it was so already.</summary>
    Taken,

    /// <summary>It is no key, none of this use, or its check value is another one.</summary>
    Unreadable,

    /// <summary>The partner had it before.</summary>
    Replayed,

    /// <summary>The partner has no key of this kind.</summary>
    NotConfigured,

    /// <summary>The partner has MACs, and the message came without one.</summary>
    Unverified,
}
