using Microsoft.Extensions.Time.Testing;
using Switch.Host.Admin;
using Switch.Host.Connections;
using Switch.Host.Server;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Server;

/// <summary>Goal: the end of a certificate is said in time, and once. Method: a clock of days.</summary>
public sealed class TlsWatchTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(WatchedTimeProvider.Begin);
    private readonly ListLoggerFactory _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void OnBeat_TowardsTheEnd_SaysEachDayOnce()
    {
        DateTime end = _time.GetUtcNow().UtcDateTime.AddDays(40);
        var party = new TlsStatus("acquirer", "acq-a", IsTls: true) { NotAfter = end, Certificate = "CN=switch" };
        TlsWatch watch = Watch(() => [party]);

        for (int day = 0; day < 45; day++)
        {
            watch.OnBeat(_time.GetUtcNow().Ticks);
            watch.OnBeat(_time.GetUtcNow().Ticks + TimeSpan.TicksPerMinute);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(3, _log.CountOf(1051));
        Assert.Equal(1, _log.CountOf(1052));
        Assert.Equal(
            ["in 30 days", "in 7 days", "in 1 days"],
            _log.Lines.Where(static line => line.Id == 1051).Select(
                static line => line.Text[line.Text.IndexOf("in ", StringComparison.Ordinal)..].Split(" or ")[0]));
    }

    [Fact]
    public void OnBeat_AfterARotation_BeginsAnew()
    {
        DateTime end = _time.GetUtcNow().UtcDateTime.AddDays(5);
        var party = new TlsStatus("issuer", "iss-a", IsTls: true) { NotAfter = end };
        TlsWatch watch = Watch(() => [party]);

        watch.OnBeat(_time.GetUtcNow().Ticks);
        party = party with { NotAfter = end.AddDays(90) };
        watch.OnBeat(_time.GetUtcNow().Ticks + TimeSpan.TicksPerMinute);
        Assert.Equal(1, _log.CountOf(1051));

        _time.Advance(TimeSpan.FromDays(88));
        watch.OnBeat(_time.GetUtcNow().Ticks);
        Assert.Equal(2, _log.CountOf(1051));
    }

    [Fact]
    public void OnBeat_RevocationListOfYesterday_IsSaidOnce()
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        var party = new TlsStatus("issuer", "iss-a", IsTls: true)
        {
            NotAfter = now.AddDays(90), CrlNextUpdate = now.AddDays(-1),
        };
        TlsWatch watch = Watch(() => [party]);

        watch.OnBeat(_time.GetUtcNow().Ticks);
        watch.OnBeat(_time.GetUtcNow().Ticks + TimeSpan.TicksPerMinute);

        Assert.Equal(1, _log.CountOf(1053));
    }

    [Fact]
    public void Warnings_OfStatus_SayWhatNeedsAPerson()
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        var well = new TlsStatus("acquirer", "a", IsTls: true) { NotAfter = now.AddDays(31) };

        Assert.Empty(well.WarningsAt(now));
        Assert.Empty(new TlsStatus("acquirer", "a", IsTls: false).WarningsAt(now));
        Assert.Contains("ends on", Assert.Single((well with { NotAfter = now.AddDays(30) }).WarningsAt(now)));
        Assert.Contains("ended on", Assert.Single((well with { NotAfter = now }).WarningsAt(now)));
        Assert.Contains(
            "plain text", Assert.Single(new TlsStatus("issuer", "i", false) { IsExposed = true }.WarningsAt(now)));
        Assert.Contains("revocation", Assert.Single((well with { CrlNextUpdate = now }).WarningsAt(now)));
    }

    private TlsWatch Watch(Func<IReadOnlyList<TlsStatus>> read) => new(read, new SwitchClock(_time), _log);
}
