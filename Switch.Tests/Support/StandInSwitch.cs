using Switch.Host.Configuration;
using Switch.Host.Simulators;

namespace Switch.Tests.Support;

/// <summary>A switch as a process whose issuers cannot be reached: every answer is stand-in's.</summary>
internal sealed class StandInSwitch : IAsyncDisposable
{
    private readonly ScriptedIssuer _primary = new("iso87-binary", isListening: false);
    private readonly ScriptedIssuer _standby = new("iso87-ascii", isListening: false);

    /// <param name="folder">Of its files.</param>
    /// <param name="keys">What the journal and card tokens are under.</param>
    /// <param name="perCard">What stand-in may approve of one card.</param>
    /// <param name="change">Of any other setting.</param>
    public StandInSwitch(
        string folder, KeyOptions keys, PerCardOptions perCard, Action<SwitchOptions>? change = null)
    {
        SwitchOptions options = ProcessConfiguration.For(_primary.EndPoint, _standby.EndPoint);
        options.Keys = keys;
        options.StandIn["rules"] = new StandInOptions
        {
            Currency = "392",
            PerTransaction = 10_000,
            IssuerExposure = 50_000_000,
            AllowEntryModes = ["05"],
            PerCard = perCard,
        };
        change?.Invoke(options);
        Process = new SwitchProcess(folder, options);
    }

    public SwitchProcess Process { get; }

    /// <summary>Sends requests one after the other on one connection, and returns the response codes.</summary>
    public async Task<string[]> AskAsync(params PlainMessage[] requests)
    {
        await using ScriptedAcquirer acquirer =
            await ScriptedAcquirer.ConnectAsync(Process.EndPoint, Rig.AcquirerDialect);
        var codes = new List<string>();
        foreach (PlainMessage request in requests)
        {
            PlainMessage answer = await acquirer.AskAsync(request);
            codes.Add(answer[39]!);
        }

        return [.. codes];
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await _standby.DisposeAsync();
        await _primary.DisposeAsync();
    }
}
