using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Security.Keys;
using Switch.Host.Simulators.Hsm;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security;

/// <summary>Goal: keys come, go and are seen as people say. Method: the commands, with a simulated module.</summary>
public sealed partial class KeysCommandTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-keys-").FullName;
    private readonly HsmSimulator _hsm = new(new IPEndPoint(IPAddress.Loopback, 0), 4);

    public KeysCommandTests()
    {
        _hsm.Start();
        File.WriteAllText(Config, $$"""
            { "Switch": { "Security": {
              "Module": "HostCommands", "Timeout": "00:00:05",
              "Hsm": [ { "Endpoint": "127.0.0.1:{{_hsm.EndPoint.Port}}" } ]
            } } }
            """);
    }

    private const string OwnTls = """
        { "Certificate": "file:switch.pem", "Key": "file:switch.key", "Trust": "file:ca.pem" }
        """;

    private string Config => Path.Combine(_folder, "switch.json");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _hsm.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Fact]
    public async Task Keys_GeneratedExportedImportedAndRetired_AreListed()
    {
        await Done("generate", "zmk-a", "--kind", "Zmk");
        string made = await Done("generate", "acq-zpk", "--kind", "Zpk", "--under", "zmk-a");
        string exported = Exported().Match(made).Groups[1].Value;
        string checkValue = CheckValue().Match(made).Groups[1].Value;
        string again = await Done("export", "acq-zpk", "--under", "zmk-a");
        Assert.Equal(exported, Exported().Match(again).Groups[1].Value);

        string imported = await Done(
            "import", "iss-zpk", "--kind", "Zpk", "--under", "zmk-a", "--key", exported, "--check-value", checkValue);
        Assert.Contains(checkValue, imported, StringComparison.Ordinal);
        Assert.Contains("generation 2", await Done("generate", "acq-zpk", "--kind", "Zpk"), StringComparison.Ordinal);

        string list = await Done("list");
        Assert.Matches($@"acq-zpk +Zpk +2 +[0-9A-F]{{6}} +\S+ \S+ +{checkValue}", list);
        Assert.Matches($@"iss-zpk +Zpk +1 +{checkValue}", list);
        Assert.Contains(
            $"\"former\":\"{checkValue}\"", await Done("list", "--json"), StringComparison.Ordinal);

        await Done("retire", "acq-zpk");
        Assert.DoesNotMatch($"acq-zpk.*{checkValue}", await Done("list"));
        await Done("retire", "iss-zpk", "--all");
        Assert.DoesNotContain("iss-zpk", await Done("list"), StringComparison.Ordinal);
    }

    /// <summary>A key that was exchanged away does not come back by a message that is sent again.</summary>
    [Fact]
    public async Task Import_KeyOfBefore_IsRefused()
    {
        await Done("generate", "zmk-a", "--kind", "Zmk");
        string exported = Exported().Match(
            await Done("generate", "acq-zpk", "--kind", "Zpk", "--under", "zmk-a")).Groups[1].Value;
        string[] replay = ["import", "acq-zpk", "--kind", "Zpk", "--under", "zmk-a", "--key", exported];

        Assert.Contains("not taken again", await Refused(replay), StringComparison.Ordinal);
        await Done("generate", "acq-zpk", "--kind", "Zpk");
        await Done("generate", "acq-zpk", "--kind", "Zpk");
        Assert.Contains("not taken again", await Refused(replay), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WrongCheckValueKindOrKey_IsRefusedAndNothingIsKept()
    {
        await Done("generate", "zmk-a", "--kind", "Zmk");
        string exported = Exported().Match(
            await Done("generate", "acq-zpk", "--kind", "Zpk", "--under", "zmk-a")).Groups[1].Value;

        Assert.Contains("and not 000000", await Refused(
            "import", "b", "--kind", "Zpk", "--under", "zmk-a", "--key", exported, "--check-value", "000000"),
            StringComparison.Ordinal);
        Assert.Contains("is no wrapped key", await Refused(
            "import", "b", "--kind", "Zpk", "--key", "0123456789ABCDEF"), StringComparison.Ordinal);
        Assert.Contains("Zmk is needed", await Refused(
            "import", "b", "--kind", "Zpk", "--under", "acq-zpk", "--key", exported), StringComparison.Ordinal);
        Assert.Contains("of kind Zpk", await Refused("generate", "acq-zpk", "--kind", "Zak"), StringComparison.Ordinal);
        Assert.Contains("module refuses", await Refused(
            "import", "b", "--kind", "Zpk", "--key", "U" + new string('0', 32)), StringComparison.Ordinal);
        Assert.Contains("is no key", await Refused("export", "c", "--under", "zmk-a"), StringComparison.Ordinal);
        Assert.Contains("no such key", await Refused("retire", "acq-zpk"), StringComparison.Ordinal);
        Assert.Contains("letters, digits", await Refused("generate", "a b", "--kind", "Zpk"), StringComparison.Ordinal);
        Assert.Equal(
            ["acq-zpk", "zmk-a"], KeyStoreFile.Read(Path.Combine(_folder, "data", "keys.json")).Keys.Keys);
    }

    [Fact]
    public async Task Keys_DamagedStore_IsNamedAndNotReplaced()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        string file = Path.Combine(_folder, "data", "keys.json");
        await File.WriteAllTextAsync(file, "{");

        Assert.Contains("cannot be read", await Refused("list"), StringComparison.Ordinal);
        Assert.Contains("cannot be read", await Refused("generate", "a", "--kind", "Zpk"), StringComparison.Ordinal);
        Assert.Equal("{", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Keys_WithoutAModule_CannotBeMade()
    {
        await File.WriteAllTextAsync(Config, """{ "Switch": { "Security": { "Module": "None" } } }""");

        Assert.Contains("Module is None", await Refused("generate", "a", "--kind", "Zpk"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_ThroughAModuleWithTls_AreMade()
    {
        using var pki = new TestPki();
        pki.WriteTo(_folder);
        X509Certificate2 certificate = pki.Issue(new CertificatePlan { Use = CertificatePlan.ServerUse });
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4)
        {
            Secure = pki.Peer(certificate).AcceptAsync,
        };
        hsm.Start();
        await WriteHsmAsync($"127.0.0.1:{hsm.EndPoint.Port}", OwnTls);

        Assert.Contains("generation 1", await Done("generate", "a", "--kind", "Zpk"), StringComparison.Ordinal);
        Assert.True(hsm.Commands > 0);
    }

    [Fact]
    public async Task Keys_ModuleWithAnotherName_SaysWhyItIsNotAsked()
    {
        using var pki = new TestPki();
        pki.WriteTo(_folder);
        X509Certificate2 certificate = pki.Issue(
            new CertificatePlan { Use = CertificatePlan.ServerUse, Names = ["hsm.example.com"] });
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4)
        {
            Secure = pki.Peer(certificate).AcceptAsync,
        };
        hsm.Start();
        await WriteHsmAsync($"127.0.0.1:{hsm.EndPoint.Port}", OwnTls);

        (int code, _, string error) = await InvokeAsync(["generate", "a", "--kind", "Zpk"]);

        Assert.Equal(ExitCode.Problems, code);
        Assert.Contains("TLS refused (WrongName)", error, StringComparison.Ordinal);
        Assert.Equal(0, hsm.Commands);
    }

    [Theory]
    [InlineData("10.0.0.5:1500", "null", "Switch:Security:Hsm:0:Tls")]
    [InlineData("127.0.0.1:1500", "\"Off\"", "Switch:Security:Hsm:0:Tls")]
    [InlineData("127.0.0.1:1500", """{ "Key": "file:none.key" }""", "Switch:Security:Hsm:0:Tls:Certificate")]
    public async Task Keys_TlsThatCannotBe_IsRefusedByItsPath(string endpoint, string tls, string path)
    {
        await WriteHsmAsync(endpoint, tls);

        Assert.Contains(path, await Refused("generate", "a", "--kind", "Zpk"), StringComparison.Ordinal);
    }

    private Task WriteHsmAsync(string endpoint, string tls) => File.WriteAllTextAsync(Config, $$"""
        { "Switch": { "Security": {
          "Module": "HostCommands", "Timeout": "00:00:05", "Hsm": [ { "Endpoint": "{{endpoint}}", "Tls": {{tls}} } ]
        } } }
        """);

    private async Task<string> Done(params string[] arguments)
    {
        (int code, string output, string error) = await InvokeAsync(arguments);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }

    private async Task<string> Refused(params string[] arguments)
    {
        (int code, _, string error) = await InvokeAsync(arguments);
        Assert.Equal(ExitCode.Usage, code);
        return error;
    }

    private async Task<(int Code, string Output, string Error)> InvokeAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await CommandLine.InvokeAsync(
            ["keys", .. arguments, "--config", Config], output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex("[Uu]nder zmk-a: (X[0-9A-F]{32})")]
    private static partial Regex Exported();

    [GeneratedRegex("check value ([0-9A-F]{6})")]
    private static partial Regex CheckValue();
}
