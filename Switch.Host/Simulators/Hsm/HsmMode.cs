namespace Switch.Host.Simulators.Hsm;

/// <summary>How a simulated security module behaves.</summary>
internal enum HsmMode : byte
{
    Healthy,

    /// <summary>Answers rightly, and later.</summary>
    Slow,

    /// <summary>Reads and never answers.</summary>
    Silent,

    /// <summary>Answers everything but diagnostics with one error code.</summary>
    Error,

    /// <summary>Answers translations with a PIN block, and MACs with a MAC, of which one bit is another.</summary>
    WrongBlock,

    /// <summary>Answers under another header than that of the request.</summary>
    SwappedHeader,

    /// <summary>Answers with bytes of chance.</summary>
    Garbage,
}
