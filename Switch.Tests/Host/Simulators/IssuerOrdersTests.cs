using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;

namespace Switch.Tests.Host.Simulators;

public class IssuerOrdersTests
{
    [Fact]
    public async Task TryObey_EachOrder_ChangesTheIssuer()
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile());

        bool areKnown = ((string[])["silent", "decline 0.25", "drop 0.5", "latency 5ms..20ms", "reset", "signoff", ""])
            .All(order => IssuerOrders.TryObey(issuer, order));

        Assert.True(areKnown);
        Assert.Equal((IssuerMode.Silent, 0.25, 0.5), (issuer.Mode, issuer.DeclineRatio, issuer.DropRatio));
        Assert.Equal(LatencyShape.Uniform, issuer.Latency.Shape);
    }

    /// <summary>An order that cannot be done must not end the issuer.</summary>
    [Fact]
    public async Task TryObey_BooksThatCannotBeWritten_SaysWhy()
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile());

        UsageException refused = Assert.Throws<UsageException>(
            () => IssuerOrders.TryObey(issuer, $"books {Path.GetTempPath()}"));

        Assert.Contains("is a folder, where a file is expected", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quiet")]
    [InlineData("decline")]
    [InlineData("decline 2")]
    [InlineData("decline -1")]
    [InlineData("latency soon")]
    public async Task TryObey_NotAnOrder_ChangesNothing(string order)
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile());

        Assert.False(IssuerOrders.TryObey(issuer, order));
        Assert.Equal((IssuerMode.Normal, 0.0), (issuer.Mode, issuer.DeclineRatio));
    }
}
