using Switch.Routing.Effects;

namespace Switch.Host.Connections;

/// <summary>The security module's answer to what the core asked, on its way back.</summary>
internal abstract class PinAnswered
{
    /// <summary>Of the question.</summary>
    public long Tag { get; protected set; }

    public PinOutcome Outcome { get; set; }

    /// <summary>Under the issuer's key; empty unless it was translated. Until <see cref="Free"/>.</summary>
    public abstract ReadOnlySpan<byte> Block { get; }

    /// <summary>The core has taken it: it is zeroed.</summary>
    public abstract void Free();
}
