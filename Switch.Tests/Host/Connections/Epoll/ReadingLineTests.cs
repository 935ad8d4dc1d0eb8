using Switch.Host.Connections.Epoll;

namespace Switch.Tests.Host.Connections.Epoll;

/// <summary>
/// Goal: what a calm group sends waits for a bounded number of bytes of others, whatever they send. Method: names of
/// connections in place of connections, each of which brings so many bytes in each of its reads.
/// </summary>
public class ReadingLineTests
{
    private const int Flood = 0;
    private const int Calm = 1;

    private readonly ReadingLine<string> _line = new();
    private readonly List<string> _read = [];

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public void Serve_MoreThanARound_LeavesTheRestForTheNext(int weight)
    {
        AddAll(Flood, weight, count: 100);

        _line.Serve(Reads(1_024));
        Assert.Equal(ReadingLine<string>.RoundMax / 1_024, _read.Count);
        Assert.Equal(100 - _read.Count, _line.Count);

        for (int round = 0; round < 20; round++)
        {
            _line.Serve(Reads(1_024));
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"0.{i}"), _read);
        Assert.Equal(0, _line.Count);
    }

    /// <summary>Reads that bring nothing cost something too: a round has an end.</summary>
    [Fact]
    public void Serve_ReadsThatBringNothing_AreBoundedAsWell()
    {
        AddAll(Flood, weight: 1, count: 10_000);

        _line.Serve(Reads(0));

        Assert.InRange(_read.Count, 1, ReadingLine<string>.RoundMax / 128);
    }

    [Theory]
    [InlineData(1_024)]
    [InlineData(EventLoop.ReadMax)]
    public void Serve_CalmOneBesideAFlood_IsReadInTheNextRounds(int floodBytes)
    {
        AddAll(Flood, weight: 1, count: 1_000);
        _line.Serve(Reads(floodBytes));
        AddAll(Calm, weight: 1, count: 1);

        for (int round = 0; round < 2; round++)
        {
            _line.Serve(Reads(floodBytes));
        }

        Assert.Contains("1.0", _read);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(5, 2)]
    public void Serve_TwoThatNeverEnd_AreReadByTheirWeights(int first, int second)
    {
        AddAll(Flood, first, count: 4);
        AddAll(Calm, second, count: 4);

        for (int round = 0; round < 2_000; round++)
        {
            _line.Serve(name =>
            {
                _read.Add(name);
                int group = name[0] - '0';
                _line.Add(group, group == Flood ? first : second, name);
                return 1_500;
            });
        }

        double of = _read.Count(static name => name[0] == '0') / (double)_read.Count(static name => name[0] == '1');
        Assert.InRange(of / ((double)first / second), 0.98, 1.02);
    }

    /// <summary>What one group did not use it does not keep: it would delay others for long later.</summary>
    [Fact]
    public void Serve_GroupThatWasIdle_BringsNoCredit()
    {
        for (int round = 0; round < 100; round++)
        {
            AddAll(Flood, weight: 100, count: 1);
            _line.Serve(Reads(1));
        }

        _read.Clear();
        AddAll(Flood, weight: 1, count: 1_000);
        AddAll(Calm, weight: 1, count: 1);
        _line.Serve(Reads(1_024));

        Assert.Contains("1.0", _read);
    }

    private void AddAll(int group, int weight, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _line.Add(group, weight, $"{group}.{i}");
        }
    }

    private Func<string, int> Reads(int bytes) => name =>
    {
        _read.Add(name);
        return bytes;
    };
}
