using System.CommandLine;
using Switch.Protocol.Dialects;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// <c>dialect import jpos|moov</c>: makes a dialect of another library's description. The dialect goes to standard
/// output, what it does not say to standard error.
/// </summary>
internal static class DialectImportCommand
{
    private const int SizeMax = 16 * 1024 * 1024;

    public static Command Create() => new(
        "import", "Make a dialect of the field descriptions of another library, and print its JSON.")
    {
        Jpos(), Moov(),
    };

    private static Command Jpos()
    {
        var codePage = new Option<string>("--code-page")
        {
            Description = "What EBCDIC is read in: 037, 500 or 1047. Descriptions do not say; jPOS itself uses 1047.",
            HelpName = "PAGE",
            DefaultValueFactory = static _ => "1047",
        };
        codePage.AcceptOnlyFromAmong("037", "500", "1047");
        Command command = Importer(
            "jpos", "The XML of jPOS's GenericPackager, with sub-field packagers.", "XML", (parsed, text, draft) =>
            {
                string page = parsed.GetValue(codePage)!;
                var classes = new JposClasses(page == "037" ? "ebcdic" : $"ebcdic{page}");
                using var reader = new StringReader(text);
                new JposImport(draft, classes).Read(reader);
            });
        command.Add(codePage);
        return command;
    }

    private static Command Moov() => Importer(
        "moov", "The JSON of a message specification of moov-io/iso8583.", "JSON",
        (_, text, draft) => new MoovImport(draft).Read(text));

    private static Command Importer(
        string origin, string description, string form, Action<ParseResult, string, DialectDraft> read)
    {
        var command = new Command(
            origin, description + " A field that cannot be said in a dialect is named; exit code 2.");
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
        var leaveOut = new Option<bool>("--leave-out")
        {
            Description = "Leave out fields that cannot be said, with a warning each: messages that have one will be "
                + "refused, not misread.",
        };
        command.Add(file);
        command.Add(name);
        command.Add(edition);
        command.Add(leaveOut);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            var draft = new DialectDraft(
                parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(path), EditionOf(parsed.GetValue(edition)),
                parsed.GetValue(leaveOut));
            read(parsed, TextOf(path), draft);
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

    private static string TextOf(string file)
    {
        using Stream stream = ToolFile.OpenRead(file);
        if (stream.CanSeek && stream.Length > SizeMax)
        {
            throw new UsageException($"{file} has more than {SizeMax} bytes: a description of fields has not.");
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
