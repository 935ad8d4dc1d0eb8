using BenchmarkDotNet.Attributes;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Benchmarks.Protocol;

/// <summary>
/// A purchase of twenty fields from one encoding to another, every field converted and a trace number set, against
/// copying the same bytes.
/// </summary>
[MemoryDiagnoser]
public class TranscodeBenchmarks
{
    private readonly MessageComposer _composer = new(2048);
    private readonly Message _loaded = new(2048);
    private readonly byte[] _copy = new byte[2048];
    private Dialect _to = null!;
    private byte[] _bytes = [];

    /// <summary>The 1987 dialects, by their last word.</summary>
    public static IEnumerable<string> Ways { get; } =
    [
        "ascii to binary", "binary to ascii", "ascii to ebcdic", "ebcdic to ascii", "binary to ebcdic",
        "ebcdic to binary",
    ];

    [ParamsSource(nameof(Ways))]
    public string Way { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        string[] ends = Way.Split(" to ");
        var from = Dialect.Get($"iso87-{ends[0]}");
        _to = Dialect.Get($"iso87-{ends[1]}");
        _bytes = Purchase.Encode(from);
        if (!_loaded.TryLoad(from, _bytes, out ParseFault fault) || Transcode() == 0)
        {
            throw new InvalidOperationException(fault.ToString());
        }
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        _bytes.AsSpan().CopyTo(_copy);
        return _copy[10];
    }

    [Benchmark]
    public int Transcode()
    {
        _composer.Start(_to, Mti.AuthorizationRequest);
        _composer.Take(_loaded);
        _composer.SetNumber(Field.Stan, 987654);
        return _composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes.Length : 0;
    }
}
