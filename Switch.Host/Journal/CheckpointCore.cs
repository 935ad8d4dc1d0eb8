using Microsoft.Extensions.Logging;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Settings;

namespace Switch.Host.Journal;

/// <summary>The core that makes a checkpoint: it only replays, beside one that works.</summary>
internal static class CheckpointCore
{
    // It sends nothing, so hardly any owed message must be at hand.
    private const int OwedInMemory = 1_024;

    // 2 MiB: it restores gigabytes faster than a disk takes them.
    private const int UnwrittenMax = 32;

    /// <param name="configuration">Of the core that works.</param>
    /// <param name="folder">Of the journal.</param>
    /// <param name="logger">For trouble with the disk.</param>
    public static AuthorizationCore New(CoreConfiguration configuration, string folder, ILogger logger) => new(
        configuration with { OwedInMemory = Math.Min(configuration.OwedInMemory, OwedInMemory) }, new NoEffects(),
        BacklogFile.Of(folder, logger, UnwrittenMax));
}
