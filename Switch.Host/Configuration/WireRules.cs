using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Configuration;

/// <summary>What must hold for what is spoken on a connection, of either side.</summary>
internal static class WireRules
{
    /// <summary>What the two bytes of the len2 header can say.</summary>
    private const int FrameSizeMax = 65_535;

    private static readonly DialectCatalog Catalog = new();

    public static void Validate(
        ConfigurationErrors errors, string path, string framing, string dialect, int frameSizeMax,
        LimitOptions limits, TlsOptions? tls)
    {
        errors.Require(
            FrameFormat.TryGet(framing, out _),
            $"{path}:Framing",
            $"'{framing}' is not a framing this switch has. Known: {Rules.Known(FrameFormat.Names)}.");
        errors.Require(
            Catalog.TryGet(dialect, out _),
            $"{path}:Dialect",
            $"'{dialect}' is not a dialect this switch has. Known: {Rules.Known(Catalog.Names)}.");
        Rules.Range(
            errors, $"{path}:MaxFrameSize", frameSizeMax, 64, FrameSizeMax,
            "bytes of one message; every connection may hold that much while a frame arrives.");
        errors.Require(
            frameSizeMax <= limits.MessageSizeMax,
            $"{path}:MaxFrameSize",
            $"{frameSizeMax} is more than Limits:MessageSizeMax {limits.MessageSizeMax}: "
            + "a message in between would be accepted and could not be passed on.");
        errors.Require(
            tls is null,
            $"{path}:Tls",
            "must be null: TLS is not built yet. "
            + "Until it is, put a TLS proxy (HAProxy, stunnel) in front of the port.");
    }
}
