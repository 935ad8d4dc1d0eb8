using Switch.Routing.StandIn;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.StandIn;

public class CardTableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(200_000)]
    public void TryFind_FindsWhatWasAddedAndNothingElse(int count)
    {
        var builder = new CardTable.Builder();
        for (int i = 0; i < count; i++)
        {
            builder.Add(TestTokens.Of(i), (ushort)i, ListPeriod.Always);
        }

        CardTable table = builder.Build(out IReadOnlyList<(int Line, int Earlier)> twice);

        Assert.Empty(twice);
        Assert.Equal(count, table.Count);
        for (int i = 0; i < count; i++)
        {
            Assert.True(table.TryFind(TestTokens.Of(i), 0, out ushort value));
            Assert.Equal((ushort)i, value);
            Assert.False(table.TryFind(TestTokens.Of(-1 - i), 0, out _));
        }
    }

    [Fact]
    public void Size_PerEntry_IsAboutTwentyBytes()
    {
        var builder = new CardTable.Builder();
        for (int i = 0; i < 100_000; i++)
        {
            builder.Add(TestTokens.Of(i), 1, ListPeriod.Always);
        }

        Assert.InRange(builder.Build(out _).Size / 100_000.0, 18, 20);
    }

    [Fact]
    public void Build_CardTwice_NamesBothLines()
    {
        var builder = new CardTable.Builder();
        builder.Add(TestTokens.Of(1), 1, ListPeriod.Always, line: 3);
        builder.Add(TestTokens.Of(2), 1, ListPeriod.Always, line: 4);
        builder.Add(TestTokens.Of(1), 2, ListPeriod.Always, line: 9);

        builder.Build(out IReadOnlyList<(int Line, int Earlier)> twice);

        Assert.Equal([(9, 3)], twice);
    }

    [Fact]
    public void TryFind_Dates_BoundTheEntry()
    {
        var builder = new CardTable.Builder();
        builder.Add(TestTokens.Of(1), 7, new ListPeriod(10, 20));
        CardTable table = builder.Build(out _);

        Assert.Equal(
            [false, true, true, false],
            new[] { 9, 10, 20, 21 }.Select(day => table.TryFind(TestTokens.Of(1), day, out _)));
    }

    [Fact]
    public void TryFind_AllocatesNothing()
    {
        CardTable table = CardTable.Empty;
        int card = 0;

        Assert.Equal(0, AllocationMeter.Of(() => table.TryFind(TestTokens.Of(card++), 0, out _)));
    }
}
