using System.Globalization;

namespace Switch.Host.Simulators;

/// <summary>
/// How long a simulated issuer thinks: <c>5ms</c> (always), <c>5ms..20ms</c> (evenly between) or <c>exp:10ms</c>
/// (exponential with that mean, cut at ten times it).
/// </summary>
internal sealed record LatencyProfile(LatencyShape Shape, TimeSpan Low, TimeSpan High)
{
    private const double TailMax = 10.0;

    /// <summary>Answers at once.</summary>
    public static LatencyProfile None { get; } = new(LatencyShape.Fixed, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Reads the text forms above; units are us, ms and s.</summary>
    public static bool TryParse(string text, out LatencyProfile profile)
    {
        profile = None;
        bool isExponential = text.StartsWith("exp:", StringComparison.Ordinal);
        string[] parts = (isExponential ? text[4..] : text).Split("..");
        if (parts.Length > 2 || (isExponential && parts.Length != 1) || !TryParseSpan(parts[0], out TimeSpan low))
        {
            return false;
        }

        TimeSpan high = low;
        if (parts.Length == 2 && (!TryParseSpan(parts[1], out high) || high < low))
        {
            return false;
        }

        LatencyShape shape = isExponential ? LatencyShape.Exponential
            : parts.Length == 2 ? LatencyShape.Uniform : LatencyShape.Fixed;
        profile = new LatencyProfile(shape, low, high);
        return true;
    }

    public TimeSpan Next(Random random) => Shape switch
    {
        LatencyShape.Uniform => Low + (random.NextDouble() * (High - Low)),
        LatencyShape.Exponential => Low * Math.Min(TailMax, -Math.Log(1.0 - random.NextDouble())),
        _ => Low,
    };

    private static bool TryParseSpan(string text, out TimeSpan span)
    {
        (string number, double unitMs) = text switch
        {
            _ when text.EndsWith("us", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1.0),
            _ when text.EndsWith('s') => (text[..^1], 1000.0),
            _ => ("", 0.0),
        };
        bool isNumber = double.TryParse(
            number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        span = isNumber && value <= 3_600_000 ? TimeSpan.FromMilliseconds(value * unitMs) : TimeSpan.Zero;
        return isNumber && value <= 3_600_000;
    }
}

/// <summary>The distribution of a <see cref="LatencyProfile"/>.</summary>
internal enum LatencyShape
{
    Fixed,
    Uniform,
    Exponential,
}
