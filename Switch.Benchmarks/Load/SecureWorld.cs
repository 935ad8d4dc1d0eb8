using System.Globalization;
using System.Net;
using Switch.Host.Configuration;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Partners with PINs, beside those of the load or alone: an acquirer, a primary issuer and its standby, simulated in
/// this process. Each has keys of its own, so an issuer reads the right PIN only where the switch has enciphered the
/// block for that issuer.
/// </summary>
internal sealed class SecureWorld : IAsyncDisposable
{
    public const string Name = "secure";

    private const string PrimaryName = "secure-a";
    private const string StandbyName = "secure-b";
    private const string Prefix = "5";
    private const string Dialect = "iso87-ascii";

    private readonly int _port = SwitchProcess.FreePort();
    private readonly PartyKeys _keys;
    private readonly MacOptions? _mac;
    private readonly TimeSpan _deadline;
    private AcquirerSimulator? _acquirer;

    private SecureWorld(PartyKeys keys, MacOptions? mac, TimeSpan deadline)
    {
        _keys = keys;
        _mac = mac;
        _deadline = deadline;
        Primary = Issuer(PrimaryName);
        Standby = Issuer(StandbyName);
    }

    public IssuerSimulator Primary { get; }

    public IssuerSimulator Standby { get; }

    public AcquirerSimulator Acquirer =>
        _acquirer ?? throw new InvalidOperationException("The acquirer was not started.");

    /// <summary>The key above the acquirer's, in clear.</summary>
    public byte[] Zone => _keys.Clear(PartyKeys.ZoneKeyOf(Name));

    /// <summary>The key that the acquirer began with, in clear; of PIN blocks (P) or of MACs (M).</summary>
    public byte[] FirstKey(char kind) =>
        _keys.Clear(kind == 'P' ? PartyKeys.PinKeyOf(Name) : PartyKeys.MacKeyOf(Name));

    /// <summary>Starts the issuers, with keys for a simulated hardware module, and without MACs.</summary>
    public static SecureWorld ForHardware(string folder, TimeSpan deadline)
    {
        Directory.CreateDirectory(folder);
        return Start(new SecureWorld(PartyKeys.MakePublic(folder, Parties), mac: null, deadline));
    }

    /// <summary>Starts the issuers, with keys and MACs for the software module.</summary>
    public static SecureWorld ForSoftware(string folder, TimeSpan deadline)
    {
        Directory.CreateDirectory(folder);
        return Start(new SecureWorld(PartyKeys.Make(folder, Parties), new MacOptions(), deadline));
    }

    /// <summary>The switch with these partners.</summary>
    public SwitchSetup AddTo(SwitchSetup setup, Dictionary<string, object> security)
    {
        security["KeyStore"] = Path.Combine(setup.Folder, PartyKeys.StoreFile);
        return setup with
        {
            MoreAcquirers = [AcquirerSettings()],
            MoreIssuers = [IssuerSettings(PrimaryName, Primary), IssuerSettings(StandbyName, Standby)],
            MoreRoutes = [new { Prefix, Primary = PrimaryName, Standby = new[] { StandbyName } }],
            More = new Dictionary<string, object>(setup.More) { ["Security"] = security },
        };
    }

    /// <summary>Connects the acquirer to the switch.</summary>
    public async Task StartAcquirerAsync(double ratePerSecond, double pinShare)
    {
        _acquirer = new AcquirerSimulator(new AcquirerProfile
        {
            Name = Name,
            Target = new IPEndPoint(IPAddress.Loopback, _port),
            Dialect = Dialect,
            RatePerSecond = ratePerSecond,
            Prefixes = [Prefix],
            Timeout = _deadline,
            Pins = new AcquirerPins(_keys.PinOf(Name), pinShare),
            Mac = _mac is null ? null : _keys.MacOf(Name, _mac),
            Mix = new AcquirerMix { Cancelled = 0, Repeated = 0 },
        });
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _acquirer.StartAsync(patience.Token).ConfigureAwait(false);
    }

    /// <summary>One count of both issuers.</summary>
    public long Sum(Func<SimulatedIssuerCounters, long> count) =>
        Primary.Read(ledger => count(ledger.Counters)) + Standby.Read(ledger => count(ledger.Counters));

    /// <summary>What the parties found wrong in the switch's messages.</summary>
    public IReadOnlyList<string> Mistakes() =>
    [
        .. Acquirer.Read(static desk => desk.Counters.ViolationTexts.ToArray()),
        .. Primary.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()),
        .. Standby.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()),
    ];

    public BooksReport CompareBooks() => BooksComparison.Compare(
        Acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
        new[] { Primary, Standby }.SelectMany(
            static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));

    public async ValueTask DisposeAsync()
    {
        if (_acquirer is not null)
        {
            await _acquirer.DisposeAsync().ConfigureAwait(false);
        }

        await Primary.DisposeAsync().ConfigureAwait(false);
        await Standby.DisposeAsync().ConfigureAwait(false);
    }

    private static string[] Parties => [Name, PrimaryName, StandbyName];

    private static SecureWorld Start(SecureWorld world)
    {
        world.Primary.Start();
        world.Standby.Start();
        return world;
    }

    private IssuerSimulator Issuer(string name) => new(new IssuerProfile
    {
        Name = name, Dialect = Dialect, Pin = _keys.PinOf(name),
        Mac = _mac is null ? null : _keys.MacOf(name, _mac),
    });

    private Dictionary<string, object?> AcquirerSettings() => new()
    {
        ["Name"] = Name,
        ["Listen"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}"),
        ["Dialect"] = Dialect,
        ["Deadline"] = Text(_deadline),
        ["Pin"] = "Translate",
        ["Keys"] = new { Zpk = PartyKeys.PinKeyOf(Name), Zak = PartyKeys.MacKeyOf(Name) },
        ["Mac"] = MacSettings(),
        ["KeyExchange"] = new { Under = PartyKeys.ZoneKeyOf(Name) },
    };

    private Dictionary<string, object?> IssuerSettings(string name, IssuerSimulator issuer) => new()
    {
        ["Name"] = name,
        ["Endpoints"] = new[] { issuer.EndPoint.ToString() },
        ["Dialect"] = Dialect,
        ["Timeout"] = Text(_deadline / 3),
        ["Keys"] = new { Zpk = PartyKeys.PinKeyOf(name), Zak = PartyKeys.MacKeyOf(name) },
        ["Mac"] = MacSettings(),
    };

    private object? MacSettings() => _mac is null ? null : new { Algorithm = $"{_mac.Algorithm}" };

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
