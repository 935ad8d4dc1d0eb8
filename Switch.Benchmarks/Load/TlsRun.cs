using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>load --tls</c>: two switches that differ in TLS alone, by turns in one run. What TLS costs is the difference of
/// their processors' time, at the same rate of payments.
/// </summary>
internal static class TlsRun
{
    // A payment is a request in and out, and a reply in and out.
    private const double MessagesPerPayment = 4;

    public static async Task<int> RunAsync(LoadOptions options, TextWriter output)
    {
        string certificates = Path.Combine(options.Folder, "certificates");
        TlsFiles.Make(certificates);
        using Side plain = await Side.StartAsync(options, "plain", null).ConfigureAwait(false);
        using Side tls = await Side.StartAsync(options, "tls", certificates).ConfigureAwait(false);
        output.WriteLine(LoadTable.Head);
        var phase = new LoadPhase
        {
            Name = "", Ports = [], Connections = options.Connections, Window = options.Window,
            Seconds = options.Seconds,
        };
        var warm = phase with { Name = "warm-up", Seconds = Math.Clamp(options.Seconds, 2, 6) };
        await plain.MeasureAsync(warm).ConfigureAwait(false);
        await tls.MeasureAsync(warm).ConfigureAwait(false);
        var closed = new List<double>();
        var open = new List<double>();
        for (int round = 0; round < options.Rounds; round++)
        {
            closed.Add(await PairAsync(plain, tls, phase, "closed", output).ConfigureAwait(false));
            open.Add(await PairAsync(plain, tls, phase with { Rate = options.Rate }, "open", output)
                .ConfigureAwait(false));
        }

        output.WriteLine();
        Say(output, "closed loop", closed);
        Say(output, $"open loop, {options.Rate} a second", open);
        bool isSound = await plain.CloseAsync(output).ConfigureAwait(false);
        return await tls.CloseAsync(output).ConfigureAwait(false) && isSound ? 0 : 1;
    }

    private static void Say(TextWriter output, string what, List<double> more)
    {
        double median = LoadRun.Median(more);
        string rounds = string.Join(", ", more.Select(
            static one => one.ToString("F2", CultureInfo.InvariantCulture)));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"TLS on both legs, {what}: {median:F2} us of CPU more a payment, {median / MessagesPerPayment:F2} us more "
            + $"a message (rounds: {rounds})"));
    }

    /// <summary>Both, one after the other; the difference in microseconds a payment.</summary>
    private static async Task<double> PairAsync(
        Side plain, Side tls, LoadPhase phase, string name, TextWriter output)
    {
        PhaseFigures without = await plain.MeasureAsync(phase with { Name = $"plain-{name}" }).ConfigureAwait(false);
        output.WriteLine(LoadTable.Line(without));
        PhaseFigures with = await tls.MeasureAsync(phase with { Name = $"tls-{name}" }).ConfigureAwait(false);
        output.WriteLine(LoadTable.Line(with));
        return with.MiddleCpuUs - without.MiddleCpuUs;
    }

    /// <summary>A switch with its issuers and the shim before and behind it.</summary>
    private sealed class Side : IDisposable
    {
        private readonly LoadRig _rig;
        private readonly ChildProcess _shim;
        private readonly int _port;

        private Side(LoadRig rig, ChildProcess shim, int port) => (_rig, _shim, _port) = (rig, shim, port);

        public static async Task<Side> StartAsync(LoadOptions options, string name, string? certificates)
        {
            var rig = new LoadRig(
                Path.Combine(options.Folder, name), options.IssuerDialects, options.Issuers, options.AcquirerDialect);
            SwitchSetup setup = rig.Setup(options.Program, options.Connections);
            ChildProcess shim = ChildProcess.StartSelf(
                [TlsShim.Command, certificates ?? "plain",
                    .. setup.IssuerPorts.Select(static port => port.ToString(CultureInfo.InvariantCulture))]);
            IReadOnlyList<int> ports = shim.ReadPorts();
            await rig.StartSwitchAsync(setup with
            {
                IssuerPorts = [.. ports.Skip(1)],
                Durability = options.Durability,
                Store = options.Store,
                Transport = options.Transport,
                TlsFolder = certificates,
            }).ConfigureAwait(false);
            shim.Order(string.Create(CultureInfo.InvariantCulture, $"to {rig.Switch.Port}"));
            return new Side(rig, shim, ports[0]);
        }

        public Task<PhaseFigures> MeasureAsync(LoadPhase phase) => _rig.ViaAsync(phase, _port);

        public async Task<bool> CloseAsync(TextWriter output)
        {
            (string journal, BookComparison books) = await _rig.CloseBooksAsync().ConfigureAwait(false);
            output.WriteLine($"{_rig.Folder}: journal {journal}, books {(books.Agrees ? "agree" : "differ")}");
            return books.Agrees && journal == "verified";
        }

        public void Dispose()
        {
            _rig.Dispose();
            _shim.Dispose();
        }
    }
}
