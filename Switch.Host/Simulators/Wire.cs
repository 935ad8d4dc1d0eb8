using Switch.Host.Configuration;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators;

/// <summary>Finds what a simulator's profile names.</summary>
internal static class Wire
{
    /// <exception cref="ArgumentException">There is no such dialect or framing.</exception>
    public static (Dialect Dialect, FrameFormat Framing) Find(string dialect, string framing, string? header = null) =>
        FrameFormat.TryGet(framing, header, out FrameFormat? format, out string reason)
            ? (DialectFiles.Find(dialect), format)
            : throw new ArgumentException(reason);
}
