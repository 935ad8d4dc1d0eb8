using Switch.Host.Configuration;

namespace Switch.Host.Commands.Drills;

/// <summary>How drills are played: load, times, and what counts as a long wait.</summary>
internal sealed record DrillSettings
{
    /// <summary>Requests a second, over all issuers' cards.</summary>
    public double RatePerSecond { get; init; } = 90;

    /// <summary>Load in which a node that has just started finds its pace: looked at by no figure.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Load before the fault, to see what is usual.</summary>
    public TimeSpan Before { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the fault lasts.</summary>
    public TimeSpan Fault { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the load goes on after the fault, until all is as it was.</summary>
    public TimeSpan RecoveryMax { get; init; } = TimeSpan.FromSeconds(35);

    /// <summary>How long what is owed may take at the end.</summary>
    public TimeSpan SettleMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A customer who waits longer has waited; null: half of the issuer's time-out.</summary>
    public TimeSpan? SlowAfter { get; init; }

    /// <summary>Of the simulators, the proxies and the load.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The issuer that gets sick; null: the primary of the first route that has another way.</summary>
    public string? Issuer { get; init; }
}

/// <summary>Where a failure comes from.</summary>
internal enum DrillCause
{
    Issuer,
    Network,
    Software,
    Hardware,
    Attack,
    HumanError,
}

/// <summary>One exercise: what is broken, what is looked at, and what is wanted.</summary>
/// <param name="Name">As users type it.</param>
/// <param name="Cause">Its class.</param>
/// <param name="What">What it does, in a sentence.</param>
/// <param name="Wants">What it wants besides the targets, in a sentence.</param>
/// <param name="PlayAsync">Plays it. Ends by itself, with nothing left running.</param>
internal sealed record Drill(
    string Name, DrillCause Cause, string What, string Wants, Func<DrillContext, DrillReport, Task> PlayAsync)
{
    /// <summary>What its figures are held against, unless the user says otherwise.</summary>
    public DrillTargets Targets { get; init; } = new();

    public string CauseText => Cause == DrillCause.HumanError ? "human error" : Cause.ToString().ToLowerInvariant();
}

/// <summary>What one run of a drill is given.</summary>
/// <param name="Configuration">What the user named; it is copied, never used.</param>
/// <param name="Settings">How it is played.</param>
/// <param name="Folder">A folder of this run alone, with the drill's marker.</param>
/// <param name="Stop">The user wants an end, or the drill has taken too long.</param>
internal sealed record DrillContext(
    LoadedConfiguration Configuration, DrillSettings Settings, string Folder, CancellationToken Stop);
