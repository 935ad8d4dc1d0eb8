using Microsoft.Extensions.Time.Testing;
using Switch.Host.Admin;
using Switch.Host.Server;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Server;

/// <summary>
/// Many PIN blocks that an acquirer's key does not open are told: of that acquirer, and once in a minute.
/// </summary>
public sealed class UnreadablePinsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly ListLoggerFactory _logs = new();
    private readonly UnreadablePins _pins;

    public UnreadablePinsTests() =>
        _pins = new UnreadablePins(["calm", "searching"], _time, _logs.CreateLogger("pins"));

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void Count_ManyOfOneAcquirerInAMinute_AreToldOnceWithItsName()
    {
        Count(0, UnreadablePins.ToldFrom - 1);
        Count(1, UnreadablePins.ToldFrom * 3);

        (int id, _, string line) = Assert.Single(_logs.Lines);
        Assert.Equal(6021, id);
        Assert.Contains("Acquirer searching sent 20 PIN blocks", line, StringComparison.Ordinal);
        Assert.Equal([new AcquirerCount("calm", 19), new AcquirerCount("searching", 60)], _pins.Counts);
    }

    [Fact]
    public void Count_GoesOnInTheNextMinute_IsToldAgain()
    {
        Count(1, UnreadablePins.ToldFrom);
        _time.Advance(TimeSpan.FromMinutes(1));
        Count(1, UnreadablePins.ToldFrom);

        Assert.Equal(2, _logs.CountOf(6021));
    }

    [Fact]
    public void Count_FewInEachMinute_IsNotTold()
    {
        for (int minute = 0; minute < 10; minute++)
        {
            Count(1, UnreadablePins.ToldFrom - 1);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(_logs.Lines);
    }

    private void Count(int acquirer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            _pins.Count(acquirer);
        }
    }
}
