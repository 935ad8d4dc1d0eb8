using System.CommandLine;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// <c>dialect import jpos|moov</c>: makes a dialect of another library's description. The dialect goes to standard
/// output, what it does not say to standard error.
/// </summary>
internal static class DialectImportCommand
{
    public static Command Create() => new(
        "import", "Make a dialect of the field descriptions of another library, and print its JSON.")
    {
        Jpos(), Moov(),
    };

    private static Command Jpos() => Importer(
        "jpos", "The XML of jPOS's GenericPackager, with sub-field packagers.", "XML",
        "1047, as jPOS has it, without this.",
        (text, page, draft) => new JposImport(draft, page).Read(text));

    private static Command Moov() => Importer(
        "moov", "The JSON of a message specification of moov-io/iso8583.", "JSON",
        "500, which that library's EBCDIC is but for one character, without this.",
        (text, page, draft) => new MoovImport(draft, page).Read(text));

    private static Command Importer(
        string origin, string description, string form, string codePages, Action<string, string?, DialectDraft> read)
    {
        var command = new Command(
            origin, description + " A field that cannot be expressed in a dialect is named; exit code 2.");
        var file = new Argument<string>("file") { Description = $"The {form} file.", HelpName = "FILE" };
        var name = new Option<string?>("--name")
        {
            Description = "What the dialect is to be called; the file's name without this.",
            HelpName = "NAME",
        };
        var edition = new Option<int>("--edition")
        {
            Description = "1987, 1993 or 2003. Descriptions do not say.",
            HelpName = "YEAR",
            DefaultValueFactory = static _ => 1987,
        };
        var codePage = new Option<string?>("--code-page")
        {
            Description = $"What EBCDIC is read in: 037, 500 or 1047. Descriptions do not say; {codePages}",
            HelpName = "PAGE",
        };
        codePage.AcceptOnlyFromAmong("037", "500", "1047");
        var leaveOut = new Option<bool>("--leave-out")
        {
            Description = "Leave out fields that cannot be expressed, with a warning each: messages that have one "
                + "will be refused, not misread.",
        };
        command.Add(file);
        command.Add(name);
        command.Add(edition);
        command.Add(codePage);
        command.Add(leaveOut);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            var draft = new DialectDraft(
                parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(path), EditionOf(parsed.GetValue(edition)),
                parsed.GetValue(leaveOut));
            string? page = parsed.GetValue(codePage) switch
            {
                null => null,
                "037" => "ebcdic",
                var other => $"ebcdic{other}",
            };
            read(ToolFile.ReadText(path), page, draft);
            Dialect dialect = draft.Compile(path);
            foreach (string warning in draft.Warnings)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"Warning: {warning}");
            }

            parsed.InvocationConfiguration.Output.WriteLine(dialect.ToJson());
            return ExitCode.Done;
        });
        return command;
    }

    private static IsoVersion EditionOf(int year) => year switch
    {
        1987 => IsoVersion.Iso1987,
        1993 => IsoVersion.Iso1993,
        2003 => IsoVersion.Iso2003,
        _ => throw new UsageException("--edition: 1987, 1993 or 2003 expected."),
    };
}
