using System.Text.Json;
using Switch.Host.Simulators;

namespace Switch.Host.Commands.Drills;

/// <summary>Asks the node ten times a second how it stands, and keeps the peaks and the first change.</summary>
internal sealed class DrillWatch : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly DrillNode _node;
    private readonly AcquirerSimulator _acquirer;
    private readonly string _issuer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _running;
    private TimeSpan? _faultAt;
    private TimeSpan? _saidAt;
    private string _usual = "";
    private long _exposurePeak;
    private long _owedPeak;

    public DrillWatch(DrillNode node, AcquirerSimulator acquirer, string issuer)
    {
        _node = node;
        _acquirer = acquirer;
        _issuer = issuer;
        _running = RunAsync();
    }

    public long ExposurePeak
    {
        get
        {
            lock (_gate)
            {
                return _exposurePeak;
            }
        }
    }

    public long OwedPeak
    {
        get
        {
            lock (_gate)
            {
                return _owedPeak;
            }
        }
    }

    /// <summary>From the fault to the first look at which the issuer's state was another; null: at none.</summary>
    public TimeSpan? SaidAfter
    {
        get
        {
            lock (_gate)
            {
                return _saidAt - _faultAt;
            }
        }
    }

    /// <summary>What it says from now on is about the fault.</summary>
    public void FaultBegins(TimeSpan at)
    {
        lock (_gate)
        {
            _faultAt = at;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>
    /// What of an issuer's status is a state and no count: words, truths, health, and links that are ready.
    /// </summary>
    public static string StateOf(JsonElement status, string issuer)
    {
        foreach (JsonElement one in status.GetProperty("issuers").EnumerateArray())
        {
            if (one.GetProperty("name").GetString() == issuer)
            {
                return $"{one.GetProperty("linksReady")}{WordsOf(one)}";
            }
        }

        return "";
    }

    private static string WordsOf(JsonElement group) => string.Concat(group.EnumerateObject().Select(
        static one => one.Value.ValueKind switch
        {
            JsonValueKind.Number when one.Name == "health" => $" {one.Name}={one.Value}",
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.String => $" {one.Name}={one.Value}",
            JsonValueKind.Object => WordsOf(one.Value),
            _ => "",
        }));

    private async Task RunAsync()
    {
        using var beat = new PeriodicTimer(Beat);
        try
        {
            while (await beat.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                if (await _node.StatusAsync(_stop.Token).ConfigureAwait(false) is { } status)
                {
                    Look(status, _acquirer.Now);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The drill is over.
        }
    }

    private void Look(JsonElement status, TimeSpan now)
    {
        JsonElement core = status.GetProperty("core");
        string state = StateOf(status, _issuer);
        lock (_gate)
        {
            _exposurePeak = Math.Max(_exposurePeak, core.GetProperty("standInExposure").GetInt64());
            _owedPeak = Math.Max(_owedPeak, core.GetProperty("owedNow").GetInt64());
            if (_faultAt is null)
            {
                _usual = state;
            }
            else if (state != _usual)
            {
                _saidAt ??= now;
            }
        }
    }
}
