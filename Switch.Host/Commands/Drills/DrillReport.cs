namespace Switch.Host.Commands.Drills;

/// <summary>Something that a drill wanted, and what was.</summary>
internal sealed record DrillCheck(string What, string Wanted, string Was, bool IsMet);

/// <summary>How a drill ended.</summary>
internal enum DrillOutcome
{
    Passed,

    /// <summary>Something was not as wanted.</summary>
    Missed,

    /// <summary>This machine, user or configuration does not allow it. Never counted as passed.</summary>
    NotRun,
}

/// <summary>Collects what a drill finds. One thread.</summary>
internal sealed class DrillReport
{
    private readonly List<DrillCheck> _checks = [];
    private readonly List<string> _notes = [];

    public DrillFigures Figures { get; set; } = new();

    public IReadOnlyList<DrillCheck> Checks => _checks;

    /// <summary>What a reader should know: what was added to the configuration, what was seen.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Why it was not run; null when it was.</summary>
    public string? NotRunBecause { get; private set; }

    public void Note(string text) => _notes.Add(text);

    /// <summary>Wants something that is either so or not.</summary>
    public bool Require(bool isMet, string what, string was = "")
    {
        _checks.Add(new DrillCheck(what, "yes", isMet ? "yes" : was.Length == 0 ? "no" : was, isMet));
        return isMet;
    }

    public void Add(IEnumerable<DrillCheck> checks) => _checks.AddRange(checks);

    public void NotRun(string because) => NotRunBecause = because;

    public DrillOutcome Outcome => NotRunBecause is not null ? DrillOutcome.NotRun
        : _checks.Count > 0 && _checks.TrueForAll(static check => check.IsMet) ? DrillOutcome.Passed
        : DrillOutcome.Missed;
}

/// <summary>One line of the score card.</summary>
internal sealed record DrillResult
{
    public required string Name { get; init; }

    public required string Cause { get; init; }

    public required string What { get; init; }

    public required DrillOutcome Outcome { get; init; }

    public string? NotRunBecause { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required double Seconds { get; init; }

    public required DrillFigures Figures { get; init; }

    public required IReadOnlyList<DrillCheck> Checks { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }
}
