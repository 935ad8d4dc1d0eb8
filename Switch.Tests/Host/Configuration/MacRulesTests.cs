using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;

namespace Switch.Tests.Host.Configuration;

public sealed class MacRulesTests
{
    [Fact]
    public void Mac_WithItsKey_IsTaken() => Assert.Empty(Paths(static _ => { }));

    [Fact]
    public void Mac_EachMistake_IsNamedByItsPath()
    {
        Alone("Mac", static options => options.Security.Module = SecurityModuleKind.None);
        Alone("Keys:Zak", static options => options.Acquirers[0].Keys.Zak = null);
        Alone("Mac:Size", static options => options.Acquirers[0].Mac!.Size = 6);
        Alone("Mac:Field", static options => options.Acquirers[0].Mac!.Field = 65);
        Alone("Mac:Covers", static options => options.Acquirers[0].Mac!.Covers = "Some");
        Alone("Mac:Covers", static options => options.Acquirers[0].Mac!.Covers = "");
        Alone("Mac:Covers", static options => options.Acquirers[0].Mac!.Covers = "3,4,3");
        Alone("Mac:Covers", static options => options.Acquirers[0].Mac!.Covers = "3,64");
        Alone("Mac:Covers", static options => options.Acquirers[0].Mac!.Covers = "3,128");
        Alone("Mac:Algorithm", static options => options.Acquirers[0].Mac!.Algorithm = MacMethod.AesCmac);

        static void Alone(string path, Action<SwitchOptions> change) =>
            Assert.Equal([$"Switch:Acquirers:0:{path}"], Paths(change));
    }

    /// <summary>Its MACs are of four bytes, in fields of four bytes.</summary>
    [Fact]
    public void Mac_DialectWithoutAFieldOfEightBytes_IsRefused() => Assert.Equal(
        ["Switch:Acquirers:0:Mac:Field", "Switch:Acquirers:0:Mac:Field"],
        Paths(static options => options.Acquirers[0].Dialect = "iso03-ascii"));

    [Fact]
    public void Mac_OfAnIssuer_IsJudgedToo() => Assert.Equal(
        ["Switch:Issuers:0:Keys:Zak"], Paths(static options => options.Issuers[0].Mac = new MacOptions()));

    [Theory]
    [InlineData("All", new int[0])]
    [InlineData("all", new int[0])]
    [InlineData("0, 3,4,11", new[] { 0, 3, 4, 11 })]
    public void PolicyOf_Covers_IsAListOfFields(string covers, int[] fields)
    {
        MacPolicy policy = MacRules.PolicyOf(new MacOptions { Covers = covers });

        Assert.Equal(fields, policy.Terms.Covers);
        Assert.Equal((MacAlgorithm.Retail, 64, 8), (policy.Terms.Algorithm, policy.Terms.Field, policy.Terms.Size));
    }

    private static IEnumerable<string> Paths(Action<SwitchOptions> change)
    {
        var options = new SwitchOptions
        {
            Acquirers =
            [
                new AcquirerOptions { Name = "acq-a", Mac = new MacOptions(), Keys = { Zak = "acq-zak" } },
            ],
            Issuers = [new IssuerOptions { Name = "issuer-a", Dialect = "iso87-binary" }],
        };
        options.Security.Module = SecurityModuleKind.Software;
        change(options);
        Assert.True(WrappedKey.TryParse("U" + new string('0', 32), out WrappedKey? key));
        KeyStore.Empty.TryAdd(
            "acq-zak", KeyKind.Zak, key, "08D7B4", DateTimeOffset.UnixEpoch, out KeyStore keys);
        var errors = new ConfigurationErrors();
        MacRules.Validate(options, errors, new DialectCatalog(), keys);
        return errors.All.Select(static error => error.Path);
    }
}
