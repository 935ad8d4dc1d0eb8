using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Protocol.Dialects;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Configuration;

public sealed class SecurityRulesTests : IDisposable
{
    private const string MasterKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-security-").FullName;

    public SecurityRulesTests() => File.WriteAllText(Path.Combine(_folder, "master.key"), MasterKey);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Default_IsNoModule() => Assert.Empty(Errors(static _ => { }));

    [Fact]
    public void Software_WithItsKey_IsTakenInDevelopmentOnly()
    {
        Assert.Empty(Errors(Software));
        ConfigurationError error = Assert.Single(Errors(Software, isProduction: true));
        Assert.Equal("Switch:Security:Module", error.Path);
        Assert.Contains("test cards only", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_EachMistake_IsNamedByItsPath()
    {
        Alone("MasterKey", static security => security.Module = SecurityModuleKind.Software);
        Alone("MasterKey", security => security.MasterKey = "file:master.key");
        Alone("MasterKey", static security =>
        {
            security.Module = SecurityModuleKind.Software;
            security.MasterKey = "file:nowhere";
        });
        Alone("KeyStore", static security => security.KeyStore = " ");
        Alone("Timeout", static security => security.Timeout = TimeSpan.FromMilliseconds(9));
        Alone("Timeout", static security => security.Timeout = TimeSpan.FromSeconds(6));
        Alone("Hsm", static security => security.Module = SecurityModuleKind.HostCommands);
        Alone("Hsm", static security => security.Hsm.Add(new HsmOptions { Endpoint = "127.0.0.1:1500" }));
        Alone("Hsm:0:Endpoint", static security => Hardware(security, "10.0.0.5"));
        Alone("Hsm:0:Endpoint", static security => Hardware(security, "10.0.0.5:0"));
        Alone("Hsm:1:Endpoint", static security => Hardware(security, "localhost:1500", "localhost:1500"));
        Alone("Hsm:0:HeaderLength", static security => Hardware(security, "[::1]:1").HeaderLength = 0);
        Alone("Hsm:0:HeaderLength", static security => Hardware(security, "[::1]:1").HeaderLength = 256);
        Alone("Hsm:0:LmkId", static security => Hardware(security, "[::1]:1").LmkId = 100);
        Alone("Hsm:0:Tls", static security => Hardware(security, "10.0.0.5:1500"));
        Alone("Hsm:0:Tls", static security => Hardware(security, "hsm.example:1500"));
        Alone("Hsm", static security => Hardware(
            security, [.. Enumerable.Range(1, 17).Select(static port => $"127.0.0.1:{port}")]));

        void Alone(string path, Action<SecurityOptions> change) => Assert.Equal(
            [$"Switch:Security:{path}"],
            Errors(options => change(options.Security)).Select(static error => error.Path));
    }

    [Fact]
    public void PlainText_ToAnotherMachine_IsTakenWhenItIsSaidAndNoted()
    {
        static void Said(SwitchOptions options) =>
            Hardware(options.Security, "10.0.0.5:1500").Tls = TlsOptions.PlainText();
        var options = new SwitchOptions();
        Said(options);

        Assert.Empty(Errors(Said));
        Assert.Contains(
            ConfigurationNotes.Of(options), static note => note.Path == "Switch:Security:Hsm:0:Tls");
    }

    [Fact]
    public void Keys_ThatAreNotThereOrOfAnotherKind_AreNamed()
    {
        TestKeyStore.Add(
            Path.Combine(_folder, "data", "keys.json"), "acq-zpk", KeyKind.Zpk, "U" + new string('0', 32), "08D7B4");

        Assert.Empty(Errors(options =>
        {
            Software(options);
            options.Acquirers[0].Keys.Zpk = "acq-zpk";
        }));
        Assert.Equal(
            ["Switch:Acquirers:0:Keys:Zak", "Switch:Issuers:0:Keys:Zpk"],
            Errors(options =>
            {
                Software(options);
                options.Acquirers[0].Keys.Zak = "acq-zpk";
                options.Issuers[0].Keys.Zpk = "nothing";
            }).Select(static error => error.Path));
    }

    [Fact]
    public void Keys_WithoutAModule_AreRefused() => Assert.Equal(
        "Switch:Acquirers:0:Keys:Zpk",
        Assert.Single(Errors(static options => options.Acquirers[0].Keys.Zpk = "acq-zpk")).Path);

    [Fact]
    public void Keys_OfADamagedStore_AreOneMistakeOfTheStore()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        File.WriteAllText(Path.Combine(_folder, "data", "keys.json"), "{");

        Assert.All(Errors(options =>
        {
            Software(options);
            options.Acquirers[0].Keys.Zpk = "acq-zpk";
        }), static error => Assert.Equal("Switch:Security:KeyStore", error.Path));
    }

    private static void Software(SwitchOptions options)
    {
        options.Security.Module = SecurityModuleKind.Software;
        options.Security.MasterKey = "file:master.key";
    }

    private static HsmOptions Hardware(SecurityOptions security, params string[] endpoints)
    {
        security.Module = SecurityModuleKind.HostCommands;
        security.Hsm = [.. endpoints.Select(static endpoint => new HsmOptions { Endpoint = endpoint })];
        return security.Hsm[0];
    }

    private IReadOnlyList<ConfigurationError> Errors(Action<SwitchOptions> change, bool isProduction = false)
    {
        var options = new SwitchOptions
        {
            Acquirers = [new AcquirerOptions { Name = "acq-a" }],
            Issuers = [new IssuerOptions { Name = "issuer-a" }],
        };
        change(options);
        var errors = new ConfigurationErrors();
        var place = new ConfigurationEnvironment(_folder, isProduction);
        if (isProduction && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                Path.Combine(_folder, "master.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        SecurityRules.Validate(options, errors, place, new DialectCatalog());
        return errors.All;
    }
}
