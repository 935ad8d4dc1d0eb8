using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators.World;

namespace Switch.Host.Commands;

/// <summary>
/// <c>simulate world</c>: the real core, codec and journal among simulated acquirers, issuers, networks, disks and
/// crashes, in virtual time, from a seed (docs/internals/simulation.md).
/// </summary>
internal static class SimulateWorldCommand
{
    private const int ThreadsMax = 2;

    public static Command Create()
    {
        var command = new Command(
            "world", "Simulate the whole switch in virtual time, with every fault, and compare all books.");
        var seed = new Option<long>("--seed")
        {
            Description = "The same seed gives the same world, event by event.", DefaultValueFactory = static _ => 1,
        };
        var transactions = new Option<int>("--transactions")
        {
            Description = "Payments to simulate.", DefaultValueFactory = static _ => 20_000,
        };
        var world = new Option<int>("--world")
        {
            Description = "Only this world of the run, to reproduce a violation.",
            DefaultValueFactory = static _ => -1,
        };
        var payment = new Option<long>("--payment")
        {
            Description = "With --world: the payment whose time-line is printed; else that of the first violation.",
        };
        var until = new Option<string>("--until")
        {
            Description = "Stop after the first world in which one of these is violated: I10,I12.",
            DefaultValueFactory = static _ => "",
        };
        Option<bool> json = CommonOptions.Json();
        command.Add(seed);
        command.Add(transactions);
        command.Add(world);
        command.Add(payment);
        command.Add(until);
        command.Add(json);
        command.SetAction(parsed => Run(
            (ulong)parsed.GetValue(seed), parsed.GetValue(transactions), parsed.GetValue(world),
            parsed.GetValue(payment), parsed.GetValue(until)!, parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(
        ulong seed, int transactions, int world, long payment, string until, bool isJson, TextWriter output)
    {
        if (transactions < 1 || world >= (transactions + WorldRun.PaymentsPerWorld - 1) / WorldRun.PaymentsPerWorld)
        {
            throw new UsageException("--transactions must be at least 1, and --world must be a world of the run.");
        }

        if (payment != 0 && world < 0)
        {
            throw new UsageException("--payment needs --world: payments are numbered within each world.");
        }

        int threads = Math.Clamp(Environment.ProcessorCount, 1, ThreadsMax);
        string[] wanted = until.Split(',', StringSplitOptions.RemoveEmptyEntries);
        WorldReport report = WorldRun.Run(seed, transactions, threads, world, wanted);
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(report, CommonOptions.JsonFormat));
        }
        else
        {
            Write(report, payment == 0 ? "" : WorldRun.TimeLine(seed, transactions, world, payment), output);
        }

        return report.Violations == 0 ? ExitCode.Done : ExitCode.Problems;
    }

    private static void Write(WorldReport report, string timeLine, TextWriter output)
    {
        output.WriteLine(
            $"{report.Transactions} transactions in {report.Worlds} worlds, {report.SimulatedHours} simulated hours, "
            + $"{report.Crashes} crashes");
        foreach ((string fault, long count) in report.Faults)
        {
            output.WriteLine($"  {fault,-24}{count,10}");
        }

        output.WriteLine($"Trace {report.TraceHash}, {report.Violations} violations.");
        foreach (string world in report.Broken)
        {
            output.WriteLine(world);
        }

        output.Write(report.FirstViolation);
        output.Write(timeLine);
    }
}
