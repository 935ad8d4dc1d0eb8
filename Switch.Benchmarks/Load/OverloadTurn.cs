using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>One overload between two measurements of the capacity.</summary>
/// <param name="Before">Answers a second that the switch can give, before.</param>
/// <param name="After">And after.</param>
/// <param name="Offered">Requests a second.</param>
/// <param name="Figures">What became of them.</param>
/// <param name="Calmer">What became of fewer requests than the capacity, at once after them.</param>
internal sealed record OverloadTurn(
    double Before, double After, double Offered, PhaseFigures Figures, PhaseFigures Calmer)
{
    /// <summary>The head of the table, without a line's end.</summary>
    public const string Head =
        "| times | capacity/s | offered/s | answers/s | goodput | least and most | p50 ms | p99 ms "
        + "| worst p99 ms | refused/s | to refuse p50 ms | p99 ms | held/s | unanswered | good again after s "
        + "| CPU |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    private const double GoodMs = 250;

    public double Capacity => (Before + After) / 2;

    public double Goodput => Figures.Tps / Capacity;

    /// <summary>The switch's time on a processor, by the time of the phase.</summary>
    public double Processors => Figures.MiddleCpuUs * Figures.Answers / Figures.Seconds / 1e6;

    /// <summary>Seconds after the end until the answers came in time again: the end of the last slow slice.</summary>
    public double GoodAgain => LoadRecorder.SliceSeconds
        * (Calmer.Slices.ToList().FindLastIndex(static slice => slice.P99Ms > GoodMs) + 1);

    /// <summary>Medians of turns as a line of the table, and the worst where that says more.</summary>
    public static string Line(double times, IReadOnlyList<OverloadTurn> turns)
    {
        double Median(Func<OverloadTurn, double> read) => LoadRun.Median([.. turns.Select(read)]);
        return Text($"| {times} | {Median(static t => t.Capacity):N0} | {Median(static t => t.Offered):N0} ")
            + Text($"| {Median(static t => t.Figures.Tps):N0} | {Median(static t => t.Goodput):N2} ")
            + Text($"| {turns.Min(static t => t.Goodput):N2} to {turns.Max(static t => t.Goodput):N2} ")
            + Text($"| {Median(static t => t.Figures.P50Us) / 1_000:N1} ")
            + Text($"| {Median(static t => t.Figures.P99Us) / 1_000:N1} ")
            + Text($"| {turns.Max(static t => t.Figures.P99Us) / 1_000:N1} ")
            + Text($"| {Median(static t => t.Figures.Refused / t.Figures.Seconds):N0} ")
            + Text($"| {Median(static t => t.Figures.RefusedP50Us) / 1_000:N1} ")
            + Text($"| {Median(static t => t.Figures.RefusedP99Us) / 1_000:N1} ")
            + Text($"| {Median(static t => t.Figures.Held / t.Figures.Seconds):N0} ")
            + Text($"| {turns.Sum(static t => t.Figures.Unanswered)} | {turns.Max(static t => t.GoodAgain):N2} ")
            + Text($"| {Median(static t => t.Processors) * 100:N0} % |");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
