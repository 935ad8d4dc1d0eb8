using System.Diagnostics.CodeAnalysis;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators;

/// <summary>Finds what a simulator's profile names.</summary>
internal static class Wire
{
    /// <exception cref="ArgumentException">There is no such dialect or framing.</exception>
    public static (Dialect Dialect, FrameFormat Framing) Find(string dialect, string framing)
    {
        var catalog = new DialectCatalog();
        if (!catalog.TryGet(dialect, out Dialect? found))
        {
            Refuse($"There is no dialect '{dialect}'. Known: {string.Join(", ", catalog.Names)}.");
        }

        if (!FrameFormat.TryGet(framing, out FrameFormat? format))
        {
            Refuse($"There is no framing '{framing}'.");
        }

        return (found, format);
    }

    [DoesNotReturn]
    private static void Refuse(string text) => throw new ArgumentException(text);
}
