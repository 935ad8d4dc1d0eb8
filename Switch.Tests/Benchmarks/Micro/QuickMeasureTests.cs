using Microsoft.Extensions.Time.Testing;
using Switch.Benchmarks.Micro;

namespace Switch.Tests.Benchmarks.Micro;

/// <summary>
/// Goal: what two operations differ by is found on a machine that disturbs them. Method: operations that take time on
/// the test's own clock, and none on the machine's.
/// </summary>
public sealed class QuickMeasureTests
{
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(5);

    private readonly FakeTimeProvider _time = new();

    /// <summary>What a pair differs by depends on where its objects lie, and one pair may be far off.</summary>
    [Fact]
    public void Between_PairsThatDiffer_IsTheMedianOfThem()
    {
        int pair = -1;
        int[] more = [400, 900, 300, 500, 9_900, 200, 100, 600, 700];
        Assert.Equal(QuickMeasure.Pairs, more.Length);

        QuickResult result = Between(
            () => Taking(1_000 + more[++pair]),
            () => Taking(1_000));

        Assert.Equal(500, result.Ns, 0.001);
        Assert.Equal(QuickMeasure.Pairs - 1, pair);
    }

    /// <summary>The machine stops for a while in most blocks of each operation.</summary>
    [Fact]
    public void Between_BlocksThatWereDisturbed_CountsTheLeastOfEach()
    {
        int block = 0;
        Action<int> Disturbed(int ns) => times => Take((ns * times) + (++block % 8 is 0 or 1 ? 0 : 70_000));

        QuickResult result = Between(() => Disturbed(1_300), () => Disturbed(1_000));

        Assert.Equal(300, result.Ns, 0.001);
    }

    /// <summary>Block by block in turn: a machine that gets slower by and by is no difference.</summary>
    [Fact]
    public void Between_MachineThatSlowsDown_IsOffByOneBlockOnly()
    {
        long blocks = 0;
        Action<int> Slowing() => times => Take(times * (1_000 + (100 * ++blocks)));

        QuickResult result = Between(Slowing, Slowing);

        Assert.Equal(100, result.Ns, 0.001);
    }

    [Fact]
    public void Of_OperationWithDisturbedBlocks_IsTheLeast()
    {
        int block = 0;

        QuickResult result = QuickMeasure.Of(
            times => Take((200L * times) + (++block % 3 == 0 ? 0 : 1_000_000)), TimeSpan.FromMilliseconds(100), _time);

        Assert.Equal(200, result.Ns, 0.001);
    }

    [Fact]
    public void Between_OneThatAllocatesMore_CountsTheBytesOfTheDifference()
    {
        byte[]? kept = null;
        Action<int> Allocating(int size) => times =>
        {
            for (int i = 0; i < times; i++)
            {
                kept = new byte[size];
            }

            Take(times * 1_000);
        };

        QuickResult result = Between(() => Allocating(1_024), () => Allocating(512));

        Assert.NotNull(kept);
        Assert.Equal(512, result.Bytes, 0.5);
        Assert.Equal(0, result.Ns, 0.001);
    }

    private QuickResult Between(Func<Action<int>> more, Func<Action<int>> less) =>
        QuickMeasure.Between(new Difference(more, less), Span, _time);

    private Action<int> Taking(int ns) => times => Take((long)ns * times);

    private void Take(long ns) => _time.Advance(TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick));
}
