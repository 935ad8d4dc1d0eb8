namespace Switch.Routing.Values;

/// <summary>By which function card tokens are made. Values are written to the journal.</summary>
public enum CardTokenKind : byte
{
    /// <summary>HMAC-SHA-256 over the digits: version 0.1, whose journals do not say it.</summary>
    Hmac = 0,

    /// <summary>AES-256-CMAC of one block.</summary>
    Cmac = 1,
}

/// <summary>
/// Which messages must come with their card's former token beside the one of today: by the key before, or of version
/// 0.1.
/// </summary>
public enum FormerTokenNeed
{
    /// <summary>None: nothing bears such a token any more.</summary>
    None,

    /// <summary>Advices and reversals: they may be about a payment of then that only the store knows.</summary>
    LookUps,

    /// <summary>All: the core's memory bears such tokens.</summary>
    All,
}
