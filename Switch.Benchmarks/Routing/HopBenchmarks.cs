using BenchmarkDotNet.Attributes;
using Switch.Benchmarks.Protocol;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Issuers;
using Switch.Routing.Routes;

namespace Switch.Benchmarks.Routing;

/// <summary>
/// One hop without sockets, journal and state: decode a purchase of twenty fields, find the route of its card, take a
/// trace number, write it for the issuer in the same dialect or in the other; against copying the same bytes.
/// </summary>
[MemoryDiagnoser]
public class HopBenchmarks
{
    private readonly MessageComposer _composer = new(2_048);
    private readonly Message _message = new(2_048);
    private readonly StanAllocator _stans = new();
    private readonly byte[] _copy = new byte[2_048];
    private RouteTable _routes = null!;
    private Dialect _from = null!;
    private Dialect _to = null!;
    private byte[] _bytes = [];

    [Params("iso87-ascii", "iso87-binary")]
    public string From { get; set; } = "iso87-ascii";

    [Params(true, false)]
    public bool IsSameDialect { get; set; } = true;

    [GlobalSetup]
    public void Setup()
    {
        string other = From == "iso87-ascii" ? "iso87-binary" : "iso87-ascii";
        _from = Dialect.Get(From);
        _to = Dialect.Get(IsSameDialect ? From : other);
        _bytes = Purchase.Encode(_from);
        _routes = new RouteTable(
        [
            .. Enumerable.Range(0, 1_000).Select(i => new Route { Prefix = $"4{i * 10:D5}", Primary = i % 10 }),
        ]);
        if (Hop() == 0)
        {
            throw new InvalidOperationException("The hop does not work.");
        }
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        _bytes.AsSpan().CopyTo(_copy);
        return _copy[10];
    }

    [Benchmark]
    public int Hop()
    {
        Span<byte> pan = stackalloc byte[19];
        if (!_message.TryLoad(_from, _bytes, out _)
            || !_routes.TryFind(pan[.._message.CopyText(Field.Pan, pan)], out _))
        {
            return 0;
        }

        int stan = _stans.Take();
        _composer.Start(_to, Mti.AuthorizationRequest);
        _composer.Take(_message);
        _composer.SetNumber(Field.Stan, stan);
        bool isWritten = _composer.TryWrite(out ReadOnlySpan<byte> bytes, out _);
        _stans.Release(stan);
        return isWritten ? bytes.Length : 0;
    }
}
