using System.Globalization;
using Spectre.Console;
using Switch.Routing.Context;

namespace Switch.Host.Commands;

/// <summary>Draws the demo for a person.</summary>
internal static class DemoView
{
    public static string Title(DemoPhase phase) => phase switch
    {
        DemoPhase.AllWell => "Both issuers answer",
        DemoPhase.PrimarySilent => "The primary is silent: the standby takes over",
        DemoPhase.BothSilent => "Both are silent: the switch stands in",
        DemoPhase.BothBack => "Both are back: store-and-forward drains under load",
        DemoPhase.Draining => "No more requests: store-and-forward drains",
        _ => "Done",
    };

    public static Table Table(Demo demo)
    {
        CoreCounters core = demo.Core;
        AcquirerReport acquirer = demo.Acquirer;
        Table table = new Table().Border(TableBorder.Rounded)
            .Title($"[bold]{Markup.Escape(Title(demo.Phase))}[/]  {demo.Elapsed:mm\\:ss}")
            .AddColumn("requests").AddColumn(Right("")).AddColumn("owed to issuers").AddColumn(Right(""));
        table.AddRow("sent", Text(acquirer.Sent), "advices owed", Text(core.AdvicesOwed));
        table.AddRow("answered", Text(acquirer.Answered), "advices acknowledged", Text(core.AdvicesAcknowledged));
        table.AddRow("in flight", Text(demo.InFlight), "reversals owed", Text(core.ReversalsOwed));
        table.AddRow(
            "approved by the primary",
            Text(core.ApprovedByPrimary),
            "reversals acknowledged",
            Text(core.ReversalsAcknowledged));
        table.AddRow("approved by the standby", Text(core.ApprovedByStandby), "waiting now", Text(core.OwedNow));
        table.AddRow("approved by stand-in", Text(core.ApprovedByStandIn), "time-outs", Text(core.Timeouts));
        table.AddRow("declined", Text(acquirer.Declined), "late answers", Text(core.LateReplies));
        table.AddRow("PINs read right", Text(demo.PinsRight), "MACs verified", Text(demo.MacsVerified));
        table.AddRow("p50 / p99", $"{Text(acquirer.P50Ms)} / {Text(acquirer.P99Ms)} ms", "parked", Text(core.Parked));
        return table;
    }

    public static void WriteSummary(IAnsiConsole console, DemoFigures figures, Demo demo)
    {
        SimulatorReports.Write(console, "What happened", figures);
        SimulatorReports.WriteBooks(console, demo.CompareBooks());
        foreach (string mistake in demo.Mistakes().Take(20))
        {
            console.MarkupLineInterpolated($"[red]{mistake}[/]");
        }

        console.MarkupLine(figures.IsClean
            ? "[green]Every request was answered, everything owed was acknowledged, every PIN that an issuer got was "
                + "right, and the books agree.[/]"
            : "[red]Something is unanswered, still owed, different or under a wrong key: see above.[/]");
        console.MarkupLine("More failures: switch drill all --sample (docs/operating/drills.md).");
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
