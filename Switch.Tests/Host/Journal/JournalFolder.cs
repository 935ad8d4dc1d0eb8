using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

/// <summary>A journal in a temporary folder, or on a disk in memory, with its own writer thread.</summary>
internal sealed class JournalFolder : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _progress = new(0);

    public JournalFolder()
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"switch-journal-{Guid.NewGuid():N}");
    }

    public string Path { get; }

    public JournalSettings Settings => new()
    {
        Path = Path,
        Identity = JournalRig.Identity,
        SegmentSize = 256 * 1024,
        BatchSize = 64 * 1024,
        SparesAhead = 1,
    };

    public List<Entry> Replayed { get; } = [];

    public JournalWriter Open(Func<JournalSettings, JournalSettings>? change = null)
    {
        Replayed.Clear();
        return JournalWriter.Open(
            change?.Invoke(Settings) ?? Settings, JournalRig.Keys, Replay, OnProgress, NullLogger.Instance);
    }

    /// <summary>Over a disk in memory; without spares, since that disk is for one thread at a time.</summary>
    public JournalWriter OpenOn(MemoryJournalDisk disk, Func<JournalSettings, JournalSettings>? change = null)
    {
        Replayed.Clear();
        JournalSettings settings = (change?.Invoke(Settings) ?? Settings) with { SparesAhead = 0 };
        var parts = new JournalDependencies(
            disk, null, new Random(1).NextBytes, TimeProvider.System, NullLogger.Instance);
        return JournalWriter.Open(settings, JournalRig.Keys, Replay, OnProgress, parts);
    }

    /// <summary>Waits, woken by the writer's reports, until the condition holds.</summary>
    public void WaitUntil(Func<bool> condition)
    {
        while (!condition())
        {
            Assert.True(_progress.Wait(Patience), "The journal did not report progress.");
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        _progress.Dispose();
    }

    private void Replay(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        Replayed.Add(Entry.Of(lsn, type, open, secret));

    private void OnProgress() => _progress.Release();
}
