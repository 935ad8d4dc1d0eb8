using Switch.Protocol.Messages;

namespace Switch.Routing.Effects;

/// <summary>A key that is to be sent to an issuer (0800 with 161 or 162). Valid within the call only.</summary>
public readonly ref struct KeyOrder
{
    /// <summary>Comes back in <see cref="IEffects.KeyAnswered"/>; of one order at a time.</summary>
    public long Tag { get; init; }

    /// <summary>By index.</summary>
    public int Issuer { get; init; }

    /// <summary>Of MACs; else of PIN blocks.</summary>
    public bool IsOfMacs { get; init; }

    public int Field { get; init; }

    /// <summary>Its kind, and the key under the zone master key; with the check value, unless that has a field of its
    /// own.</summary>
    public ReadOnlySpan<byte> Text { get; init; }

    /// <summary>0: none.</summary>
    public int CheckField { get; init; }

    public ReadOnlySpan<byte> CheckValue { get; init; }
}

/// <summary>What an issuer says to a key that was sent to it. Valid within the call only.</summary>
public readonly ref struct KeyReply
{
    /// <summary>Of the order.</summary>
    public long Tag { get; init; }

    /// <summary>Null: it said nothing in time, and may have the key.</summary>
    public Message? Reply { get; init; }

    /// <summary>DE 39 says that it has the key.</summary>
    public bool IsApproved { get; init; }

    /// <summary>It came with a MAC, and that is right.</summary>
    public bool IsVerified { get; init; }
}
