using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;

namespace Switch.Host.Commands.Dialects;

/// <summary><c>dialect</c>: lists, imports, exports, describes and compares dialects.</summary>
internal static class DialectCommand
{
    public static Command Create() => new(
        "dialect", "List, import, export, describe and compare dialects.")
    {
        List(), DialectImportCommand.Create(), Export(), Describe(), Diff(),
    };

    private static Command List()
    {
        var command = new Command("list", "List the dialects there are.");
        var wire = new DialectOptions();
        Option<bool> json = CommonOptions.Json();
        command.Add(wire.Files);
        command.Add(json);
        command.SetAction(parsed => WriteList(
            parsed.InvocationConfiguration.Output, wire.CatalogOf(parsed), parsed.GetValue(json)));
        return command;
    }

    private static Command Export()
    {
        var command = new Command(
            "export",
            "Print a dialect as JSON that extends nothing: all that it has from others is stated. It reads back to the "
            + "same dialect.");
        var wire = new DialectOptions();
        Argument<string> dialect = Named("name");
        var name = new Option<string?>("--name")
        {
            Description = "The name that the copy is to have; two dialects of one name cannot be there together.",
            HelpName = "NAME",
        };
        command.Add(dialect);
        command.Add(wire.Files);
        command.Add(name);
        command.SetAction(parsed =>
        {
            Dialect found = DialectOptions.DialectOf(wire.CatalogOf(parsed), parsed.GetValue(dialect)!);
            parsed.InvocationConfiguration.Output.WriteLine(found.ToJson(parsed.GetValue(name)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Describe()
    {
        var command = new Command(
            "describe", "Print a dialect as an interface specification in Markdown, to hand to a partner.");
        var wire = new DialectOptions();
        Argument<string> dialect = Named("name");
        command.Add(dialect);
        command.Add(wire.Files);
        command.SetAction(parsed =>
        {
            Dialect found = DialectOptions.DialectOf(wire.CatalogOf(parsed), parsed.GetValue(dialect)!);
            new DialectDescription(parsed.InvocationConfiguration.Output, found).Write();
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Diff()
    {
        var command = new Command(
            "diff",
            "Compare two dialects: how their bytes differ, and what becomes of each field on the way from one to the "
            + "other. Exit code 1 when they differ.");
        var wire = new DialectOptions();
        Argument<string> first = Named("from");
        Argument<string> second = Named("to");
        Option<bool> json = CommonOptions.Json();
        command.Add(first);
        command.Add(second);
        command.Add(wire.Files);
        command.Add(json);
        command.SetAction(parsed =>
        {
            // A catalog for each: two files may be two editions of one dialect, under one name.
            var difference = DialectDifference.Between(
                DialectOptions.DialectOf(wire.CatalogOf(parsed), parsed.GetValue(first)!),
                DialectOptions.DialectOf(wire.CatalogOf(parsed), parsed.GetValue(second)!));
            DialectDifferenceReport.Write(
                parsed.InvocationConfiguration.Output, difference, parsed.GetValue(json));
            return difference.IsEmpty ? ExitCode.Done : ExitCode.Problems;
        });
        return command;
    }

    private static Argument<string> Named(string name) => new(name)
    {
        Description = "Its name, or the .json file of a partner's.",
        HelpName = name.ToUpperInvariant(),
    };

    private static int WriteList(TextWriter output, DialectCatalog catalog, bool json)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumns("name", "edition", "mti", "bitmap", "fields", "origin");
        foreach (string name in catalog.Names)
        {
            catalog.TryGet(name, out Dialect? dialect);
            var row = new DialectRow(
                name, DialectNames.YearOf(dialect!.IsoVersion), DialectNames.Of(dialect.Mti),
                DialectNames.Of(dialect.Bitmap), dialect.Defined.Count,
                DialectCatalog.IsBuiltIn(name) ? "built in" : "file");
            if (json)
            {
                output.WriteLine(JsonSerializer.Serialize(row, CommonOptions.JsonFormat));
                continue;
            }

            table.AddRow(
                Cell.Of(row.Name), Cell.Of(row.Edition.ToString(CultureInfo.InvariantCulture)), Cell.Of(row.Mti),
                Cell.Of(row.Bitmap), Cell.Of(row.Fields.ToString(CultureInfo.InvariantCulture)),
                Cell.Of(row.Origin));
        }

        if (!json)
        {
            CommonOptions.ConsoleOn(output).Write(table);
        }

        return ExitCode.Done;
    }

    private sealed record DialectRow(
        string Name, int Edition, string Mti, string Bitmap, int Fields, string Origin);
}
