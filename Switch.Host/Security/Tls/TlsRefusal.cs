namespace Switch.Host.Security.Tls;

/// <summary>Why a TLS connection was refused: the label of a metric, so names stay.</summary>
internal enum TlsRefusal
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>The peer showed no certificate.</summary>
    NoCertificate,

    /// <summary>A certificate of its chain is out of date.</summary>
    Expired,

    /// <summary>A certificate of its chain is not valid yet.</summary>
    NotYetValid,

    /// <summary>No configured trust anchor stands behind it.</summary>
    UnknownAuthority,

    /// <summary>It may not be used for this: its extended key usage names another purpose.</summary>
    WrongUsage,

    /// <summary>A key of its chain is too short, or of a kind that is not taken.</summary>
    WeakKey,

    /// <summary>A certificate of its chain is signed with MD5 or SHA-1.</summary>
    WeakSignature,

    /// <summary>A certificate of its chain is on the revocation list.</summary>
    Revoked,

    /// <summary>It is for another name.</summary>
    WrongName,

    /// <summary>Its public key is none of the pinned ones.</summary>
    WrongPin,

    /// <summary>Its chain has more certificates than are looked at.</summary>
    ChainTooLong,

    /// <summary>Its chain is not well-formed: a signature, a constraint, an unknown critical extension.</summary>
    InvalidChain,

    /// <summary>What came was no TLS.</summary>
    PlainText,

    /// <summary>The two could not agree, or the peer refused: version, cipher suite, an alert.</summary>
    Protocol,

    /// <summary>The handshake took too long.</summary>
    TimedOut,

    /// <summary>Too many handshakes were under way.</summary>
    TooMany,

    /// <summary>The peer went away before the handshake was over.</summary>
    PeerGone,

    /// <summary>It waited for its peer, and gave its place to another: its address had most, or it was slow.</summary>
    Displaced,
}
