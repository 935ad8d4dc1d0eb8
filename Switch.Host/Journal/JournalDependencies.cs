using Microsoft.Extensions.Logging;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>The world as the journal's writer needs it; tests bring another.</summary>
/// <param name="Disk">The folder.</param>
/// <param name="Owner">Disposed with the journal; null: the disk is somebody else's.</param>
/// <param name="Salts">Unguessable bytes.</param>
/// <param name="Clock">For the times in records.</param>
/// <param name="Logger">State changes only.</param>
internal sealed record JournalDependencies(
    IJournalDisk Disk, IDisposable? Owner, SaltSource Salts, TimeProvider Clock, ILogger Logger)
{
    public long NowMs() => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
