using System.CommandLine;
using Switch.Host.Configuration;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Commands.Common;

/// <summary>Which dialect and framing a tool is to use: built-in ones by name, and those of files.</summary>
internal sealed class DialectOptions
{
    public Option<string> Dialect { get; } = new("--dialect", "-d")
    {
        Description = "Name of a dialect, or the .json file of a partner's dialect; 'dialect list' prints the names.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => "iso87-ascii",
    };

    public Option<string[]> Files { get; } = new("--dialect-file")
    {
        Description = "File with a partner's dialect, which then can be used by its name. May be repeated; "
            + "a dialect must come after the one that it extends.",
        HelpName = "FILE",
        DefaultValueFactory = static _ => [],
    };

    public Option<string?> Framing { get; } = new("--framing", "-f")
    {
        Description = $"How messages are framed: {string.Join(", ", FrameFormat.Names)}; each also with +tpdu. "
            + "Without it the message has no frame.",
        HelpName = "NAME",
    };

    public Option<string?> Header { get; } = new("--header")
    {
        Description = "Header between length and message: its characters, or hex: and its bytes.",
        HelpName = "TEXT",
    };

    public static DialectCatalog CatalogOf(IEnumerable<string> files)
    {
        var catalog = new DialectCatalog();
        foreach (string file in files)
        {
            Add(catalog, file);
        }

        return catalog;
    }

    /// <summary>A dialect by its name, or one from a .json file, which is then in the catalog.</summary>
    public static Dialect DialectOf(DialectCatalog catalog, string name) =>
        catalog.TryGet(name, out Dialect? dialect) ? dialect
            : name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? Add(catalog, name)
            : throw new UsageException($"'{name}' is not a dialect. Known: {Rules.Known(catalog.Names)}.");

    public Dialect DialectOf(ParseResult parsed) => DialectOf(CatalogOf(parsed), parsed.GetValue(Dialect)!);

    public DialectCatalog CatalogOf(ParseResult parsed) => CatalogOf(parsed.GetValue(Files)!);

    public FrameFormat? FramingOf(ParseResult parsed)
    {
        string? header = parsed.GetValue(Header);
        return parsed.GetValue(Framing) is { } name
            ? FrameFormat.TryGet(name, header, out FrameFormat? format, out string reason)
                ? format : throw new UsageException($"--framing: {reason}")
            : header is null ? null : throw new UsageException("--header: needs --framing.");
    }

    private static Dialect Add(DialectCatalog catalog, string file)
    {
        string json = ToolFile.ReadText(file);
        return catalog.TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes)
            ? dialect
            : throw new UsageException($"{file} is not a valid dialect:\n  {string.Join("\n  ", mistakes)}");
    }
}
