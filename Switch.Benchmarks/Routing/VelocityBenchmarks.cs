using BenchmarkDotNet.Attributes;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;

namespace Switch.Benchmarks.Routing;

/// <summary>
/// One rule of velocity alone: the key is found, its window moved, and the request and its card counted.
/// </summary>
[MemoryDiagnoser]
public class VelocityBenchmarks
{
    private const int Many = 1_000;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private readonly VelocityWatch _watch = new(
        0, new VelocityRule
        {
            Name = "rule", Per = VelocityScope.Terminal, Window = TimeSpan.FromMinutes(1), DistinctCards = 20,
            Declines = int.MaxValue,
        }, acquirers: 1, static _ => { });

    private ulong _number;
    private long _ticks = 1;

    /// <summary>Keys in turn. Of a thousand the windows are in near caches, of fifty thousand they are not.</summary>
    [Params(1_000, 50_000)]
    public int Keys { get; set; } = Many;

    /// <summary>A thousand requests.</summary>
    [Benchmark(OperationsPerInvoke = Many)]
    public int Count()
    {
        int over = 0;
        for (int i = 0; i < Many; i++)
        {
            _number++;
            _ticks += 1_000;
            ulong key = ((_number % (ulong)Keys) + 1) * Spread;
            int place = _watch.Find(key, _ticks);
            place = place >= 0 ? place : _watch.Take(key, _ticks, acquirer: 0, VelocityName.Of("T0000001"u8));
            over += _watch.Count(place, _ticks, card: _number * Spread, isSmall: (_number & 1) == 0) ? 1 : 0;
        }

        return over;
    }
}
