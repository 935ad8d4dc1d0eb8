using BenchmarkDotNet.Attributes;
using Switch.Routing.Journal;

namespace Switch.Benchmarks.Routing;

/// <summary>What one record costs without a disk: on the core's thread to append, on the journal's to finish.</summary>
[MemoryDiagnoser]
public class JournalRecordBenchmarks : IDisposable
{
    private const int Records = 1_000;
    private readonly byte[] _open = new byte[292];
    private readonly byte[] _secret = new byte[52];
    private readonly byte[] _scratch = new byte[4_096];
    private readonly RecordBatch _batch = new(1 << 20);
    private SegmentCipher? _cipher;

    [GlobalSetup]
    public void Setup() => _cipher = new SegmentCipher(new JournalKeyRing(1, new byte[32]), new byte[16]);

    [GlobalCleanup]
    public void Dispose()
    {
        _cipher?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Records, Baseline = true)]
    public int Append()
    {
        _batch.Clear();
        for (int lsn = 1; lsn <= Records; lsn++)
        {
            _batch.TryAppend(lsn, RecordType.Intent, _open, _secret);
        }

        return _batch.Size;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public uint AppendAndFinish()
    {
        Append();
        return _batch.Finish(_cipher, 1, Crc32C.Start, 0, _scratch);
    }
}
