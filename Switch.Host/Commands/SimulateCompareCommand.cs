using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Files;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>
/// <c>simulate compare</c>: whether the books that simulators wrote agree, card by card, to the unit.
/// </summary>
internal static class SimulateCompareCommand
{
    public static Command Create()
    {
        var command = new Command("compare", "Compare the books that simulators wrote with --books.");
        var files = new Argument<string[]>("FILE")
        {
            Description = "Books of the acquirers and of every issuer.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = CommonOptions.Json();
        command.Add(files);
        command.Add(json);
        command.SetAction(parsed => Run(
            parsed.GetValue(files)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(IReadOnlyList<string> paths, bool isJson, TextWriter output)
    {
        BooksFile[] books = [.. paths.Select(Read)];
        int open = books.Sum(static one => one.Open);
        BooksReport report = BooksComparison.Compare(
            books.Where(static one => one.Party == BooksFile.Acquirer).SelectMany(static one => one.Lines),
            books.Where(static one => one.Party == BooksFile.Issuer).SelectMany(static one => one.Lines));
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { report.Agrees, open, report.Cards, report.Acquirers, report.Issuers, report.Differences },
                CommonOptions.JsonFormat));
        }
        else
        {
            SimulatorReports.WriteBooks(CommonOptions.ConsoleOn(output), report);
            if (open > 0)
            {
                output.WriteLine($"{open} transactions were not settled when the books were written.");
            }
        }

        return report.Agrees && open == 0 ? ExitCode.Done : ExitCode.Problems;
    }

    private static BooksFile Read(string path)
    {
        try
        {
            return BooksFile.Read(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UsageException($"{FileFault.Describe(path, problem)}.");
        }
    }
}
