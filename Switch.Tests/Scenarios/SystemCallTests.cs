using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: durable before visible, as the kernel sees it. Method: the switch runs under strace, on each transport, and
/// the trace of one payment must read receive, write, sync, send to the issuer, receive, write, sync, answer to the
/// acquirer.
/// </summary>
public sealed partial class SystemCallTests : IDisposable
{
    private const string Payment =
        """
        { "mti": "0100", "fields": { "2": "4000001234567899", "3": "000000", "4": "000000001500", "7": "auto",
          "11": "auto", "41": "TERM0001", "42": "MERCHANT0000001", "49": "392" } }
        """;

    // As strace prints the MTI: after a length of two bytes, and before the bitmap.
    private const string Ascii0100 = @"\x30\x31\x30\x30";
    private const string Ascii0110 = @"\x30\x31\x31\x30";
    private const string Binary0100 = @"\x01\x00\x";
    private const string Binary0110 = @"\x01\x10\x";

    private const string Exited = "+++ exited with 0 +++";

    private static readonly JsonSerializerOptions Style = new() { Converters = { new JsonStringEnumConverter() } };

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-strace-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFact("strace")]
    public Task Payment_OnEpollUnderStrace_IsSyncedBeforeEachSend() => IsSyncedBeforeEachSendAsync(EdgeTransport.Epoll);

    [NeedsFact("strace")]
    public Task Payment_OnSocketsUnderStrace_IsSyncedBeforeEachSend() =>
        IsSyncedBeforeEachSendAsync(EdgeTransport.Sockets);

    /// <summary>The trace shows when nothing is synced: so it would show it if the test above were fooled.</summary>
    [NeedsFact("strace")]
    public async Task Payment_WithoutDurability_IsNotSynced()
    {
        string[] steps = await TraceAsync(Durability.None, TestTransport.Kind);

        Assert.Equal(
            [
                "0100 of the acquirer", "write", "0100 to the issuer", "0110 of the issuer", "write",
                "0110 to the acquirer",
            ],
            steps.Take(6));
    }

    private async Task IsSyncedBeforeEachSendAsync(EdgeTransport transport)
    {
        string[] steps = await TraceAsync(Durability.Fsync, transport);

        Assert.Equal(
            [
                "0100 of the acquirer", "write", "sync", "0100 to the issuer",
                "0110 of the issuer", "write", "sync", "0110 to the acquirer",
            ],
            steps.Take(8));
    }

    /// <summary>
    /// Runs a switch, sends one payment through it, stops it, and gives what it did from the payment on.
    /// </summary>
    private async Task<string[]> TraceAsync(Durability durability, EdgeTransport transport)
    {
        await using IssuerSimulator issuer = StartIssuer();
        string trace = File("trace.txt");

        // -D: the switch is our child and strace its watcher, so that signals reach the switch.
        await using HostProcess process = HostProcess.StartUnder(
            ["strace", "-D", "-f", "-ttt", "-yy", "-x", "-s", "8", "-o", trace, "-e",
                "trace=pwrite64,fdatasync,sendto,sendmsg,write,writev,recvfrom,recvmsg,read"],
            "run", "--config", Configure(issuer.EndPoint, durability, transport));
        string acquirer = Listener().Match(await process.NextLineAsync()).Groups[1].Value;
        await Rig.UntilAsync(() => process.Printed.Contains("signed on", StringComparison.Ordinal));

        double before = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        await System.IO.File.WriteAllTextAsync(File("payment.json"), Payment);
        CommandRun sent = await CommandRun.OfAsync("send", File("payment.json"), "--to", acquirer);
        int code = await process.TerminateAsync();

        Assert.True(sent.Code == 0, sent.Output + sent.Error + process.Printed);
        Assert.Equal(0, code);
        await Rig.UntilAsync(() => System.IO.File.ReadAllText(trace).Contains(Exited, StringComparison.Ordinal));
        return [.. StepsOf(System.IO.File.ReadAllLines(trace), before)];
    }

    /// <summary>
    /// The calls that matter, each at the moment that counts: a send when it began, a sync or a receipt when it
    /// returned.
    /// </summary>
    private static IEnumerable<string> StepsOf(string[] lines, double after)
    {
        // Where calls of two threads overlap, strace tells one in two lines: begun, then resumed.
        var begun = new Dictionary<string, string>();
        foreach (Match call in lines.Select(line => Call().Match(line)).Where(call => call.Success))
        {
            string thread = call.Groups["thread"].Value;
            string text = call.Groups["text"].Value;
            bool isResumed = text.StartsWith("<...", StringComparison.Ordinal);
            string whole = isResumed ? begun.GetValueOrDefault(thread) + text : text;
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                begun[thread] = text;
            }

            if (double.Parse(call.Groups["time"].Value, CultureInfo.InvariantCulture) >= after
                && StepOf(whole, isResumed) is { } step)
            {
                yield return step;
            }
        }
    }

    private static string? StepOf(string call, bool isResumed)
    {
        bool isJournal = call.Contains(".segment>", StringComparison.Ordinal);
        if (call.StartsWith("fdatasync(", StringComparison.Ordinal))
        {
            return isJournal && call.EndsWith("= 0", StringComparison.Ordinal) ? "sync" : null;
        }

        bool isReceipt = call.StartsWith("recv", StringComparison.Ordinal)
            || call.StartsWith("read(", StringComparison.Ordinal);
        bool isWhole = !call.EndsWith("<unfinished ...>", StringComparison.Ordinal);
        if (isReceipt)
        {
            return !isWhole || !call.Contains("<TCP", StringComparison.Ordinal) ? null
                : call.Contains(Ascii0100, StringComparison.Ordinal) ? "0100 of the acquirer"
                : call.Contains(Binary0110, StringComparison.Ordinal) ? "0110 of the issuer"
                : null;
        }

        return isResumed ? null
            : isJournal ? "write"
            : !call.Contains("<TCP", StringComparison.Ordinal) ? null
            : call.Contains(Binary0100, StringComparison.Ordinal) ? "0100 to the issuer"
            : call.Contains(Ascii0110, StringComparison.Ordinal) ? "0110 to the acquirer"
            : null;
    }

    private static IssuerSimulator StartIssuer()
    {
        var issuer = new IssuerSimulator(new IssuerProfile
        {
            Name = "issuer", Listen = new IPEndPoint(IPAddress.Loopback, 0), Dialect = "iso87-binary",
        });
        issuer.Start();
        return issuer;
    }

    private string Configure(IPEndPoint issuer, Durability durability, EdgeTransport transport)
    {
        SwitchOptions options = ProcessConfiguration.For(issuer, new IPEndPoint(IPAddress.Loopback, 1));
        options.Acquirers[0].Listen = "127.0.0.1:0";
        options.Acquirers[0].Dialect = "iso87-ascii";
        options.Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket };
        options.Journal.Durability = durability;
        options.Edge.Transport = transport;
        options.Issuers[0].Timeout = TimeSpan.FromSeconds(5);
        options.Issuers.RemoveAt(1);
        options.Routes[0].Standby.Clear();
        var root = new JsonObject { ["Switch"] = JsonSerializer.SerializeToNode(options, Style) };
        System.IO.File.WriteAllText(File("switch.json"), root.ToJsonString());
        return File("switch.json");
    }

    private string File(string name) => Path.Combine(_folder, name);

    [GeneratedRegex(@" on (127\.0\.0\.1:\d+)")]
    private static partial Regex Listener();

    [GeneratedRegex(@"^(?<thread>\d+) +(?<time>\d+\.\d+) (?<text>.*)$")]
    private static partial Regex Call();
}
