using System.Globalization;
using System.Net;
using System.Text;

namespace Switch.Benchmarks.Load;

/// <summary>A run as one page that needs nothing else: a drawing of each phase over time, and the figures.</summary>
internal static class ReportPage
{
    private const int Width = 860;
    private const int Height = 200;
    private const int Left = 70;
    private const int Bottom = 24;
    private const int Top = 10;

    private const string Style = """
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 960px; color: #1c2330; }
        h1 { font-size: 1.5em; } h2 { font-size: 1.1em; margin: 1.6em 0 0.2em; }
        table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
        td, th { padding: 0.25em 0.8em; text-align: right; border-bottom: 1px solid #dde2ea; }
        td:first-child, th:first-child { text-align: left; } th { color: #5b6678; font-weight: 600; }
        svg { display: block; } svg text { font: 11px system-ui, sans-serif; fill: #5b6678; }
        .grid { stroke: #e4e8ef; } .muted { color: #5b6678; }
        """;

    /// <summary>Lines of a drawing: name, colour, and what they show of a slice.</summary>
    private static readonly (string Name, string Color, Func<SliceFigures, double> Read)[] Latencies =
    [
        ("p50", "#1b7f5c", slice => slice.P50Ms), ("p99", "#2f6fde", slice => slice.P99Ms),
        ("p99.9", "#c77700", slice => slice.P999Ms), ("max", "#b3261e", slice => slice.MaxMs),
    ];

    private static readonly (string Name, string Color, Func<SliceFigures, double> Read)[] Rates =
        [("answers a second", "#2f6fde", slice => slice.Tps)];

    public static string Write(LoadReport report)
    {
        Machine machine = report.Machine!;
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Switch under load</title><style>")
            .Append(Style).Append("</style><h1>Switch under load</h1>")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"muted\">{Text(machine.Taken)} UTC; ")
            .Append(CultureInfo.InvariantCulture, $"{machine.Cores} cores of ")
            .Append(CultureInfo.InvariantCulture, $"{Text(machine.Processor)}, {machine.MemoryGb} GB, Linux ")
            .Append(CultureInfo.InvariantCulture, $"{Text(machine.Kernel)}, {Text(machine.Runtime)}; load average ")
            .Append(CultureInfo.InvariantCulture, $"at the start {Text(machine.LoadAverage)}. ")
            .Append(CultureInfo.InvariantCulture, $"Journal: {report.Durability}, {Text(report.Journal)}. Books: ")
            .Append(report.BooksAgree ? "agree" : "<b>disagree</b>").Append(".</p>");
        WriteTable(page, report);
        foreach (PhaseFigures phase in report.Phases)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(phase.Name)}: {phase.Tps:N0} answers/s</h2>");
            Draw(page, phase.Slices, Rates, "", isLog: false);
            Draw(page, phase.Slices, Latencies, " ms", isLog: true);
        }

        return page.Append("</html>\n").ToString();
    }

    private static void WriteTable(StringBuilder page, LoadReport report)
    {
        page.Append("<table><tr><th>phase<th>answers/s<th>p50 us<th>p90 us<th>p99 us<th>p99.9 us<th>max us")
            .Append("<th>CPU us/txn<th>bytes/txn</tr>");
        foreach (PhaseFigures phase in report.Phases)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td>{Text(phase.Name)}<td>{phase.Tps:N0}<td>{phase.P50Us:N0}<td>{phase.P90Us:N0}")
                .Append(CultureInfo.InvariantCulture, $"<td>{phase.P99Us:N0}<td>{phase.P999Us:N0}<td>{phase.MaxUs:N0}")
                .Append(CultureInfo.InvariantCulture, $"<td>{phase.MiddleCpuUs:N2}<td>{phase.AllocatedBytes:N1}</tr>");
        }

        page.Append("</table><p class=\"muted\">CPU and bytes are those of what stands between: the proxy or the ")
            .Append("switch. Open loop latencies count from the intended send time. The disk by itself: fdatasync p50 ")
            .Append(CultureInfo.InvariantCulture, $"{report.FdatasyncP50Us:N0} us, p99 {report.FdatasyncP99Us:N0} us, ")
            .Append(CultureInfo.InvariantCulture, $"sequential {report.SequentialMbPerSecond:N0} MB/s.</p>");
    }

    private static void Draw(
        StringBuilder page, IReadOnlyList<SliceFigures> slices,
        (string Name, string Color, Func<SliceFigures, double> Read)[] lines, string unit, bool isLog)
    {
        if (slices.Count < 2)
        {
            return;
        }

        double most = Math.Max(slices.Max(slice => lines.Max(line => line.Read(slice))), 1e-3);
        double top = isLog ? Math.Pow(10, Math.Ceiling(Math.Log10(most))) : most * 1.1;
        double bottom = isLog ? Math.Min(top / 1_000, 0.1) : 0;
        double Y(double value) => Top + ((Height - Top - Bottom) * (1 - Share(value)));
        double Share(double value) => isLog
            ? Math.Log(Math.Max(value, bottom) / bottom) / Math.Log(top / bottom) : value / top;
        double X(int index) => Left + ((Width - Left - 10.0) * index / (slices.Count - 1));

        page.Append(CultureInfo.InvariantCulture, $"<svg width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        string format = isLog ? "#,0.###" : "N0";
        foreach (double mark in Marks(bottom, top, isLog))
        {
            string text = mark.ToString(format, CultureInfo.InvariantCulture);
            page.Append(
                CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - 10}\" y1=\"{Y(mark):F1}\" y2=\"{Y(mark):F1}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(mark) + 4:F1}\" ")
                .Append(CultureInfo.InvariantCulture, $"text-anchor=\"end\">{text}{unit}</text>");
        }

        for (int i = 0; i < lines.Length; i++)
        {
            string points = string.Join(' ', slices.Select((slice, at) =>
                string.Create(CultureInfo.InvariantCulture, $"{X(at):F1},{Y(lines[i].Read(slice)):F1}")));
            page.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{lines[i].Color}\" ")
                .Append(CultureInfo.InvariantCulture, $"stroke-width=\"1.5\" points=\"{points}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (i * 110)}\" y=\"{Height - 6}\" ")
                .Append(CultureInfo.InvariantCulture, $"style=\"fill:{lines[i].Color}\">{lines[i].Name}</text>");
        }

        double seconds = slices.Count * LoadRecorder.SliceSeconds;
        page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - 10}\" y=\"{Height - 6}\" text-anchor=\"end\">")
            .Append(CultureInfo.InvariantCulture, $"{seconds:N0} s</text></svg>");
    }

    private static IEnumerable<double> Marks(double bottom, double top, bool isLog)
    {
        if (!isLog)
        {
            return [0, top / 2, top];
        }

        int decades = (int)Math.Round(Math.Log10(top / bottom));
        return Enumerable.Range(0, decades + 1).Select(i => bottom * Math.Pow(10, i));
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
