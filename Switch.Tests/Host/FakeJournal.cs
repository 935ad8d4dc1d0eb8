using Switch.Host.Journal;
using Switch.Routing.Journal;

namespace Switch.Tests.Host;

/// <summary>A journal that keeps nothing and is durable up to where the test says.</summary>
internal sealed class FakeJournal : IJournal
{
    private long _durableLsn;

    public long LastLsn { get; private set; }

    public int Batches { get; private set; }

    public long DurableLsn
    {
        get => Volatile.Read(ref _durableLsn);
        set => Volatile.Write(ref _durableLsn, value);
    }

    public bool HasFailed { get; set; }

    public bool HasRoom { get; set; } = true;

    public bool IsSpaceLow { get; set; }

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) => ++LastLsn;

    public void SubmitBatch() => Batches++;
}
