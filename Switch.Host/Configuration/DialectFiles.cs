using Switch.Host.Files;
using Switch.Protocol.Dialects;

namespace Switch.Host.Configuration;

/// <summary>Dialects of partners, in files: those that a configuration lists, or one that a command names.</summary>
internal static class DialectFiles
{
    private const string Extension = ".json";

    /// <summary>
    /// The built-in dialects and those of the listed files, which may extend each other in the order of the list.
    /// Every mistake of every file goes to <paramref name="errors"/>.
    /// </summary>
    public static DialectCatalog Load(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        var catalog = new DialectCatalog();
        for (int i = 0; i < options.Dialects.Count; i++)
        {
            foreach (string mistake in Add(catalog, environment.Resolve(options.Dialects[i]), out _))
            {
                errors.Add($"{ConfigurationReader.Root}:Dialects:{i}", $"'{options.Dialects[i]}' {mistake}.");
            }
        }

        return catalog;
    }

    /// <summary>A built-in dialect by its name, or one from a file that extends one, by its path.</summary>
    /// <exception cref="ArgumentException">There is no such dialect, or its file has mistakes.</exception>
    public static Dialect Find(string nameOrFile)
    {
        var catalog = new DialectCatalog();
        if (catalog.TryGet(nameOrFile, out Dialect? dialect))
        {
            return dialect;
        }

        if (!nameOrFile.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"'{nameOrFile}' is not a known dialect. Known: {Rules.Known(catalog.Names)}; "
                + "or give the path of a .json file.");
        }

        IReadOnlyList<string> mistakes = Add(catalog, Path.GetFullPath(nameOrFile), out dialect);
        return dialect ?? throw new ArgumentException(
            string.Join(Environment.NewLine, mistakes.Select(mistake => $"'{nameOrFile}' {mistake}.")));
    }

    private static IReadOnlyList<string> Add(DialectCatalog catalog, string path, out Dialect? dialect)
    {
        dialect = null;
        try
        {
            return catalog.TryAdd(
                BoundedFile.ReadText(path, BoundedFile.DocumentSizeMax), out dialect,
                out IReadOnlyList<string> mistakes)
                ? []
                : [.. mistakes.Select(mistake => $"has a mistake at {mistake}")];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"cannot be read: {FileFault.Describe(path, e)}"];
        }
    }
}
