using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>load --crowd</c>: what good sessions notice of connections that want nothing but to be there. Two acquirers, one
/// with TLS and one in plain text, have a steady load beside handshakes that stop half-way through their first record,
/// beside some that stop after it, and beside frames that come byte by byte, each between two phases alone. Meanwhile
/// one with a good certificate comes twice a second, from an address of its own and from one of the crowd's by turns.
/// The switch has a processor of its own, and the crowd gives way to the others on theirs: so what is measured is what
/// the crowd costs the switch, and not what it costs its own machine.
/// </summary>
internal sealed class CrowdRun : IDisposable
{
    /// <summary>What the p99 of a good session may be, divided by the mean of the phases before and after.</summary>
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
        (string Name, string Order)[] crowds =
        [
            (Text($"{HandshakeCount:N0} half records"), Text($"{Crowd.Halves} {_tlsPort} {HandshakeCount}")),
            (Text($"{HandshakeCount:N0} hellos"), Text($"{Crowd.Hellos} {_tlsPort} {HandshakeCount}")),
            (Text($"{DropCount:N0} slow frames"), Text($"{Crowd.Drops} {_rig.Switch.Port} {DropCount}")),
        ];
        _rig.PartProcessors(_shim.Id, _crowd.Id);
        ProcessorPin.Yield(_crowd.Id);

        // Else the first phase is the slowest, and a ratio to it says nothing.
        var warm = new LoadPhase
        {
            Name = "warm-up", Ports = [], Connections = _options.Connections, Seconds = 6,
        };
        await _rig.SwitchAsync(warm).ConfigureAwait(false);
        await _rig.ViaAsync(warm, _shimPort).ConfigureAwait(false);
        foreach ((_, string order) in crowds)
        {
            await MeasureAsync("warm-up", order, 3).ConfigureAwait(false);
        }

        _output.WriteLine(
            "| phase | acquirer | p50 ms | p99 ms | p99 of the median window | windows over 5 ms | unanswered "
            + "| newcomers; from an address of the crowd |");
        _output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        var all = new List<Phase> { await ShowAsync("alone", "none").ConfigureAwait(false) };
        foreach ((string name, string order) in crowds)
        {
            all.Add(await ShowAsync(name, order).ConfigureAwait(false));
            all.Add(await ShowAsync("alone", "none").ConfigureAwait(false));
        }

        _output.WriteLine();
        bool isUnmoved = true;
        for (int i = 1; i < all.Count; i += 2)
        {
            isUnmoved &= Say(all[i], [all[i - 1], all[i + 1]]);
        }

        (string journal, BookComparison books) = await _rig.CloseBooksAsync().ConfigureAwait(false);
        long refused = all.Sum(static phase => phase.Plain.Refused + phase.Tls.Refused);
        bool isOpen = all.All(static phase => phase.Newcomers.All(static newcomers => newcomers.AllCame));
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
        Row(phase, "TLS", phase.Tls, string.Join("; ", phase.Newcomers));
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
        Newcomers[] newcomers = await NewcomersAsync(plain).ConfigureAwait(false);
        var phase = new Phase(
            name, await plain.ConfigureAwait(false), await tls.ConfigureAwait(false), newcomers, before,
            await _rig.Switch.MetricsAsync().ConfigureAwait(false));
        _crowd.Order("none");
        return phase;
    }

    // By turns from an address of its own, which many others have too, and from one of the crowd's.
    private async Task<Newcomers[]> NewcomersAsync(Task until)
    {
        Newcomers[] newcomers = [new([]), new([])];
        for (int turn = 0;
            await Task.WhenAny(until, Task.Delay(BetweenNewcomers)).ConfigureAwait(false) != until;
            turn++)
        {
            long start = Stopwatch.GetTimestamp();
            bool isIn = await ComesInAsync(turn % 2 == 0 ? IPAddress.Loopback : Crowd.Address).ConfigureAwait(false);
            newcomers[turn % 2].Times.Add(isIn ? Stopwatch.GetElapsedTime(start).TotalMilliseconds : null);
        }

        return newcomers;
    }

    private async Task<bool> ComesInAsync(IPAddress from)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
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

    private bool Say(Phase beside, Phase[] alone)
    {
        bool isUnmoved =
            SayOne($"{beside.Name}, plain", beside.Plain, [.. alone.Select(static phase => phase.Plain)])
            & SayOne($"{beside.Name}, TLS", beside.Tls, [.. alone.Select(static phase => phase.Tls)]);
        Doings(beside);
        return isUnmoved;
    }

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
            + Text($"{phase.After.GetValueOrDefault("switch_tls_hellos"):N0} switch_tls_hellos, ")
            + Text($"{phase.After["switch_tls_handshakes"]:N0} switch_tls_handshakes at its end"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a phase has shown.</summary>
    private sealed record Phase(
        string Name, PhaseFigures Plain, PhaseFigures Tls, Newcomers[] Newcomers, Dictionary<string, double> Before,
        Dictionary<string, double> After);

    /// <summary>Those that came in a phase from one address.</summary>
    /// <param name="Times">Milliseconds of each until it was in; null: it was kept out.</param>
    private sealed record Newcomers(List<double?> Times)
    {
        public bool AllCame => Times.TrueForAll(static time => time is not null);

        public override string ToString() =>
            Text($"{Times.Count(static time => time is not null)} of {Times.Count}, at most {Times.Max():N0} ms");
    }
}
