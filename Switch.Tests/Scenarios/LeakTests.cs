using System.Text;
using Switch.Host.Simulators;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// No card number, track or PIN block in anything that a switch leaves behind: journal, checkpoint, logs, output.
/// Looked for byte by byte after a run that takes every way through it, with a kill in the middle.
/// </summary>
public sealed class LeakTests : IDisposable
{
    // Digits that nothing else in a run has.
    // Long, so that no card has a run of zeros: amounts and counts in binary end in such runs, and would be found.
    private const string Prefix = "45321986713572";
    private const int Cards = 8;
    private const string Track1Name = "LEAKSON/MARKED CARD";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-leak-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_WithMarkedCards_LeavesNoTraceOfThem()
    {
        await using IssuerSimulator primary = StartIssuer("primary", "iso87-binary");
        await using IssuerSimulator standby = StartIssuer("standby", "iso87-ascii");
        await using var server = new SwitchProcess(
            _folder, ProcessConfiguration.WithPins(primary.EndPoint, standby.EndPoint));
        await server.StartAsync();
        await using var acquirer = new AcquirerSimulator(ProfileFor(server));
        await acquirer.StartAsync(CancellationToken.None);

        await acquirer.RunAsync(TimeSpan.FromSeconds(0.5), CancellationToken.None);
        primary.Mode = IssuerMode.Silent;
        await acquirer.RunAsync(TimeSpan.FromSeconds(0.5), CancellationToken.None);
        standby.Mode = IssuerMode.Silent;
        await acquirer.RunAsync(TimeSpan.FromSeconds(0.5), CancellationToken.None);
        await SendOddThingsAsync(server);
        await server.KillAsync();
        await server.StartAsync(); // Seals what the life before wrote, images of what is owed among it.
        await server.KillAsync();
        CommandRun checkpoint = await CommandRun.OfAsync("journal", "checkpoint", "--config", server.ConfigFile);
        await server.StartAsync();
        primary.Mode = IssuerMode.Normal;
        standby.Mode = IssuerMode.Normal;
        bool isDrained = await acquirer.DrainAsync(TimeSpan.FromSeconds(30));
        await server.UntilAsync("owedNow", static count => count == 0, TimeSpan.FromSeconds(30));
        int code = await server.StopAsync();

        AcquirerCounters counters = acquirer.Read(static desk => desk.Counters);
        LeakScanner scanner = MakeScanner();
        Assert.True(isDrained);
        Assert.Equal((0, 0), (code, checkpoint.Code));
        Assert.Single(Directory.EnumerateFiles(_folder, "*.checkpoint", SearchOption.AllDirectories), HasContent);
        Assert.Contains("Journal started from the checkpoint", server.Printed, StringComparison.Ordinal);
        Assert.True(counters.Approved > 20 && counters.ReversalsAcknowledged > 0);
        Assert.Contains(Directory.EnumerateFiles(_folder, "*.log", SearchOption.AllDirectories), HasContent);
        Assert.Contains(
            Directory.EnumerateFiles(Path.Combine(_folder, "journal"), "*", SearchOption.AllDirectories), HasContent);
        Assert.Empty(scanner.ScanFolder(_folder));
        Assert.Empty(scanner.Scan(Encoding.UTF8.GetBytes(server.Printed)));
        Assert.Empty(primary.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()));
        Assert.Empty(standby.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()));
    }

    [Fact]
    public void Scanner_MarksOfThisRunPlanted_FindsEachKind()
    {
        string file = Path.Combine(_folder, "planted.bin");
        LeakScanner scanner = MakeScanner();
        byte[] pinBlock = [.. SensitiveMarks.PinBlock(123_456).Select(static one => (byte)one)];

        File.WriteAllBytes(file, [0, .. Encoding.ASCII.GetBytes(SensitiveMarks.Track2(Card(3))), 0, .. pinBlock]);
        IReadOnlyList<string> found = scanner.ScanFolder(_folder);

        Assert.Contains(found, static leak => leak.Contains("card 3 as text", StringComparison.Ordinal));
        Assert.Contains(found, static leak => leak.Contains("track as text", StringComparison.Ordinal));
        Assert.Contains(found, static leak => leak.Contains("PIN block", StringComparison.Ordinal));
    }

    private static string Card(int index) => TestCards.Make(Prefix, index);

    internal static LeakScanner MakeScanner()
    {
        var scanner = new LeakScanner();
        for (int i = 0; i < Cards; i++)
        {
            string card = Card(i);
            scanner.AddDigits($"card {i}", card);

            // A number cut short is a leak too: more than first six and last four.
            scanner.AddDigits($"start of card {i}", card[..12]);
            scanner.AddDigits($"end of card {i}", card[4..]);
        }

        scanner.AddDigits("track", SensitiveMarks.TrackTail);
        scanner.AddDigits("security control", SensitiveMarks.SecurityControl);
        scanner.AddBytes("PIN block", SensitiveMarks.PinBlockHead);
        scanner.AddBytes("track 1", Encoding.ASCII.GetBytes(Track1Name));
        return scanner;
    }

    private static bool HasContent(string file) => new FileInfo(file).Length > 0;

    private static IssuerSimulator StartIssuer(string name, string dialect)
    {
        var issuer = new IssuerSimulator(new IssuerProfile { Name = name, Dialect = dialect, DeclineRatio = 0.1 });
        issuer.Start();
        return issuer;
    }

    private static AcquirerProfile ProfileFor(SwitchProcess server) => Mark(new AcquirerProfile
    {
        Target = server.EndPoint,
        Dialect = Rig.AcquirerDialect,
        RatePerSecond = 200,
        Timeout = TimeSpan.FromSeconds(2),
        Mix = new AcquirerMix { Cancelled = 0.2, Repeated = 0.1, Advised = 0.05 },
    });

    /// <summary>Traffic of the cards that the scanner knows.</summary>
    internal static AcquirerProfile Mark(AcquirerProfile profile) =>
        profile with { Prefixes = [Prefix], Cards = Cards, SendSensitive = true };

    /// <summary>What load does not send: other carriers of card data, and messages that are wrong.</summary>
    private static async Task SendOddThingsAsync(SwitchProcess server)
    {
        await using ScriptedAcquirer acquirer =
            await ScriptedAcquirer.ConnectAsync(server.EndPoint, Rig.AcquirerDialect);
        foreach (PlainMessage message in OddThings())
        {
            await acquirer.AskAsync(message);
        }

        // Garbage that holds a card, and a card where the MTI should be: the connection closes with a line in the log.
        acquirer.SendBody(Encoding.ASCII.GetBytes($"GET /{Card(1)} HTTP/1.1"));
        await acquirer.Closed;
    }

    private static IEnumerable<PlainMessage> OddThings()
    {
        PlainMessage rich = Purchases.Authorization(card: Card(0));
        rich[35] = SensitiveMarks.Track2(Card(0));
        rich[45] = $"B{Card(0)}^{Track1Name}^{SensitiveMarks.TrackTail}";
        rich[48] = $"CVV2 {SensitiveMarks.TrackTail} of {Card(0)}";
        rich[52] = SensitiveMarks.PinBlock(1);
        yield return rich;

        PlainMessage withoutPan = Purchases.Authorization(card: Card(1));
        withoutPan[2] = null;
        withoutPan[35] = SensitiveMarks.Track2(Card(1));
        yield return withoutPan;

        PlainMessage withoutAmount = Purchases.Copy(rich, 100);
        withoutAmount[11] = "000077";
        withoutAmount[4] = null;
        yield return withoutAmount;

        PlainMessage conflict = Purchases.Copy(rich, 100);
        conflict[4] = "000000000002";
        yield return conflict;

        PlainMessage advice = Purchases.Copy(rich, 120);
        advice[11] = "000078";
        advice[38] = "OFFLIN";
        advice[39] = "00";
        yield return advice;
        yield return Purchases.Reversal(rich);
        yield return Purchases.Copy(rich, 600);
    }
}
