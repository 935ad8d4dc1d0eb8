using BenchmarkDotNet.Attributes;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Benchmarks.Protocol;

/// <summary>
/// A purchase of twenty fields from one dialect to another, encodings and editions, against copying the same bytes.
/// Load includes what the canonical view of a later edition costs.
/// </summary>
[MemoryDiagnoser]
public class TranslationBenchmarks
{
    private readonly Message _received = new(2048, FieldTerms.Canonical);
    private readonly Message _loaded = new(2048, FieldTerms.Canonical);
    private readonly MessageComposer _composer = new(2048, FieldTerms.Canonical);
    private readonly byte[] _copy = new byte[2048];
    private Dialect _from = null!;
    private Dialect _to = null!;
    private byte[] _bytes = [];

    [Params(
        "iso87-ascii>iso87-binary", "iso87-binary>iso87-ascii", "iso87-ascii>iso87-ebcdic",
        "iso87-ebcdic>iso87-ascii", "iso87-binary>iso87-ebcdic", "iso87-ebcdic>iso87-binary",
        "iso87-ascii>iso93-binary", "iso93-binary>iso87-ascii",
        "iso93-binary>iso93-binary", "iso87-ascii>iso03-ascii", "iso03-ascii>iso87-ascii")]
    public string Way { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        string[] names = Way.Split('>');
        _from = Dialect.Get(names[0]);
        _to = Dialect.Get(names[1]);
        Dialect plain = Dialect.Get("iso87-ascii");
        _composer.WallMs = new DateTimeOffset(2026, 11, 22, 14, 1, 54, TimeSpan.Zero).ToUnixTimeMilliseconds();
        _received.TryLoad(plain, Purchase.Encode(plain), out _);
        _composer.Start(_from, _received.Mti);
        _composer.Take(_received);
        if (!_composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
            || !_loaded.TryLoad(_from, bytes, out fault))
        {
            throw new InvalidOperationException(fault.ToString());
        }

        _bytes = bytes.ToArray();
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        _bytes.AsSpan().CopyTo(_copy);
        return _copy[10];
    }

    [Benchmark]
    public bool Load() => _received.TryLoad(_from, _bytes, out _);

    [Benchmark]
    public int Compose()
    {
        _composer.Start(_to, _loaded.Mti);
        _composer.Take(_loaded);
        _composer.SetNumber(Field.Stan, 987654);
        return _composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes.Length : 0;
    }
}
