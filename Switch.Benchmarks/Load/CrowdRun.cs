using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>load --crowd</c>: what good sessions notice of connections that want nothing but to be there. Two acquirers, one
/// with TLS and one in plain text, have a steady load alone, beside handshakes that stop half-way, beside frames that
/// come byte by byte, and alone again. Meanwhile one with a good certificate comes twice a second.
/// </summary>
internal sealed class CrowdRun : IDisposable
{
    /// <summary>What the p99 of a good session may be, divided by the mean of the two phases without a crowd.</summary>
    private const double RatioMax = 1.5;

    private const int RateOfEach = 1_000;
    private const int HandshakeCount = 1_000;
    private const int DropCount = 500;
    private static readonly TimeSpan Onset = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenNewcomers = TimeSpan.FromSeconds(0.5);
    private static readonly string[] Doors =
        ["switch_sessions_total", "switch_sessions_refused", "switch_sessions_delayed", "switch_tls_refused",
            "switch_connections_broken"];

    private readonly LoadOptions _options;
    private readonly TextWriter _output;
    private readonly LoadRig _rig;
    private readonly ChildProcess _crowd = ChildProcess.StartSelf(Crowd.Command);
    private readonly ChildProcess _shim;
    private readonly SimulatorTls _newcomer;
    private readonly string _certificates;
    private readonly int _tlsPort = SwitchProcess.FreePort();
    private readonly int _shimPort;

    private CrowdRun(LoadOptions options, TextWriter output)
    {
        (_options, _output) = (options, output);
        _certificates = Path.Combine(options.Folder, "certificates");
        TlsFiles.Make(_certificates);
        _newcomer = TlsFiles.Peer(_certificates);
        _rig = new LoadRig(options.Folder, options.IssuerDialects, options.Issuers, options.AcquirerDialect);
        _shim = ChildProcess.StartSelf(TlsShim.Command, _certificates);
        _shimPort = _shim.ReadPorts()[0];
    }

    public static async Task<int> RunAsync(LoadOptions options, TextWriter output)
    {
        using var run = new CrowdRun(options, output);
        return await run.RunAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _crowd.Dispose();
        _rig.Dispose();
        _shim.Dispose();
    }

    private async Task<int> RunAsync()
    {
        await _rig.StartSwitchAsync(_rig.Setup(_options.Program, _options.Connections) with
        {
            Durability = _options.Durability,
            Store = _options.Store,
            Transport = _options.Transport,
            SecondPort = _tlsPort,
            SecondTlsFolder = _certificates,
            HasDefaultBounds = true,
        }).ConfigureAwait(false);
        _shim.Order(Text($"to {_tlsPort}"));
        string handshakes = Text($"{Crowd.Handshakes} {_tlsPort} ");
        string drops = Text($"{Crowd.Drops} {_rig.Switch.Port} ");

        // Else the first phase is the slowest, and a ratio to it says nothing.
        var warm = new LoadPhase
        {
            Name = "warm-up", Ports = [], Connections = _options.Connections, Seconds = 6,
        };
        await _rig.SwitchAsync(warm).ConfigureAwait(false);
        await _rig.ViaAsync(warm, _shimPort).ConfigureAwait(false);
        await MeasureAsync("warm-up", handshakes + "50", 3).ConfigureAwait(false);
        await MeasureAsync("warm-up", drops + "50", 3).ConfigureAwait(false);
        _output.WriteLine(
            "| phase | acquirer | p50 ms | p99 ms | p99 of the median window | windows over 5 ms | unanswered "
            + "| newcomers |");
        _output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        Phase[] alone = new Phase[2];
        alone[0] = await ShowAsync("alone", "none").ConfigureAwait(false);
        Phase beside = await ShowAsync(Text($"{HandshakeCount:N0} half handshakes"), handshakes + HandshakeCount)
            .ConfigureAwait(false);
        Phase dropped = await ShowAsync(Text($"{DropCount:N0} slow frames"), drops + DropCount).ConfigureAwait(false);
        alone[1] = await ShowAsync("alone again", "none").ConfigureAwait(false);
        _output.WriteLine();
        bool isUnmoved = Say("half handshakes", beside, alone) & Say("slow frames", dropped, alone);
        Doings(beside);
        Doings(dropped);
        (string journal, BookComparison books) = await _rig.CloseBooksAsync().ConfigureAwait(false);
        Phase[] all = [alone[0], beside, dropped, alone[1]];
        long refused = all.Sum(static phase => phase.Plain.Refused + phase.Tls.Refused);
        bool isOpen = all.All(static phase => phase.Came == phase.Newcomers);
        _output.WriteLine(
            Text($"journal {journal}, books {(books.Agrees ? "agree" : "differ")}, {books.Transactions:N0} ")
            + Text($"transactions, {books.Unanswered:N0} unanswered, {refused:N0} refused while it was measured; ")
            + "codes of refusals: "
            + string.Join(", ", _rig.OtherCodes.Select(static pair => Text($"{pair.Key} {pair.Value:N0}"))));
        return isUnmoved && isOpen && books.Agrees && journal == "verified" && refused == 0 ? 0 : 1;
    }

    private async Task<Phase> ShowAsync(string name, string order)
    {
        Phase phase = await MeasureAsync(name, order, _options.Seconds).ConfigureAwait(false);
        Row(phase, "plain", phase.Plain, "");
        Row(phase, "TLS", phase.Tls, Text($"{phase.Came} of {phase.Newcomers}"));
        return phase;
    }

    /// <summary>The good sessions are there first; all is counted from the moment that the crowd comes.</summary>
    private async Task<Phase> MeasureAsync(string name, string order, double seconds)
    {
        var good = new LoadPhase
        {
            Name = name, Ports = [_rig.Switch.Port], Connections = _options.Connections, Rate = RateOfEach,
            Seconds = seconds, LeadSeconds = Onset.TotalSeconds,
        };
        Task<PhaseFigures> plain = _rig.OfferAsync(good);
        Task<PhaseFigures> tls = _rig.OfferAsync(good with { Ports = [_shimPort], Terminals = 1_000 });
        await Task.Delay(Onset).ConfigureAwait(false);
        Dictionary<string, double> before = await _rig.Switch.MetricsAsync().ConfigureAwait(false);
        _crowd.Order(order);
        (int newcomers, int came) = await NewcomersAsync(plain).ConfigureAwait(false);
        var phase = new Phase(
            name, await plain.ConfigureAwait(false), await tls.ConfigureAwait(false), newcomers, came, before,
            await _rig.Switch.MetricsAsync().ConfigureAwait(false));
        _crowd.Order("none");
        return phase;
    }

    private async Task<(int Newcomers, int Came)> NewcomersAsync(Task until)
    {
        int newcomers = 0;
        int came = 0;
        while (await Task.WhenAny(until, Task.Delay(BetweenNewcomers)).ConfigureAwait(false) != until)
        {
            newcomers++;
            came += await ComesInAsync().ConfigureAwait(false) ? 1 : 0;
        }

        return (newcomers, came);
    }

    private async Task<bool> ComesInAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _tlsPort, patience.Token).ConfigureAwait(false);
            Stream tls = await _newcomer.ConnectAsync(
                new NetworkStream(socket), host: null, patience.Token).ConfigureAwait(false);
            await tls.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception refused) when (refused is IOException or SocketException or AuthenticationException
            or OperationCanceledException)
        {
            return false;
        }
    }

    private void Row(Phase phase, string acquirer, PhaseFigures figures, string newcomers)
    {
        LoadWindows windows = LoadWindows.Of([figures]);
        _output.WriteLine(
            Text($"| {phase.Name} | {acquirer} | {figures.P50Us / 1_000:N2} | {figures.P99Us / 1_000:N2} ")
            + Text($"| {windows.P99Us / 1_000:N2} | {windows.SlowShare:P0} | {figures.Unanswered} | {newcomers} |"));
    }

    private bool Say(string crowd, Phase beside, Phase[] alone) =>
        SayOne($"{crowd}, plain", beside.Plain, [.. alone.Select(static phase => phase.Plain)])
            & SayOne($"{crowd}, TLS", beside.Tls, [.. alone.Select(static phase => phase.Tls)]);

    private bool SayOne(string what, PhaseFigures beside, PhaseFigures[] alone)
    {
        double ratio = beside.P99Us / alone.Average(static figures => figures.P99Us);
        double median = LoadWindows.Of([beside]).P99Us
            / alone.Average(static figures => LoadWindows.Of([figures]).P99Us);
        double half = beside.P50Us / alone.Average(static figures => figures.P50Us);
        _output.WriteLine(
            Text($"{what}: {ratio:N2} times the p99 without (at most {RatioMax}), {median:N2} times that of the ")
            + Text($"median window, {half:N2} times the p50"));
        return ratio <= RatioMax;
    }

    /// <summary>What the switch did to the crowd, by its metrics.</summary>
    private void Doings(Phase phase)
    {
        _output.WriteLine($"{phase.Name}:");
        foreach ((string name, double value) in phase.After.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            double grown = value - phase.Before.GetValueOrDefault(name);
            if (grown > 0 && Array.Exists(Doors, door => name.StartsWith(door, StringComparison.Ordinal)))
            {
                _output.WriteLine(Text($"  {grown,6:N0} {name}"));
            }
        }

        _output.WriteLine(
            Text($"  {phase.After["switch_sessions_now"],6:N0} switch_sessions_now, ")
            + Text($"{phase.After["switch_tls_handshakes"]:N0} switch_tls_handshakes at its end"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a phase has shown.</summary>
    private sealed record Phase(
        string Name, PhaseFigures Plain, PhaseFigures Tls, int Newcomers, int Came,
        Dictionary<string, double> Before, Dictionary<string, double> After);
}
