using System.Text.Json.Nodes;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;

namespace Switch.Tests.Host.Commands;

public sealed class SimulateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-simulate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(100, 0, "The books agree")]
    [InlineData(101, 1, "The books differ")]
    public async Task Compare_TwoFiles_ExitCodeSaysWhetherTheyAgree(long issuerNet, int expected, string says)
    {
        string acquirer = Write(BooksFile.Acquirer, net: 100);
        string issuer = Write(BooksFile.Issuer, issuerNet);

        (int code, string output, _) = await InvokeAsync("simulate", "compare", acquirer, issuer);

        Assert.Equal(expected, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_UnsettledBooks_IsAProblem()
    {
        string acquirer = Write(BooksFile.Acquirer, net: 100, open: 1);
        string issuer = Write(BooksFile.Issuer, net: 100);

        (int code, string output, _) = await InvokeAsync("simulate", "compare", acquirer, issuer);

        Assert.Equal(ExitCode.Problems, code);
        Assert.Contains("not settled", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_SomethingElse_IsWrongUsage()
    {
        string file = Path.Combine(_folder, "other.json");
        await File.WriteAllTextAsync(file, "[1, 2]");

        (int code, _, string error) = await InvokeAsync("simulate", "compare", file);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("other.json", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issuer", "--latency", "soon")]
    [InlineData("issuer", "--listen", "nowhere")]
    [InlineData("issuer", "--decline", "2")]
    [InlineData("issuer", "--dialect", "latin")]
    [InlineData("hsm", "--tls-certificate", "hsm.pem")] // And no --tls-trust.
    [InlineData("hsm", "--header-length", "0")]
    [InlineData("acquirer", "--connect", "9001")]
    [InlineData("acquirer", "--rate", "0")]
    [InlineData("acquirer", "--prefix", "4x")]
    public async Task Simulate_BadValue_IsWrongUsage(string who, string option, string value)
    {
        (int code, _, string error) = await InvokeAsync("simulate", who, option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.NotEmpty(error);
    }

    /// <summary>A file that cannot be written is told at the end, and what was counted is told all the same.</summary>
    [Fact]
    public async Task IssuerAndAcquirer_AtTheirEnd_PrintWhatTheyCounted()
    {
        using var stop = new CancellationTokenSource();
        using var lines = new LineWriter();
        using var error = new StringWriter();
        Task<int> issuer = CommandLine.InvokeAsync(
            ["simulate", "issuer", "--listen", "127.0.0.1:0", "--books", _folder], lines, error, stop.Token);
        string listening = await lines.ReadLineAsync();
        string place = listening.Split(' ')[3].TrimEnd(',');

        (int code, string output, _) = await InvokeAsync(
            "simulate", "acquirer", "--connect", place, "--rate", "40", "--seconds", "1");
        await stop.CancelAsync();
        var printed = new List<string>();
        while (!printed.Contains("complaints"))
        {
            string line = await lines.ReadLineAsync();
            printed.Add(line.Contains("complaints", StringComparison.Ordinal) ? "complaints" : line);
        }

        Assert.Equal(ExitCode.Done, code);
        Assert.Matches("│ answered +│ +40 │\n", output);
        Assert.Matches("│ byResponseCode +│ +00: ", output);
        Assert.Matches("(?m)^│ requests +│ +[1-9][0-9]* │$", string.Join('\n', printed));
        Assert.Equal(ExitCode.Usage, await issuer.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("The books cannot be written: ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("is a folder, where a file is expected.", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Without a switch between them both have one key. Half of the PINs are wrong.</summary>
    [Fact]
    public async Task IssuerAndAcquirer_WithPins_CountWhatTheIssuerRead()
    {
        string key = Path.Combine(_folder, "zpk");
        await File.WriteAllTextAsync(key, "0123456789ABCDEFFEDCBA9876543210");
        await using var issuer = new RunningCommand(
            "simulate", "issuer", "--listen", "127.0.0.1:0", "--pin-key", key, "--json");
        string place = JsonNode.Parse(await issuer.ReadLineAsync())!["listening"]!.GetValue<string>();

        (int code, string output, _) = await InvokeAsync(
            "simulate", "acquirer", "--connect", place, "--rate", "200", "--seconds", "1", "--pin-key", key,
            "--pins", "0.5", "--wrong-pins", "0.5", "--cancel", "0", "--repeat", "0", "--json");
        Assert.Equal(ExitCode.Done, await issuer.StopAsync());
        JsonNode sent = JsonNode.Parse(output)!;
        JsonNode read = JsonNode.Parse(await issuer.ReadLineAsync())!;

        Assert.Equal(ExitCode.Done, code);
        Assert.InRange(Number(sent, "pinsSent"), 60, 140);
        Assert.InRange(Number(sent, "wrongPinsSent"), 20, Number(sent, "pinsSent") - 20);
        Assert.Equal(0, Number(sent, "wrongPinsApproved"));
        Assert.Equal(Number(sent, "wrongPinsSent"), Number(sent["byResponseCode"]!, "55"));
        Assert.Equal(
            (Number(sent, "pinsSent") - Number(sent, "wrongPinsSent"), Number(sent, "wrongPinsSent"), 0),
            (Number(read, "pinsRight"), Number(read, "pinsWrong"), Number(read, "pinsUnreadable")));
    }

    [Theory]
    [InlineData("acquirer", "0123456789ABCDEF")]
    [InlineData("acquirer", "no key")]
    [InlineData("issuer", "00000000000000000000000000000000")]
    public async Task Simulate_FileWithoutAPinKey_IsWrongUsage(string who, string text)
    {
        string file = Path.Combine(_folder, "zpk");
        await File.WriteAllTextAsync(file, text);

        (int code, _, string error) = await InvokeAsync("simulate", who, "--pin-key", file);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("has no key for PIN blocks", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task World_AtItsEnd_PrintsTheFaultsItPlayed()
    {
        (int code, string output, _) = await InvokeAsync("simulate", "world", "--seed", "5", "--transactions", "400");

        Assert.Equal(ExitCode.Done, code);
        Assert.Matches("^[0-9]+ transactions in [0-9]+ worlds", output);
        Assert.Matches("(?m)^  [A-Za-z]+ +[1-9][0-9]*$", output);
        Assert.Contains(", 0 violations.", output, StringComparison.Ordinal);
    }

    private static long Number(JsonNode figures, string name) => figures[name]!.GetValue<long>();

    private static async Task<(int Code, string Output, string Error)> InvokeAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await CommandLine.InvokeAsync(arguments, output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    private string Write(string party, long net, int open = 0)
    {
        string path = Path.Combine(_folder, $"{party}.json");
        new BooksFile(party, party, open, [new BookLine("c1", "400000******0002", "r1", net, "")]).Write(path);
        return path;
    }
}
