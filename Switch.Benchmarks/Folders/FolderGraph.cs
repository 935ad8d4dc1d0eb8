namespace Switch.Benchmarks.Folders;

/// <summary>
/// The folders of one project and what each imports, from its compiled assembly. A namespace is a folder
/// (a rule of the house); a folder and the folder in it are two.
/// </summary>
/// <remarks>
/// What the compiler leaves out is not seen: a constant of another folder, and the types of local variables. A local
/// variable hides no knot, because its value comes from a member that names its type. For constants the house test also
/// looks at the <c>using</c> lines.
/// </remarks>
internal sealed class FolderGraph
{
    private readonly string[] _folders;
    private readonly HashSet<FolderUse> _uses;

    /// <param name="folders">Every folder that has a type.</param>
    /// <param name="uses">Uses across folders.</param>
    public FolderGraph(IEnumerable<string> folders, IEnumerable<FolderUse> uses)
    {
        _folders = [.. folders.Distinct().Order(StringComparer.Ordinal)];
        _uses = [.. uses.Where(static use => use.From != use.To)];
    }

    /// <summary>The graph of a project.</summary>
    /// <param name="assembly">Its path.</param>
    /// <param name="root">The namespace of the project: <c>Switch.Host</c>.</param>
    public static FolderGraph Read(string assembly, string root)
    {
        using FileStream file = File.OpenRead(assembly);
        return Read(file, root);
    }

    /// <inheritdoc cref="Read(string, string)"/>
    public static FolderGraph Read(Stream assembly, string root)
    {
        using var reader = new AssemblyUses(assembly, root);
        return new FolderGraph(reader.Folders(), reader.Uses());
    }

    public IReadOnlyList<string> Folders => _folders;

    /// <summary>The folders that this one imports, by name.</summary>
    public IReadOnlyList<string> ImportsOf(string folder) =>
    [
        .. _uses.Where(use => use.From == folder).Select(static use => use.To).Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A folder's line in the list of floors: <c>Folder: imports</c>.</summary>
    public string Line(string folder) => $"{folder}: {string.Join(' ', ImportsOf(folder))}".TrimEnd();

    /// <summary>Why the first folder imports the second.</summary>
    public IReadOnlyList<FolderUse> Why(string from, string to) =>
    [
        .. _uses.Where(use => use.From == from && use.To == to)
            .OrderBy(static use => use.Type, StringComparer.Ordinal)
            .ThenBy(static use => use.Member, StringComparer.Ordinal),
    ];

    /// <summary>Groups of folders that import each other, directly or around a circle.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Knots()
    {
        Dictionary<string, HashSet<string>> below = _folders.ToDictionary(static folder => folder, Below);
        return
        [
            .. _folders
                .Where(folder => below[folder].Contains(folder))
                .GroupBy(folder => _folders.First(
                    other => below[folder].Contains(other) && below[other].Contains(folder)))
                .Select(static knot => knot.ToArray()),
        ];
    }

    /// <summary>
    /// All folders from top to bottom: each above what it imports, as far as there is no knot. Among folders that could
    /// come next, the first by name.
    /// </summary>
    public IReadOnlyList<string> Floors()
    {
        List<string> left = [.. _folders];
        List<string> floors = [];
        while (left.Count > 0)
        {
            string next = left.Find(folder => left.TrueForAll(other => !Imports(other, folder)))
                ?? left.MinBy(folder => left.Count(other => Imports(other, folder)))!;
            left.Remove(next);
            floors.Add(next);
        }

        return floors;
    }

    /// <summary>What is wrong with a list of floors: missing and unknown folders, imports that point upward.</summary>
    /// <param name="floors">Folders from top to bottom.</param>
    public IEnumerable<string> Complaints(IReadOnlyList<string> floors)
    {
        foreach (string folder in _folders.Except(floors))
        {
            yield return $"{folder} is not in the list.";
        }

        foreach (string folder in floors.Except(_folders))
        {
            yield return $"{folder} is in the list and has no types.";
        }

        for (int place = 0; place < floors.Count; place++)
        {
            foreach (string above in floors.Take(place).Where(above => Imports(floors[place], above)))
            {
                FolderUse use = Why(floors[place], above)[0];
                yield return $"{floors[place]} imports {above}, which stands above it: {use.Member} -> {use.Type}";
            }
        }
    }

    private bool Imports(string from, string to) => _uses.Any(use => use.From == from && use.To == to);

    private HashSet<string> Below(string folder)
    {
        HashSet<string> found = [];
        var waiting = new Stack<string>(ImportsOf(folder));
        while (waiting.TryPop(out string? next))
        {
            if (found.Add(next))
            {
                foreach (string import in ImportsOf(next))
                {
                    waiting.Push(import);
                }
            }
        }

        return found;
    }
}
