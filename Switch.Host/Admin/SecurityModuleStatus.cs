namespace Switch.Host.Admin;

/// <summary>The security module: which it is, and how its parts stand.</summary>
internal sealed record SecurityModuleStatus(string Kind)
{
    /// <summary>There is none.</summary>
    public static SecurityModuleStatus None { get; } = new("None");

    public bool IsSoftware => Kind == "Software";

    /// <summary>Hardware modules by their addresses.</summary>
    public IReadOnlyList<HsmStatus> Modules { get; init; } = [];

    public long Requests { get; init; }

    public long Retries { get; init; }

    public long TimeOuts { get; init; }

    public long OutOfUse { get; init; }

    public long UnknownReplies { get; init; }

    public long BadReplies { get; init; }

    /// <summary>PIN blocks that an acquirer's key does not open, by acquirer.</summary>
    public IReadOnlyList<AcquirerCount> UnreadablePins { get; init; } = [];

    public long MacsVerified { get; init; }

    public long MacsByFormerKey { get; init; }

    public long MacsSealed { get; init; }

    public long MacsNotSealed { get; init; }

    /// <summary>What needs a person: a sentence each.</summary>
    internal IEnumerable<string> Warnings()
    {
        if (IsSoftware)
        {
            yield return "the security module is software, for test cards only";
        }

        foreach (HsmStatus module in Modules.Where(static module => !module.IsInUse))
        {
            yield return $"security module {module.Name} is out of use";
        }
    }
}

/// <summary>A count of one acquirer.</summary>
internal sealed record AcquirerCount(string Acquirer, long Count);

/// <summary>One hardware module.</summary>
internal sealed record HsmStatus(string Name, bool IsInUse);
