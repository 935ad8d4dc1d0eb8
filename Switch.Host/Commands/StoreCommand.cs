using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Stores;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Commands;

/// <summary><c>store status|rebuild</c>: how the store stands, and how to make it anew.</summary>
internal static class StoreCommand
{
    public static Command Create() => new("store", "Inspect the store, compare it with the journal, or rebuild it.")
    {
        Status(), Rebuild(),
    };

    private static Command Status()
    {
        var command = new Command(
            "status", "The position of the store in the journal. Exit code 1 when the store cannot be used.");
        Option<string?> config = CommonOptions.Config();
        Option<bool> json = CommonOptions.Json();
        command.Add(config);
        command.Add(json);
        command.SetAction(parsed => Status(
            HistoryLocation.Of(parsed.GetValue(config)), parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Status(HistoryLocation place, bool asJson, TextWriter output)
    {
        (long first, long last) = RangeOf(place);
        string problem = "";
        StorePosition position = default;
        var rows = new Dictionary<string, long>();
        if (place.Store is null)
        {
            problem = "No store is configured.";
        }
        else
        {
            try
            {
                using StoreReader store = StoreReader.Open(place.Store);
                position = store.Position(place.Node) ?? default;
                foreach (StoreTable table in StoreSchema.Tables)
                {
                    rows[table.Name] = (long)store.Rows(
                        $"SELECT count(*) FROM {store.Of(table.Name, "@node")}", ("@node", place.Node))[0][0]!;
                }
            }
            catch (StoreException unavailable)
            {
                problem = unavailable.Message;
            }
        }

        var status = new
        {
            Provider = place.Store?.Provider.Name ?? StoreRules.None,
            Problem = problem,
            SchemaVersion = StoreSchema.Version,
            PositionLsn = position.Lsn,
            PositionTime = position.Lsn == 0 ? null : StoreNames.Time(position.TimeMs),
            JournalFirstLsn = first,
            JournalLastLsn = last,
            LagRecords = Math.Max(0, last - position.Lsn),
            Rows = rows,
        };
        output.WriteLine(asJson
            ? JsonSerializer.Serialize(status, CommonOptions.JsonFormat)
            : FormattableString.Invariant(
                $"{status.Provider}: at LSN {status.PositionLsn} ({status.PositionTime ?? "-"} UTC), the journal has ")
                + FormattableString.Invariant($"{first} to {last}, {status.LagRecords} to go. Rows: ")
                + string.Join(", ", rows.Select(pair => $"{pair.Key} {pair.Value}")) + $". {problem}");
        return problem.Length == 0 ? ExitCode.Done : ExitCode.Problems;
    }

    private static Command Rebuild()
    {
        var command = new Command(
            "rebuild",
            "Rebuild the store from the journal: rows of the journal's records are removed and projected again. "
            + "With --compare nothing is changed: the two are compared, and exit code 1 means that they differ.");
        Option<string?> config = CommonOptions.Config();
        Option<bool> json = CommonOptions.Json();
        var compare = new Option<bool>("--compare") { Description = "Only compare the store with the journal." };
        command.Add(config);
        command.Add(json);
        command.Add(compare);
        command.SetAction(parsed =>
        {
            HistoryLocation place = HistoryLocation.Of(parsed.GetValue(config));
            if (place.Store is null)
            {
                throw new UsageException("No store is configured: Store:Provider is None.");
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            bool asJson = parsed.GetValue(json);
            try
            {
                if (!parsed.GetValue(compare))
                {
                    Rebuild(place, output, asJson);
                }

                return Compare(place, output, asJson);
            }
            catch (StoreException problem)
            {
                parsed.InvocationConfiguration.Error.WriteLine(problem.Message);
                return ExitCode.Problems;
            }
        });
        return command;
    }

    private static void Rebuild(HistoryLocation place, TextWriter output, bool asJson)
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(place.Journal.Path);
        (long first, long last) = JournalProjection.RangeOf(disk);
        using IStore store = place.Store!.Make();
        StorePosition position = store.Open(place.Journal.Identity);
        StorePosition start = store.ForgetFrom(first, position);
        JournalProjection.Run(store, disk, start, last);
        if (!asJson)
        {
            output.WriteLine(FormattableString.Invariant($"Projected LSN {first} to {last} again."));
        }
    }

    private static int Compare(HistoryLocation place, TextWriter output, bool asJson)
    {
        using TemporaryStore aside = JournalProjection.Aside(place.Journal, default);
        using StoreReader rebuilt = StoreReader.Open(aside.Settings);
        using StoreReader store = StoreReader.Open(place.Store!);
        long first = RangeOf(place).First;
        long last = Math.Min(store.Position(place.Node)?.Lsn ?? 0, rebuilt.Position(place.Node)?.Lsn ?? 0);
        StoreChecksum[] expected = StoreChecksum.Of(rebuilt, place.Node, first, last);
        StoreChecksum[] found = StoreChecksum.Of(store, place.Node, first, last);
        bool isEqual = expected.SequenceEqual(found);
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { IsEqual = isEqual, FirstLsn = first, LastLsn = last, Journal = expected, Store = found },
                CommonOptions.JsonFormat));
            return isEqual ? ExitCode.Done : ExitCode.Problems;
        }

        if (first > 1)
        {
            output.WriteLine(FormattableString.Invariant(
                $"The journal starts at LSN {first}: earlier rows of the store are not compared and stay unchanged."));
        }

        for (int i = 0; i < expected.Length; i++)
        {
            string verdict = expected[i] == found[i] ? "equal" : "DIFFERENT";
            output.WriteLine(FormattableString.Invariant(
                $"{expected[i].Table}: journal {expected[i].Rows} rows, store {found[i].Rows} rows, {verdict}"));
        }

        output.WriteLine(FormattableString.Invariant(
            $"LSN {first} to {last}: {(isEqual ? "store and journal are equal." : "store and journal differ.")}"));
        return isEqual ? ExitCode.Done : ExitCode.Problems;
    }

    private static (long First, long Last) RangeOf(HistoryLocation place)
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(place.Journal.Path);
        return JournalProjection.RangeOf(disk);
    }
}
