using System.Diagnostics;
using System.Globalization;
using Switch.Host.Configuration;
using Switch.Host.Security.Keys;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>load --key-exchange</c>: an acquirer with PINs and MACs changes its keys by 0800 under load; the switch is killed
/// in the middle of an exchange and started again; old keys are sent once more. Exit code 1: a payment was declined for
/// a key, a partner's key did not work after a start, or an old key was taken.
/// </summary>
internal sealed class KeyExchangeRun : IAsyncDisposable
{
    private const int KillsMax = 8;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    private readonly LoadOptions _options;
    private readonly TextWriter _output;
    private readonly SecureWorld _world;
    private readonly SwitchSetup _setup;
    private readonly Dictionary<char, List<byte[]>> _keys;
    private readonly List<string> _faults = [];
    private SwitchProcess? _switch;

    private KeyExchangeRun(LoadOptions options, TextWriter output)
    {
        _options = options;
        _output = output;
        _world = SecureWorld.ForSoftware(options.Folder, Deadline);
        _keys = new() { ['P'] = [_world.FirstKey('P')], ['M'] = [_world.FirstKey('M')] };
        _setup = _world.AddTo(
            new SwitchSetup
            {
                Folder = options.Folder, Program = options.Program, IssuerPorts = [], IssuerDialects = [],
                Durability = options.Durability, TimeoutSeconds = 2,
                Environment = new Dictionary<string, string> { ["DOTNET_ENVIRONMENT"] = "Development" },
            },
            new Dictionary<string, object>
            {
                ["Module"] = $"{SecurityModuleKind.Software}", ["Timeout"] = "00:00:01",
                ["MasterKey"] = $"file:{Path.Combine(options.Folder, PartyKeys.MasterFile)}",
            });
    }

    private double Rate => Math.Min(_options.Rate, 1_000);

    private AcquirerSimulator Acquirer => _world.Acquirer;

    public static async Task<int> RunAsync(LoadOptions options, TextWriter output)
    {
        var run = new KeyExchangeRun(options, output);
        await using (run.ConfigureAwait(false))
        {
            return await run.RunAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync().ConfigureAwait(false);
        _switch?.Dispose();
    }

    private async Task<int> RunAsync()
    {
        _switch = await SwitchProcess.StartAsync(_setup).ConfigureAwait(false);
        await _world.StartAcquirerAsync(Rate, pinShare: 0.5).ConfigureAwait(false);
        await WarmUpAsync().ConfigureAwait(false);
        await SendAsync("no exchange", TimeSpan.FromSeconds(_options.Seconds), static () => Task.CompletedTask)
            .ConfigureAwait(false);
        await SendAsync("exchanges", TimeSpan.FromSeconds(_options.Seconds), ExchangeManyAsync).ConfigureAwait(false);
        await CheckMetricsAsync().ConfigureAwait(false);
        await KillManyAsync().ConfigureAwait(false);
        await ReplayAsync().ConfigureAwait(false);
        await SendAsync("afterwards", TimeSpan.FromSeconds(2), static () => Task.CompletedTask).ConfigureAwait(false);
        await CheckMetricsAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        foreach (string fault in _faults)
        {
            _output.WriteLine($"FAULT: {fault}");
        }

        _output.WriteLine(_faults.Count == 0 ? "\nIt holds." : "\nIt does not hold.");
        return _faults.Count == 0 ? 0 : 1;
    }

    /// <summary>Until the just-in-time compiler has seen what is hot, here and in the switch.</summary>
    private async Task WarmUpAsync()
    {
        for (int second = 0; second < 5; second++)
        {
            await Acquirer.RunAsync(TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
            await Acquirer.DrainAsync(Deadline * 2).ConfigureAwait(false);
        }
    }

    /// <summary>Load, with something beside it; every payment must be approved.</summary>
    private async Task SendAsync(string name, TimeSpan time, Func<Task> beside)
    {
        int first = Acquirer.Read(static desk => desk.Transactions.Count);
        Task sending = Acquirer.RunAsync(time, CancellationToken.None);
        await beside().ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        bool isDrained = await Acquirer.DrainAsync(Deadline * 2).ConfigureAwait(false);
        TimedAnswer[] answers = Acquirer.Read(desk => TimedAnswer.Of(desk, first));
        string codes = CodesOf(answers);
        double[] times = [.. answers.Where(static one => one.Took is not null).Select(static one => one.Took!.Value)];
        Array.Sort(times);
        _output.WriteLine(
            Text($"{name}: {answers.Length:N0} payments, {answers.Count(static one => one.HasPin):N0} with a PIN; ")
            + Text($"p50 {At(times, 0.5):N1} ms, p99 {At(times, 0.99):N1} ms; codes {codes}"));
        Require(isDrained, $"{name}: something was not settled");
        Require(answers.All(static one => one.Code == "00"), $"{name}: declined or unanswered: {codes}");
    }

    private async Task ExchangeManyAsync()
    {
        var times = new List<double>();
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < _options.Seconds - 1)
        {
            char kind = times.Count % 2 == 0 ? 'M' : 'P';
            byte[] key = PartyKeys.NewKey();
            long sent = Stopwatch.GetTimestamp();
            string? code = await Acquirer.ExchangeAsync(kind, _world.Zone, key, Deadline).ConfigureAwait(false);
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            Require(code == "00", $"an exchange was answered {code ?? "not at all"}");
            _keys[kind].Add(key);
            await Task.Delay(Between).ConfigureAwait(false);
        }

        times.Sort();
        _output.WriteLine(Text($"{times.Count} exchanges: p50 {At([.. times], 0.5):N1} ms, most {times[^1]:N1} ms"));
        Require(times.Count > 1, "there was no time for an exchange of each kind");
    }

    /// <summary>
    /// Soon after the key was sent, and as soon as the key is durable, by turns: until each was seen before the answer
    /// was, or a few times.
    /// </summary>
    private async Task KillManyAsync()
    {
        int before = 0;
        int durable = 0;
        for (int i = 0; i < KillsMax && (before == 0 || durable == 0); i++)
        {
            char kind = i % 2 == 0 ? 'M' : 'P';
            byte[] key = PartyKeys.NewKey();
            int first = Acquirer.Read(static desk => desk.Transactions.Count);
            Task sending = Acquirer.RunAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            int generation = GenerationOf(kind);
            Task<string?> exchange = Acquirer.ExchangeAsync(kind, _world.Zone, key, Patience);
            if (before <= durable)
            {
                Rest(milliseconds: i + 1);
            }
            else
            {
                WatchStore(exchange);
            }

            _switch!.Kill();
            bool isDurable = GenerationOf(kind) > generation;
            _switch = await SwitchProcess.StartAsync(_setup).ConfigureAwait(false);
            string? code = await exchange.ConfigureAwait(false);
            string when = code is not null ? "answered before" : isDurable ? "durable, not answered" : "not durable";
            before += code is null && !isDurable ? 1 : 0;
            durable += code is null && isDurable ? 1 : 0;
            code = await AgainAsync(kind, key, code).ConfigureAwait(false);
            _keys[kind].Add(key);
            await sending.ConfigureAwait(false);
            bool isDrained = await Acquirer.DrainAsync(Deadline * 3).ConfigureAwait(false);
            TimedAnswer[] answers = Acquirer.Read(desk => TimedAnswer.Of(desk, first));
            string[] byKeys = ["63", "81", "86", "96"];
            _output.WriteLine(
                $"kill -9 while a key {kind} is exchanged: {when}; "
                + Text($"ready again in {_switch.StartTime.TotalMilliseconds:N0} ms, sent again: {code}; ")
                + $"codes {CodesOf(answers)}");
            Require(code == "00", $"after a start the key {kind} was answered {code ?? "not at all"}");
            Require(isDrained, "after a start something was not settled");
            bool isForKey = answers.Any(one => byKeys.Contains(one.Code));
            Require(!isForKey, $"a payment was declined for a key: {CodesOf(answers)}");
        }

        _output.WriteLine($"killed before the key was durable: {before}; durable and not answered: {durable}");
        Require(before + durable > 0, "no kill was in the middle of an exchange");
    }

    /// <summary>An acquirer that heard nothing sends the same key again.</summary>
    private async Task<string?> AgainAsync(char kind, byte[] key, string? code)
    {
        for (int i = 0; i < 5 && code is null; i++)
        {
            code = await Acquirer.ExchangeAsync(kind, _world.Zone, key, Patience).ConfigureAwait(false);
            if (code is null)
            {
                await Task.Delay(Between).ConfigureAwait(false); // Not connected yet.
            }
        }

        return code;
    }

    private async Task ReplayAsync()
    {
        foreach ((char kind, List<byte[]> keys) in _keys)
        {
            int generation = GenerationOf(kind);
            foreach (byte[] old in (byte[][])[keys[0], keys[^2]])
            {
                string? code = await Acquirer.ExchangeAsync(kind, _world.Zone, old, Deadline).ConfigureAwait(false);
                Require(code == "94", $"an old key {kind} was answered {code ?? "not at all"}");
            }

            Require(GenerationOf(kind) == generation, $"an old key {kind} was taken");
            _output.WriteLine($"replayed old keys {kind}: the first and the former of {keys.Count}, both refused");
        }
    }

    private async Task CheckMetricsAsync()
    {
        Dictionary<string, double> metrics = await _switch!.MetricsAsync().ConfigureAwait(false);
        string[] names =
        [
            "switch_macs_wrong_total", "switch_macs_missing_total", "switch_macs_unavailable_total",
            "switch_macs_not_sealed_total", "switch_pins_unreadable_total", "switch_pins_failed_total",
        ];
        foreach (string name in names)
        {
            Require(metrics[name] == 0, Text($"{name} is {metrics[name]}"));
        }

        _output.WriteLine(
            Text($"MACs verified {metrics["switch_macs_verified_total"]:N0}, ")
            + Text($"of them by a former key {metrics["switch_macs_former_key_total"]:N0}; ")
            + Text($"sealed {metrics["switch_macs_sealed_total"]:N0}; ")
            + Text($"PINs translated {metrics["switch_pins_translated_total"]:N0}; wrong, unreadable or failed 0"));
    }

    private async Task CloseAsync()
    {
        await _switch!.WaitForOwedAsync().ConfigureAwait(false);
        _switch.Stop();
        string journal = _switch.VerifyJournal();
        bool agree = _world.CompareBooks().Agrees;
        long right = _world.Sum(static counters => counters.PinsRight);
        long wrong = _world.Sum(static counters => counters.PinsWrong + counters.PinsUnreadable);
        IReadOnlyList<string> mistakes = _world.Mistakes();
        _output.WriteLine(
            Text($"PINs read right {right:N0}, wrong {wrong:N0}; mistakes seen by the partners {mistakes.Count}; ")
            + $"journal {journal}; books {(agree ? "agree" : "differ")}");
        Require(agree && journal == "verified", "the books");
        Require(wrong == 0 && right > 0, "PINs were read wrong, or none was read");
        Require(mistakes.Count == 0, string.Join("; ", mistakes.Take(5)));
    }

    /// <summary>Which key of its name the store on the disk has.</summary>
    private int GenerationOf(char kind) =>
        KeyStoreFile.Read(Path.Combine(_options.Folder, PartyKeys.StoreFile))
            .Find(kind == 'P' ? PartyKeys.PinKeyOf(SecureWorld.Name) : PartyKeys.MacKeyOf(SecureWorld.Name))!
            .Current.Number;

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add(otherwise);
        }
    }

    /// <summary>Until another file is in the place of the key store, or there is an answer.</summary>
    private void WatchStore(Task exchange)
    {
        string file = Path.Combine(_options.Folder, PartyKeys.StoreFile);
        DateTime before = File.GetLastWriteTimeUtc(file);
        while (File.GetLastWriteTimeUtc(file) == before && !exchange.IsCompleted)
        {
            Thread.Yield();
        }
    }

    // Shorter than a timer can.
    private static void Rest(double milliseconds)
    {
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalMilliseconds < milliseconds)
        {
            Thread.Yield();
        }
    }

    private static string CodesOf(IReadOnlyList<TimedAnswer> answers) => string.Join(", ", answers
        .CountBy(static one => one.Code ?? "none").OrderBy(static pair => pair.Key, StringComparer.Ordinal)
        .Select(static pair => Text($"{pair.Key} {pair.Value:N0}")));

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[(int)((sorted.Length - 1) * share)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
