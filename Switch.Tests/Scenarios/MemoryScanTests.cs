using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;
using Xunit.Abstractions;

namespace Switch.Tests.Scenarios;

/// <summary>
/// What a core dump of an idle switch would give away. A real process serves a thousand payments whose cards, tracks
/// and PIN blocks are known, over sockets; seconds after the last all memory that it can write is searched for them, in
/// every form: text, UTF-16, EBCDIC, BCD, hexadecimal, base64.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class MemoryScanTests(ITestOutputHelper log) : IDisposable
{
    private const int Payments = 1_000;
    private const int AtOnce = 50;

    // Digits that nothing else in memory has, long enough that chance does not make them.
    private const string CardPrefix = "479318260571";
    private const string TrackTail = "90417263508194627";
    private const string TrackName = "SEEKER/KNOWN HOLDER";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-memory-").FullName;

    private static ReadOnlySpan<byte> PinHead => [0xD7, 0x19, 0xBE, 0x62, 0xF4, 0x8B, 0x3D];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Answered by their issuers: nothing is owed, and not a number of them is left.</summary>
    [Fact]
    public async Task Switch_IdleAfterAThousandPayments_HoldsNoCardTrackOrPinBlock()
    {
        await using var world = await RunningSwitch.StartAsync(_folder);

        await world.PayAsync(0, Payments);
        await world.SendOddThingsAsync();
        await world.SendWhatIsRefusedAsync();
        await world.UntilSettledAsync();

        IReadOnlyList<MemoryHit> hits = await world.ScanIdleAsync(log, owed: []);
        Assert.True(hits.Count == 0, Describe(hits));
    }

    /// <summary>
    /// Approved by stand-in: the cards that are still owed to their issuer are there, each where its message waits, and
    /// no more. Also while checkpoints are made of them, after somebody has listed them, and in the next life.
    /// </summary>
    [Fact]
    public async Task Switch_IdleWithAdvicesOwed_HoldsOnlyTheirCards()
    {
        const int Owed = 50;
        await using var world = await RunningSwitch.StartAsync(_folder);
        await world.PayAsync(0, Payments - Owed);
        await world.UntilSettledAsync();
        world.SetIssuers(IssuerMode.Silent);
        await world.PayAsync(Payments - Owed, Owed, withPin: false);
        await world.FillAsync(Payments * 2);
        await world.ListAdvicesAsync();
        Assert.Contains("Journal checkpoint of segment", world.Printed, StringComparison.Ordinal);

        string[] owed = [.. Enumerable.Range(Payments - Owed, Owed).Select(Card)];
        AssertOwed(await world.ScanIdleAsync(log, owed), owed);
        await world.RestartAsync();
        AssertOwed(await world.ScanIdleAsync(log, owed), owed);

        world.SetIssuers(IssuerMode.Normal);
        await world.UntilSettledAsync();
        IReadOnlyList<MemoryHit> hits = await world.ScanIdleAsync(log, owed: []);
        Assert.True(hits.Count == 0, Describe(hits));
    }

    // Each owed card is there, in its advice and perhaps in a reversal, and nothing else is.
    private static void AssertOwed(IReadOnlyList<MemoryHit> hits, string[] owed)
    {
        string[] others = [.. hits.Where(hit => !owed.Any(hit.IsAbout)).Select(static hit => hit.ToString())];

        Assert.True(others.Length == 0, $"{others.Length} places:\n{string.Join('\n', others.Take(60))}");
        Assert.All(owed, card => Assert.Contains(hits, hit => hit.IsAbout(card)));
    }

    /// <summary>
    /// The scan is not blind: each kind is found in a process that holds it. A child: what this process holds of
    /// earlier scans would fill the list, and its collector moves things while they are looked for.
    /// </summary>
    [Fact]
    public async Task Scan_OfAProcessThatHoldsThem_FindsEachKind()
    {
        byte[] number = BitConverter.GetBytes(ulong.Parse(Card(7), CultureInfo.InvariantCulture));
        byte[] held =
        [
            .. System.Text.Encoding.ASCII.GetBytes($"{Card(7)}={TrackTail}"), 0, .. PinHead, 0, .. number,
        ];
        using Process holder = Process.Start(
            new ProcessStartInfo("tee") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await holder.StandardInput.BaseStream.WriteAsync(held);
        await holder.StandardInput.BaseStream.FlushAsync();
        await holder.StandardOutput.BaseStream.ReadExactlyAsync(new byte[held.Length]); // It keeps what it has copied.

        string[] found = [.. new ProcessMemory(holder.Id).Scan(MakeScanner()).Select(hit => hit.Needle)];

        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
        Assert.Contains("card as text", found);
        Assert.Contains("card as a number", found);
        Assert.Contains("track as text", found);
        Assert.Contains("PIN block", found);
    }

    private static string Describe(IReadOnlyList<MemoryHit> hits) =>
        $"{hits.Count} places:\n{string.Join('\n', hits.Take(60))}";

    private static string Card(int index) => TestCards.Make(CardPrefix, index);

    private static LeakScanner MakeScanner()
    {
        var scanner = new LeakScanner();
        scanner.AddDigits("card", CardPrefix);
        scanner.AddNumbers("card as a number", CardPrefix);
        scanner.AddDigits("track", TrackTail);
        scanner.AddBytes("track 1", System.Text.Encoding.ASCII.GetBytes(TrackName));
        scanner.AddBytes("PIN block", PinHead);
        return scanner;
    }

    // Tags 5A and 57: the card once more, and track 2 in packed digits; as text, which is how this dialect has DE 55.
    private static string Chip(int index)
    {
        string track = $"{Card(index)}D{TrackTail}";
        return $"5A08{Card(index)}57{track.Length / 2:X2}{track}9F2701809F3602{index:X4}";
    }

    private static PlainMessage Payment(int index, int mti = 100)
    {
        PlainMessage message = Purchases.Authorization(amount: 1_000 + index, card: Card(index), mti: mti);
        message[35] = $"{Card(index)}={TrackTail}";
        message[45] = $"B{Card(index)}^{TrackName}^{TrackTail}";
        message[55] = Chip(index);
        message[52] = string.Concat(PinHead.ToArray().Append((byte)index).Select(static one => (char)one));
        return message;
    }

    /// <summary>A switch in a process of its own; its partners are in this one.</summary>
    private sealed class RunningSwitch : IAsyncDisposable
    {
        private readonly IssuerSimulator _primary = StartIssuer("primary", "iso87-binary");
        private readonly IssuerSimulator _standby = StartIssuer("standby", "iso87-ascii");
        private readonly SwitchProcess _server;

        private RunningSwitch(string folder)
        {
            SwitchOptions options = ProcessConfiguration.WithPins(_primary.EndPoint, _standby.EndPoint);
            options.Acquirers[0].Dialect = Rig.AcquirerDialect;
            options.Logging.Level = LogSeverity.Debug;
            options.Journal.SegmentSize = 128 * 1024; // So that segments roll and checkpoints are made.
            options.Journal.BufferSize = 64 * 1024;
            options.Journal.CheckpointEvery = 256 * 1024;
            foreach (IssuerOptions issuer in options.Issuers)
            {
                issuer.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent issuer.
                issuer.Health.Preset = HealthPreset.Off;
            }

            _server = new SwitchProcess(folder, options);
        }

        public static async Task<RunningSwitch> StartAsync(string folder)
        {
            var world = new RunningSwitch(folder);
            await world._server.StartAsync();
            return world;
        }

        public string Printed => _server.Printed;

        public void SetIssuers(IssuerMode mode) => _primary.Mode = _standby.Mode = mode;

        public async Task PayAsync(int first, int count, bool withPin = true)
        {
            await using ScriptedAcquirer acquirer = await ConnectAsync();
            for (int sent = 0; sent < count; sent += AtOnce)
            {
                int now = Math.Min(AtOnce, count - sent);
                for (int i = 0; i < now; i++)
                {
                    PlainMessage payment = Payment(first + sent + i);
                    payment[52] = withPin ? payment[52] : null;
                    acquirer.Send(payment);
                }

                for (int i = 0; i < now; i++)
                {
                    Assert.Equal("00", (await acquirer.NextAsync())[39]);
                }
            }
        }

        /// <summary>Cards that no route leads to: segments roll, and checkpoints are made of what is owed.</summary>
        public async Task FillAsync(int count)
        {
            await using ScriptedAcquirer acquirer = await ConnectAsync();
            for (int sent = 0; sent < count; sent += AtOnce)
            {
                for (int i = 0; i < AtOnce; i++)
                {
                    acquirer.Send(Purchases.Authorization(card: "9900000000000000"));
                }

                for (int i = 0; i < AtOnce; i++)
                {
                    Assert.Equal("92", (await acquirer.NextAsync())[39]);
                }
            }
        }

        /// <summary>What an operator does who looks at what is owed.</summary>
        public async Task ListAdvicesAsync() => Assert.Contains(
            "479318******", await _server.GetAsync("/api/advices?issuer=primary"), StringComparison.Ordinal);

        /// <summary>Killed, and started on what it left.</summary>
        public async Task RestartAsync()
        {
            await _server.KillAsync();
            await _server.StartAsync();
        }

        /// <summary>Other ways through: repeats, advices, reversals, what is declined, refused or no message.</summary>
        public async Task SendOddThingsAsync()
        {
            await using ScriptedAcquirer acquirer = await ConnectAsync();
            PlainMessage request = Payment(1);
            await acquirer.AskAsync(request);
            await acquirer.AskAsync(Purchases.Repeat(request));
            await acquirer.AskAsync(Purchases.Reversal(request));
            PlainMessage advice = Payment(2, mti: 120);
            advice[38] = "OFFLIN";
            advice[39] = "00";
            await acquirer.AskAsync(advice);
            PlainMessage byTrack = Payment(3);
            byTrack[2] = null;
            await acquirer.AskAsync(byTrack);
            PlainMessage withoutAmount = Payment(4);
            withoutAmount[4] = null;
            await acquirer.AskAsync(withoutAmount);
            acquirer.SendBody(Text($"GET /{Card(5)}={TrackTail} HTTP/1.1"));
            await acquirer.Closed;
        }

        /// <summary>
        /// Messages that are refused are described for people: masked, in the trace and in the log's Debug lines.
        /// </summary>
        public async Task SendWhatIsRefusedAsync()
        {
            await using (ScriptedAcquirer acquirer = await ConnectAsync())
            {
                PlainMessage inOtherFields = Payment(6);
                inOtherFields[4] = null;
                inOtherFields[43] = $"SHOP {Card(6)} CITY";
                inOtherFields[55] = $"DF1108{Card(6)}9F36020001";
                Assert.Equal("30", (await acquirer.AskAsync(inOtherFields))[39]);
                PlainMessage tornChip = Payment(7);
                tornChip[4] = null;
                tornChip[55] = Chip(7)[..^2];
                Assert.Equal("30", (await acquirer.AskAsync(tornChip))[39]);
                acquirer.SendBody(Text($"0100700000000000000016{Card(8)}00000000X0000000"));
                Assert.Equal("30", (await acquirer.NextAsync())[39]);
                acquirer.SendRaw([0xFF, 0xFF, .. Text($"0100{Card(9)}={TrackTail}")]);
                await acquirer.Closed;
            }

            string trace = await _server.GetAsync("/api/trace?count=200");
            Assert.Contains("2=479318******", trace, StringComparison.Ordinal);
            Assert.Contains("55=[DF11=*** 9F36=0001]", trace, StringComparison.Ordinal);
            Assert.Contains("MaxFrameSize", trace, StringComparison.Ordinal);
            Assert.Contains("2=479318******", Printed, StringComparison.Ordinal);
        }

        public async Task UntilSettledAsync()
        {
            await _server.UntilAsync("pending", static count => count == 0, Rig.Patience);
            await _server.UntilAsync("owedNow", static count => count == 0, Rig.Patience);
        }

        /// <summary>
        /// Five seconds after what came last. A checkpoint under way holds what it replays, at the lowest priority of
        /// the machine; where that is busy it ends later, so what is there but not owed is looked for again. What
        /// leaked stays.
        /// </summary>
        /// <param name="log">For the counts.</param>
        /// <param name="owed">The cards that are to be there.</param>
        public async Task<IReadOnlyList<MemoryHit>> ScanIdleAsync(ITestOutputHelper log, string[] owed)
        {
            long idle = Stopwatch.GetTimestamp();
            await Rig.UntilAsync(() => Stopwatch.GetElapsedTime(idle) >= TimeSpan.FromSeconds(5));
            var memory = new ProcessMemory(_server.Id);
            IReadOnlyList<MemoryHit> hits;
            do
            {
                hits = memory.Scan(MakeScanner());
                int Count(string kind) => hits.Where(hit => hit.Needle.Contains(kind, StringComparison.Ordinal))
                    .Select(static hit => hit.Address).Distinct().Count();
                log.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{memory.Size >> 20} MiB: {Count("card")} cards, {Count("track")} tracks, {Count("PIN")} PINs"));
            }
            while (hits.Any(hit => !owed.Any(hit.IsAbout)) && Stopwatch.GetElapsedTime(idle) < Rig.Patience);

            return hits;
        }

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            await _primary.DisposeAsync();
            await _standby.DisposeAsync();
        }

        private static byte[] Text(string text) => System.Text.Encoding.ASCII.GetBytes(text);

        private Task<ScriptedAcquirer> ConnectAsync() =>
            ScriptedAcquirer.ConnectAsync(_server.EndPoint, Rig.AcquirerDialect);

        private static IssuerSimulator StartIssuer(string name, string dialect)
        {
            var issuer = new IssuerSimulator(new IssuerProfile { Name = name, Dialect = dialect });
            issuer.Start();
            return issuer;
        }
    }
}
