using System.Globalization;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>load --pins</c>: PINs through a simulated hardware module that is healthy, killed, hung, or says 10, 11 or 20,
/// beside payments without a PIN. Exit code 1: an answer came too late, had a code that its phase does not allow, or an
/// issuer read a wrong PIN.
/// </summary>
internal sealed class PinRun : IAsyncDisposable
{
    private const double PinRate = 300;
    private const double PinShare = 0.7;
    private const string Healthy = "healthy";

    /// <summary>Of the acquirer with PINs; an issuer is waited for a third of it.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private readonly LoadOptions _options;
    private readonly TextWriter _output;
    private readonly LoadRig _rig;
    private readonly SecureWorld _world;
    private ChildProcess? _module;
    private string _modulePlace = "127.0.0.1:0";
    private readonly List<(string Phase, LoadWindows Plain, string Cells)> _rows = [];
    private bool _isSound = true;

    private PinRun(LoadOptions options, TextWriter output)
    {
        _options = options;
        _output = output;
        _rig = new LoadRig(options.Folder, options.IssuerDialects, options.Issuers, options.AcquirerDialect);
        _world = SecureWorld.ForHardware(options.Folder, Deadline);
    }

    /// <summary>What the module does, and what a request with a PIN may be answered then.</summary>
    public static IReadOnlyList<PinPhase> Phases { get; } =
    [
        new(Healthy, "healthy", ["00"]),
        new("killed", null, ["96"]),
        new(Healthy, "healthy", ["00"]),
        new("hung", "silent", ["96"]),
        new("error 10", "error 10", ["86"]),
        new("error 11", "error 11", ["91"]), // Neither issuer can be asked, and no stand-in is configured.
        new("error 20", "error 20", ["86"]),
        new("healthy, primary silent", "healthy", ["00"]) { IsPrimarySilent = true },
        new(Healthy, "healthy", ["00"]),
    ];

    public static async Task<int> RunAsync(LoadOptions options, TextWriter output)
    {
        var run = new PinRun(options, output);
        await using (run.ConfigureAwait(false))
        {
            return await run.RunAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync().ConfigureAwait(false);
        _rig.Dispose();
        _module?.Dispose();
    }

    private async Task<int> RunAsync()
    {
        StartModule();
        await _rig.StartSwitchAsync(_world.AddTo(
            _rig.Setup(_options.Program, _options.Connections) with
            {
                Durability = _options.Durability,
                TimeoutSeconds = 2, // The deadline leaves no more.
            },
            new Dictionary<string, object>
            {
                ["Module"] = "HostCommands", ["Hsm"] = new[] { new { Endpoint = _modulePlace } },
            })).ConfigureAwait(false);
        await _world.StartAcquirerAsync(PinRate, PinShare).ConfigureAwait(false);
        await UntilInUseAsync().ConfigureAwait(false);
        await MeasureAsync(Phases[0], isWarmUp: true).ConfigureAwait(false);
        _output.WriteLine(
            Text($"{_options.Rate:N0} payments a second without a PIN; beside them an acquirer that sends ")
            + Text($"{PinRate:N0} a second, {PinShare * 100:N0} % of them with a PIN; {_options.Seconds} s each."));
        foreach (PinPhase phase in Phases)
        {
            await EnterAsync(phase).ConfigureAwait(false);
            await MeasureAsync(phase, isWarmUp: false).ConfigureAwait(false);
        }

        Print();
        return await CloseAsync().ConfigureAwait(false) ? 0 : 1;
    }

    private void Print()
    {
        double healthy = LoadRun.Median(
            [.. _rows.Where(static row => row.Phase == Healthy).Select(static row => row.Plain.P99Us)]);
        _output.WriteLine(
            "\n| the module | without a PIN: p50 us | p99 us | to healthy | p99 us of all | codes | with a PIN: p50 ms "
            + "| p99 ms | max ms | codes | late | PINs read right |");
        _output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach ((string phase, LoadWindows plain, string rest) in _rows)
        {
            _output.WriteLine(
                Text($"| {phase} | {plain.P50Us:N0} | {plain.P99Us:N0} | {plain.P99Us / healthy:N2} ") + rest);
        }
    }

    private async Task<bool> CloseAsync()
    {
        (string journal, BookComparison books) = await _rig.CloseBooksAsync().ConfigureAwait(false);
        bool agree = books.Agrees && _world.CompareBooks().Agrees;
        IReadOnlyList<string> mistakes = _world.Mistakes();
        long wrong = _world.Sum(static counters => counters.PinsWrong + counters.PinsUnreadable);
        _output.WriteLine(
            $"\njournal {journal}, books {(agree ? "agree" : "differ")}; {wrong} PINs read wrong, "
            + $"{mistakes.Count} mistakes seen by the partners");
        foreach (string mistake in mistakes.Take(5))
        {
            _output.WriteLine(mistake);
        }

        return _isSound && agree && journal == "verified" && wrong == 0 && mistakes.Count == 0;
    }

    /// <summary>A module in a process of its own, where the switch looks for it.</summary>
    private void StartModule()
    {
        string own = _options.Program;
        _module = ChildProcess.Start(
            "dotnet", [own, "simulate", "hsm", "--listen", _modulePlace, "--json"], output: null);
        using var line = System.Text.Json.JsonDocument.Parse(_module.ReadLine());
        _modulePlace = line.RootElement.GetProperty("listening").GetString()!;
    }

    private async Task EnterAsync(PinPhase phase)
    {
        if (phase.Order is null)
        {
            _module!.Dispose();
            _module = null;
        }
        else
        {
            bool isNew = _module is null;
            if (isNew)
            {
                StartModule();
            }

            // In use first: what a module does matters only where it is asked.
            _module!.Tell("healthy");
            await UntilInUseAsync().ConfigureAwait(false);
            if (isNew)
            {
                await MeasureAsync(Phases[0], isWarmUp: true).ConfigureAwait(false);
            }

            _module.Tell(phase.Order);
            await Task.Delay(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false); // It reads its orders.
        }

        _world.Primary.Mode = phase.IsPrimarySilent ? IssuerMode.Silent : IssuerMode.Normal;
    }

    private async Task UntilInUseAsync()
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (int i = 0; i < 300; i++)
        {
            Dictionary<string, double> metrics = await _rig.Switch.MetricsAsync().ConfigureAwait(false);
            if (metrics.Any(static one =>
                one.Key.StartsWith("switch_hsm_in_use", StringComparison.Ordinal) && one.Value > 0))
            {
                return;
            }

            await beat.WaitForNextTickAsync().ConfigureAwait(false);
        }

        throw new TimeoutException("The switch did not take the module into use.");
    }

    private async Task MeasureAsync(PinPhase phase, bool isWarmUp)
    {
        int first = _world.Acquirer.Read(static desk => desk.Transactions.Count);
        var codes = new Dictionary<string, long>(_rig.OtherCodes);
        long right = _world.Sum(static counters => counters.PinsRight);

        // A new module is compiled meanwhile, on the processors of all.
        double seconds = isWarmUp ? Math.Max(_options.Seconds, 8) : _options.Seconds;
        Task sending = _world.Acquirer.RunAsync(TimeSpan.FromSeconds(seconds), CancellationToken.None);
        PhaseFigures plain = await _rig.SwitchAsync(new LoadPhase
        {
            Name = phase.Name, Ports = [], Connections = _options.Connections, Rate = _options.Rate, Seconds = seconds,
        }).ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        await _world.Acquirer.DrainAsync(Deadline * 3).ConfigureAwait(false);
        TimedAnswer[] answers = _world.Acquirer.Read(desk => TimedAnswer.Of(desk, first));
        if (isWarmUp)
        {
            return;
        }

        string others = string.Join(", ", _rig.OtherCodes
            .Where(pair => pair.Value > codes.GetValueOrDefault(pair.Key))
            .Select(pair => Text($"{pair.Key} {pair.Value - codes.GetValueOrDefault(pair.Key):N0}")));
        PinJudgement judged = PinJudgement.Of(phase, answers, Deadline);
        _isSound &= judged.IsSound && plain.Unanswered == 0 && others.Length == 0;
        TimedAnswer[] pins = [.. answers.Where(static one => one.HasPin)];
        double[] times = [.. pins.Where(static one => one.Took is not null).Select(static one => one.Took!.Value)];
        Array.Sort(times);
        _rows.Add((
            phase.Name, LoadWindows.Of([plain]),
            Text($"| {plain.P99Us:N0} | {(others.Length == 0 ? "00, 05" : others)} ")
            + Text($"| {At(times, 0.5):N1} | {At(times, 0.99):N1} | {At(times, 1):N1} | {judged.Codes} ")
            + Text($"| {judged.Late + plain.Unanswered} ")
            + Text($"| {_world.Sum(static counters => counters.PinsRight) - right:N0} of {pins.Length:N0} |")
            + (judged.IsSound ? "" : " NOT ALLOWED")));
    }

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[(int)((sorted.Length - 1) * share)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What the module does for a while.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Order">What it is told; null: it is killed.</param>
/// <param name="Codes">What a request with a PIN may be answered.</param>
internal sealed record PinPhase(string Name, string? Order, IReadOnlyList<string> Codes)
{
    /// <summary>The standby is asked, and needs a block under its own key.</summary>
    public bool IsPrimarySilent { get; init; }
}

/// <summary>How one request was answered.</summary>
/// <param name="Code">DE 39; null: not at all.</param>
/// <param name="Took">Milliseconds since it was due.</param>
internal readonly record struct TimedAnswer(bool HasPin, string? Code, double? Took)
{
    /// <summary>Those of an acquirer from one of its transactions on.</summary>
    public static TimedAnswer[] Of(AcquirerDesk desk, int first) =>
    [
        .. desk.Transactions.Skip(first).Select(static one => new TimedAnswer(
            one.PinBlock is not null, one.ResponseCode, (one.AnsweredAt - one.IntendedAt)?.TotalMilliseconds)),
    ];
}

/// <summary>What one phase has shown of requests with and without a PIN of one acquirer.</summary>
/// <param name="Late">Not answered before the deadline.</param>
/// <param name="NotAllowed">Answered with a code that the phase does not allow.</param>
/// <param name="Codes">Of those with a PIN, how often.</param>
internal sealed record PinJudgement(long Late, long NotAllowed, string Codes)
{
    public bool IsSound => Late == 0 && NotAllowed == 0;

    /// <summary>Without a PIN only an approval is allowed: the issuers decline nothing.</summary>
    public static PinJudgement Of(PinPhase phase, IReadOnlyList<TimedAnswer> answers, TimeSpan deadline) => new(
        answers.Count(one => one.Took is null || one.Took > deadline.TotalMilliseconds),
        answers.Count(one => one.Code is not null && !(one.HasPin ? phase.Codes : ["00"]).Contains(one.Code)),
        string.Join(", ", answers.Where(static one => one.HasPin).CountBy(static one => one.Code ?? "none")
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:N0}"))));
}
