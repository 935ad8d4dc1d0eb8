using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Hosting;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Hosting;

/// <summary>
/// Goal: systemd ends a switch whose core is stuck, and no other. Method: rounds of the core by hand, on a clock that
/// only the test moves.
/// </summary>
public sealed class CoreWatchdogTests : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly ListLoggerFactory _logs = new();
    private readonly ListNotifier _notifier = new();
    private long _rounds;
    private int _looks;

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("30000000", 10_000)]
    [InlineData("3", 10)]
    [InlineData(null, null)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("soon", null)]
    public void PeriodOf_WhatSystemdSets_IsAThirdOfIt(string? microseconds, int? milliseconds) => Assert.Equal(
        milliseconds is { } expected ? TimeSpan.FromMilliseconds(expected) : null,
        CoreWatchdog.PeriodOf(microseconds));

    [Fact]
    public async Task Watchdog_CoreStandsStill_IsFedNoMoreUntilItMoves()
    {
        using CoreWatchdog watchdog = Make(Period);
        await watchdog.StartAsync(CancellationToken.None);

        await BeatAsync(rounds: 0, fed: 0);
        await BeatAsync(rounds: 5, fed: 1);
        await BeatAsync(rounds: 6, fed: 2);
        await BeatAsync(rounds: 6, fed: 2);
        await BeatAsync(rounds: 6, fed: 2);
        await BeatAsync(rounds: 7, fed: 3);
        await watchdog.StopAsync(CancellationToken.None);

        Assert.All(_notifier.Said, static said => Assert.Equal("WATCHDOG=1", said));
        Assert.Equal(120, Assert.Single(_logs.Lines).Id);
    }

    [Fact]
    public async Task Watchdog_NotAskedFor_LooksAtNothing()
    {
        using CoreWatchdog watchdog = Make(null);

        await watchdog.StartAsync(CancellationToken.None);
        _time.Advance(Period);
        await watchdog.StopAsync(CancellationToken.None);

        Assert.Equal(0, Volatile.Read(ref _looks));
        Assert.Empty(_notifier.Said);
    }

    /// <summary>A host whose other service cannot start disposes of this one without stopping it.</summary>
    [Fact]
    public async Task Watchdog_DisposedOfAtOnce_EndsWithoutAnError()
    {
        CoreWatchdog watchdog = Make(Period);
        await watchdog.StartAsync(CancellationToken.None);

        watchdog.Dispose();

        await watchdog.StopAsync(CancellationToken.None);
        Assert.Empty(_logs.Lines);
    }

    private CoreWatchdog Make(TimeSpan? period) => new(
        () =>
        {
            Interlocked.Increment(ref _looks);
            return Volatile.Read(ref _rounds);
        },
        period, _notifier, _logs.CreateLogger<CoreWatchdog>(), _time);

    private async Task BeatAsync(long rounds, int fed)
    {
        Volatile.Write(ref _rounds, rounds);
        int looks = Volatile.Read(ref _looks);
        await Rig.UntilAsync(() =>
        {
            // The timer is armed on another thread: moved before that, the clock would pass it by.
            if (Volatile.Read(ref _looks) == looks)
            {
                _time.Advance(Period);
            }

            return Volatile.Read(ref _looks) > looks;
        });
        await Rig.UntilAsync(() => _notifier.Said.Count == fed);
    }
}
