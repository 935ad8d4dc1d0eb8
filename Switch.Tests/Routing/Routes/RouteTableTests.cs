using System.Text;
using Switch.Routing.Routes;

namespace Switch.Tests.Routing.Routes;

public class RouteTableTests
{
    [Theory]
    [InlineData("4000001234567899", 1)]
    [InlineData("4111111111111111", 2)]
    [InlineData("4111119999999999", 3)]
    [InlineData("5500000000000004", 0)]
    public void TryFind_TakesTheLongestPrefix(string pan, int primary)
    {
        var table = new RouteTable([Route("", 0), Route("4", 1), Route("41", 2), Route("411111999", 3)]);

        Assert.True(table.TryFind(Encoding.ASCII.GetBytes(pan), out Route route));
        Assert.Equal(primary, route.Primary);
    }

    [Fact]
    public void TryFind_NoPrefixMatches_IsFalse()
    {
        var table = new RouteTable([Route("4", 1)]);

        Assert.False(table.TryFind("5500000000000004"u8, out _));
        Assert.False(table.TryFind("4x"u8[1..], out _));
    }

    [Theory]
    [InlineData("4a")]
    [InlineData("12345678901234567890")]
    public void New_MalformedPrefix_IsRefused(string prefix) =>
        Assert.Throws<ArgumentException>(() => new RouteTable([Route(prefix, 0)]));

    [Fact]
    public void New_SamePrefixTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new RouteTable([Route("4", 0), Route("4", 1)]));

    [Fact]
    public void TryFind_RandomTable_AgreesWithASearchOfAllPrefixes()
    {
        var random = new Random(9);
        var prefixes = new HashSet<string>();
        while (prefixes.Count < 2_000)
        {
            prefixes.Add($"{random.Next(1, 10)}{random.Next(0, 100_000)}");
        }

        List<string> list = [.. prefixes];
        var table = new RouteTable([.. list.Select((prefix, index) => Route(prefix, index))]);
        for (int i = 0; i < 20_000; i++)
        {
            string pan = $"{random.NextInt64(1_000_000_000_000_000, 9_999_999_999_999_999)}";
            string? best = list.Where(prefix => pan.StartsWith(prefix, StringComparison.Ordinal))
                .MaxBy(prefix => prefix.Length);
            bool found = table.TryFind(Encoding.ASCII.GetBytes(pan), out Route route);
            Assert.Equal(best, found ? route.Prefix : null);
        }
    }

    private static Route Route(string prefix, int primary) => new() { Prefix = prefix, Primary = primary };
}
