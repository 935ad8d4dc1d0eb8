using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Configuration;

/// <summary>What must hold for what is spoken on a connection, of either side.</summary>
internal static class WireRules
{
    /// <summary>The largest message that a connection may be allowed.</summary>
    internal const int FrameSizeMax = 65_535;

    public static void Validate(
        ConfigurationErrors errors, string path, WireOptions wire, int frameSizeMax, LimitOptions limits,
        DialectCatalog catalog)
    {
        bool isKnown = catalog.TryGet(wire.Dialect, out Dialect? dialect);
        errors.Require(
            isKnown,
            $"{path}:Dialect",
            $"'{wire.Dialect}' is not a known dialect. Known: {Rules.Known(catalog.Names)}.");
        if (!FrameFormat.TryGet(wire.Framing, wire.Header, out FrameFormat? format, out string reason))
        {
            bool isHeader = FrameFormat.TryGet(wire.Framing, out _);
            errors.Add(isHeader ? $"{path}:Header" : $"{path}:Framing", reason);
        }
        else
        {
            errors.Require(
                limits.MessageSizeMax <= format.BodySizeMax,
                $"{path}:Framing",
                $"{format} can state {format.BodySizeMax} bytes at most, and Limits:MessageSizeMax is "
                + $"{limits.MessageSizeMax}: a message between the two sizes could not be sent.");
            errors.Require(
                !format.IsDelimited || dialect is null || dialect.IsText,
                $"{path}:Framing",
                $"{format} ends a message at byte 03, but {dialect} has binary fields, where byte 03 can occur.");
        }

        Rules.Range(
            errors, $"{path}:MaxFrameSize", frameSizeMax, 64, FrameSizeMax,
            "bytes of one message; every connection can hold this size while a frame arrives.");
        errors.Require(
            frameSizeMax <= limits.MessageSizeMax,
            $"{path}:MaxFrameSize",
            $"{frameSizeMax} is more than Limits:MessageSizeMax {limits.MessageSizeMax}: "
            + "a message between the two sizes would be accepted but could not be forwarded.");
    }
}

/// <summary>What is spoken on a connection, as either side's options state it.</summary>
internal readonly record struct WireOptions(string Framing, string? Header, string Dialect);
