using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Switch.Protocol.Dialects;

/// <summary>
/// Dialects by name: the built-in ones and those that a host adds. Not thread safe while being filled; a filled one
/// may be read from any thread.
/// </summary>
public sealed class DialectCatalog
{
    // Parents before the dialects that extend them.
    private static readonly string[] BuiltInNames =
    [
        "iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary", "iso03-ascii", "iso03-binary",
        "base24", "base1",
    ];

    private readonly Dictionary<string, Dialect> _dialects = new(StringComparer.Ordinal);

    /// <summary>Starts with the built-in dialects.</summary>
    public DialectCatalog()
        : this(BuiltIn)
    {
    }

    private DialectCatalog(DialectCatalog? start)
    {
        if (start is not null)
        {
            foreach ((string name, Dialect dialect) in start._dialects)
            {
                _dialects.Add(name, dialect);
            }
        }
    }

    public IReadOnlyCollection<string> Names => _dialects.Keys;

    public static bool IsBuiltIn(string name) => BuiltIn._dialects.ContainsKey(name);

    /// <summary>The built-in dialects alone. Nothing may be added to it.</summary>
    internal static DialectCatalog BuiltIn { get; } = LoadBuiltIn();

    public bool TryGet(string name, [NotNullWhen(true)] out Dialect? dialect) =>
        _dialects.TryGetValue(name, out dialect);

    /// <summary>
    /// Compiles a dialect and adds it under its name. When anything is wrong nothing is added and every mistake is
    /// listed, each with the path of its place.
    /// </summary>
    public bool TryAdd(string json, [NotNullWhen(true)] out Dialect? dialect, out IReadOnlyList<string> mistakes)
    {
        var found = new List<string>();
        mistakes = found;
        DialectText text = new DialectReader(found).Read(json);
        if (text.Extends is { } parentName)
        {
            if (_dialects.TryGetValue(parentName, out Dialect? parent))
            {
                text = text.Over(parent.Text);
            }
            else
            {
                string known = string.Join(", ", _dialects.Keys);
                found.Add($"extends: no dialect is called '{parentName}'; {known} are there");
            }
        }

        // Without the parent its fields are unknown, and complaints about them would mislead.
        dialect = text.Extends is null ? new DialectCompiler(text, found).Compile() : null;
        if (dialect is null)
        {
            return false;
        }

        if (!_dialects.TryAdd(dialect.Name, dialect))
        {
            found.Add($"name: '{dialect.Name}' is taken");
            dialect = null;
        }

        return dialect is not null;
    }

    private static DialectCatalog LoadBuiltIn()
    {
        var catalog = new DialectCatalog(start: null);
        foreach (string name in BuiltInNames)
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.json")
                ?? throw new InvalidOperationException($"The assembly lacks its dialect '{name}'.");
            using var reader = new StreamReader(stream);
            if (!catalog.TryAdd(reader.ReadToEnd(), out _, out IReadOnlyList<string> mistakes))
            {
                throw new InvalidOperationException($"Dialect '{name}' is broken: {string.Join("; ", mistakes)}");
            }
        }

        return catalog;
    }
}
