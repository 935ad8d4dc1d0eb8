namespace Switch.Benchmarks.Sabotages;

/// <summary>One change of the source.</summary>
/// <param name="File">The file, from the repository's root.</param>
/// <param name="Find">Whole lines that stand in it exactly once.</param>
/// <param name="Replacement">What stands there instead.</param>
internal sealed record SabotageHunk(string File, string Find, string Replacement);

/// <summary>
/// A defect that is planted on purpose, as a patch of a copy of the source, and what must catch it: the simulation by
/// one of some invariants, or a unit test.
/// </summary>
internal sealed record Sabotage
{
    public required string Name { get; init; }

    /// <summary>The part of the switch that it breaks: the name of the file that lists it.</summary>
    public required string Area { get; init; }

    /// <summary>What is wrong then, in a sentence.</summary>
    public required string What { get; init; }

    /// <summary>The invariants that the simulation may report; none when a test must fail.</summary>
    public required IReadOnlyList<string> Invariants { get; init; }

    /// <summary><c>Class.Method</c> of the test that must fail; empty when the simulation must report.</summary>
    public required string Test { get; init; }

    public required IReadOnlyList<SabotageHunk> Hunks { get; init; }

    /// <summary>The source with the defect in it, by file.</summary>
    /// <exception cref="SabotageException">A text that is to be replaced does not stand there exactly once.</exception>
    public IReadOnlyDictionary<string, string> Apply(Func<string, string> read)
    {
        var changed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (SabotageHunk hunk in Hunks)
        {
            string text = changed.TryGetValue(hunk.File, out string? before) ? before : read(hunk.File);
            changed[hunk.File] = Apply(text, hunk);
        }

        return changed;
    }

    // Whole lines, so that the end of another line is not taken for the place.
    private string Apply(string text, SabotageHunk hunk)
    {
        string framed = "\n" + text;
        string find = $"\n{hunk.Find}\n";
        int at = framed.IndexOf(find, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new SabotageException($"{Name}: its text is not in {hunk.File} any more.");
        }

        if (framed.IndexOf(find, at + 1, StringComparison.Ordinal) >= 0)
        {
            throw new SabotageException($"{Name}: its text is in {hunk.File} more than once.");
        }

        string replacement = hunk.Replacement.Length == 0 ? "\n" : $"\n{hunk.Replacement}\n";
        return string.Concat(framed.AsSpan(0, at), replacement, framed.AsSpan(at + find.Length))[1..];
    }
}

/// <summary>A sabotage cannot be planted, or its file cannot be read.</summary>
internal sealed class SabotageException : Exception
{
    public SabotageException()
    {
    }

    public SabotageException(string message)
        : base(message)
    {
    }

    public SabotageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
