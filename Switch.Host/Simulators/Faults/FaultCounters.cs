namespace Switch.Host.Simulators.Faults;

/// <summary>What a proxy counted.</summary>
internal readonly record struct FaultCounters
{
    public long Connections { get; init; }

    /// <summary>Reset as soon as they were made: by the plan, or at the bound.</summary>
    public long Refused { get; init; }

    public long Passed { get; init; }

    /// <summary>Frames that did not arrive.</summary>
    public long Lost { get; init; }

    public long Delayed { get; init; }

    public long Corrupted { get; init; }

    /// <summary>Messages that the proxy answered itself.</summary>
    public long Answered { get; init; }
}
