using BenchmarkDotNet.Attributes;
using Switch.Routing.Journal;

namespace Switch.Benchmarks.Routing;

/// <summary>
/// What one record costs without a disk: on the core's thread to append, on the journal's to encode. In batches of ten
/// records, as a busy node writes them, and of two, as an idle one does.
/// </summary>
[MemoryDiagnoser]
public class JournalRecordBenchmarks : IDisposable
{
    private const int Records = 1_000;
    private readonly byte[] _open = new byte[292];
    private readonly byte[] _secret = new byte[52];
    private readonly BatchEncoder _encoder = new(1 << 20);
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
    public uint AppendAndEncodeTens() => AppendAndEncode(10);

    [Benchmark(OperationsPerInvoke = Records)]
    public uint AppendAndEncodePairs() => AppendAndEncode(2);

    private uint AppendAndEncode(int batchOf)
    {
        uint previous = 0;
        _batch.Clear();
        for (int lsn = 1; lsn <= Records; lsn++)
        {
            _batch.TryAppend(lsn, RecordType.Intent, _open, _secret);
            if (lsn % batchOf == 0)
            {
                _encoder.Encode(_batch, JournalFormat.Version, _cipher, Crc32C.Start, ref previous);
                _batch.Clear();
            }
        }

        return previous;
    }
}
