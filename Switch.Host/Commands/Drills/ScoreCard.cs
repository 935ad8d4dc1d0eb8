using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands.Drills;

/// <summary>What a bank shows after an exercise: one line a drill, and below it what was not as wanted.</summary>
/// <param name="Node">The configuration's name of the node.</param>
/// <param name="Source">The configuration.</param>
/// <param name="Version">Of the switch.</param>
/// <param name="Load">What was sent, in words.</param>
/// <param name="Results">In the order of playing.</param>
internal sealed record ScoreCard(
    string Node, string Source, string Version, string Load, IReadOnlyList<DrillResult> Results)
{
    /// <summary>Columns of the table.</summary>
    private const int WidthMin = 140;

    private static readonly JsonSerializerOptions Format = new(CommonOptions.JsonFormat)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The columns of a line, with their headers.</summary>
    public static IReadOnlyList<(string Header, Func<DrillResult, string> Text)> Columns { get; } =
    [
        ("drill", static one => one.Name),
        ("result", static one => OutcomeOf(one)),
        ("detected", static one => one.Figures.IsDetected is { } is1 ? Time(is1, one.Figures.DetectedMs) : "-"),
        ("said", static one => one.Figures.SwitchSaidMs is { } ms ? Time(true, ms) : "-"),
        ("waited", static one => Count(one, one.Figures.Waited)),
        ("declined", static one => Count(one, one.Figures.Declined)),
        ("no answer", static one => Count(one, one.Figures.Unanswered) + AfterTheEnd(one.Figures.CameAfterTheEnd)),
        ("not sent", static one => Count(one, one.Figures.NotSent)),
        ("in doubt", static one => Count(one, one.Figures.UncertainAmount)),
        ("recovered", static one => one.Figures.IsRecovered is { } is1 ? Time(is1, one.Figures.RecoveredMs) : "-"),
        ("others p50/p99 ms", static one => Latencies(one.Figures)),
        ("books", static one => one.Figures.BooksAgree switch { true => "agree", false => "DIFFER", null => "-" }),
    ];

    /// <summary>In a sentence.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{Of(DrillOutcome.Passed)} passed, {Of(DrillOutcome.Missed)} missed, {Of(DrillOutcome.NotRun)} not run, in "
        + $"{Results.Sum(static one => one.Seconds):N0} s.");

    /// <summary>As Markup has no part in it: what is quoted from logs may hold anything.</summary>
    public void WriteText(TextWriter output)
    {
        output.WriteLine($"Score card of {Node}, {Source}, Switch {Version}. {Load}");
        var table = new Table { Border = TableBorder.None };
        foreach ((string header, _) in Columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(header)) { NoWrap = true });
        }

        foreach (DrillResult one in Results)
        {
            table.AddRow([.. Columns.Select(column => new Text(column.Text(one)))]);
        }

        // A narrow terminal folds whole lines; the table would cut its columns.
        IAnsiConsole console = CommonOptions.ConsoleOn(output);
        console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
        console.Write(table);
        foreach (DrillResult one in Results.Where(static one => one.Outcome != DrillOutcome.Passed))
        {
            foreach (string line in WhyNot(one))
            {
                output.WriteLine($"{one.Name}: {line}");
            }
        }

        output.WriteLine(Summary);
    }

    /// <summary>One object with everything.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Node, Source, Version, Load, Summary, Passed = Of(DrillOutcome.Passed), Missed = Of(DrillOutcome.Missed),
            NotRun = Of(DrillOutcome.NotRun), Drills = Results
        },
        Format);

    /// <summary>What was not as wanted, or why it was not run.</summary>
    public static IEnumerable<string> WhyNot(DrillResult one) => one.NotRunBecause is { } because
        ? [$"not run: {because}."]
        : one.Checks.Where(static check => !check.IsMet)
            .Select(static check => $"{check.What}: wanted {check.Wanted}, was {check.Was}");

    public static string OutcomeOf(DrillResult one) => one.Outcome switch
    {
        DrillOutcome.Passed => "passed",
        DrillOutcome.Missed => "MISSED",
        _ => "not run",
    };

    private int Of(DrillOutcome outcome) => Results.Count(one => one.Outcome == outcome);

    private static string Count(DrillResult one, long count) => one.Outcome == DrillOutcome.NotRun
        ? "-" : count.ToString("N0", CultureInfo.InvariantCulture);

    private static string AfterTheEnd(long count) => count == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $" ({count:N0} after the end)");

    private static string Time(bool isSo, double? ms) => !isSo ? "never"
        : string.Create(CultureInfo.InvariantCulture, $"{ms / 1_000:N1} s");

    private static string Latencies(DrillFigures figures) =>
        figures is { NeighboursBefore: { Count: > 0 } before, NeighboursDuring: { Count: > 0 } during }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{before.P50Ms:N0}/{before.P99Ms:N0} -> {during.P50Ms:N0}/{during.P99Ms:N0}")
            : "-";
}
