using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>A TLS handshake did not end in a connection. Its message is for a log line.</summary>
internal sealed class TlsRefusedException(TlsRefusal refusal, string detail, Exception? cause = null)
    : IOException($"TLS refused ({refusal}): {detail}", cause)
{
    public TlsRefusal Refusal => refusal;

    /// <summary>Which certificate and why, or what the platform said.</summary>
    public string Detail => detail;
}
