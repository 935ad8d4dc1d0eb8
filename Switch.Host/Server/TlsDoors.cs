using System.Text.Json;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;

namespace Switch.Host.Server;

/// <summary>How all partners of a switch are connected: those with TLS, what carries their connections, and those
/// without.</summary>
internal sealed class TlsDoors : IDisposable
{
    private const string AcquirerSide = "acquirer";
    private const string IssuerSide = "issuer";

    private static readonly TlsRefusal[] Causes =
        [.. Enum.GetValues<TlsRefusal>().Where(static one => one != TlsRefusal.None)];

    private readonly SwitchOptions _options;
    private readonly TlsParty?[] _acquirers;
    private readonly TlsParty?[] _issuers;
    private readonly EpollTransport? _own;
    private readonly HandshakeThreads _threads = new();
    private readonly Handshakes _ofIssuers;

    /// <param name="options">Of the switch.</param>
    /// <param name="materials">Loaded.</param>
    /// <param name="clock">Measures handshakes.</param>
    /// <param name="plain">What carries plain text. Its threads may be the core's, where nothing is encrypted.</param>
    public TlsDoors(SwitchOptions options, TlsMaterials materials, SwitchClock clock, ITransport plain)
    {
        _options = options;
        Handshakes = new Handshakes(clock, _threads);
        _ofIssuers = new Handshakes(clock, _threads);
        _acquirers =
            [.. materials.Acquirers.Select((one, index) => Of(options.Acquirers[index].Name, one, Handshakes))];
        _issuers = [.. materials.Issuers.Select((one, index) => Of(options.Issuers[index].Name, one, _ofIssuers))];
        if (materials.Any && plain is EpollTransport)
        {
            _own = new EpollTransport(Math.Max(options.Edge.Reactors, 1), "tls");
        }

        Transport = _own ?? plain;
    }

    /// <summary>Whether any partner speaks TLS.</summary>
    public bool Any => Parties.Any();

    /// <summary>That acquirers have begun.</summary>
    public Handshakes Handshakes { get; }

    /// <summary>Under way, of both sides.</summary>
    public int HandshakesNow => Handshakes.Now + _ofIssuers.Now;

    /// <summary>Connections of both sides whose first record has not come.</summary>
    public int HellosNow => Handshakes.Hellos + _ofIssuers.Hellos;

    /// <summary>Ends handshakes that take too long.</summary>
    public void OnBeat(long now)
    {
        Handshakes.OnBeat(now);
        _ofIssuers.OnBeat(now);
    }

    /// <summary>Of connections with TLS.</summary>
    public ITransport Transport { get; }

    /// <summary>Every partner, acquirers first.</summary>
    public IReadOnlyList<TlsStatus> Status =>
    [
        .. _options.Acquirers.Select((one, i) => StatusOf(
            AcquirerSide, one.Name, _acquirers[i], TlsRules.IsExposed(one.Tls, TlsRules.PlacesOf(one)))),
        .. _options.Issuers.Select((one, i) => StatusOf(
            IssuerSide, one.Name, _issuers[i], TlsRules.IsExposed(one.Tls, TlsRules.PlacesOf(one)))),
    ];

    /// <summary>Null: it speaks plain text.</summary>
    public TlsParty? OfAcquirer(int index) => _acquirers[index];

    /// <inheritdoc cref="OfAcquirer"/>
    public TlsParty? OfIssuer(int index) => _issuers[index];

    /// <inheritdoc cref="EpollTransport.CommonRounds"/>
    public long CommonRounds(long others) => _own?.CommonRounds(others) ?? others;

    /// <summary>All or nothing: new material for the same partners.</summary>
    /// <returns>How many connections were ended for it.</returns>
    public long Replace(TlsMaterials materials) =>
        Replace(_acquirers, materials.Acquirers) + Replace(_issuers, materials.Issuers);

    public void Dispose()
    {
        _own?.Dispose();
        _threads.Dispose();
    }

    private IEnumerable<TlsParty> Parties => _acquirers.Concat(_issuers).OfType<TlsParty>();

    /// <summary>As the other, of these parties.</summary>
    internal static long Replace(TlsParty?[] parties, IReadOnlyList<TlsMaterial?> materials)
    {
        long before = Withdrawn();
        for (int i = 0; i < parties.Length; i++)
        {
            parties[i]?.Replace(materials[i]!);
        }

        return Withdrawn() - before;

        long Withdrawn() => parties.Sum(static party => party?.Withdrawn ?? 0);
    }

    internal static TlsStatus StatusOf(string side, string name, TlsParty? party, bool isExposed) => party is null
        ? new TlsStatus(side, name, IsTls: false) { IsExposed = isExposed }
        : new TlsStatus(side, name, IsTls: true)
        {
            Certificate = party.Material.Own.TargetCertificate.Subject,
            NotAfter = party.Material.NotAfter,
            CrlNextUpdate = party.Material.RevokedUntil,
            Pins = party.Material.Pins.Count,
            Open = party.Open,
            Completed = party.Completed,
            Withdrawn = party.Withdrawn,
            Refused = [.. Causes.Select(cause => new TlsRefusalCount(WordOf(cause), party.Refused(cause)))],
        };

    private static string WordOf(TlsRefusal cause) => JsonNamingPolicy.SnakeCaseLower.ConvertName(cause.ToString());

    /// <summary>Null: plain text.</summary>
    internal static TlsParty? Of(string name, TlsMaterial? material, Handshakes handshakes) =>
        material is null ? null : new TlsParty(name, material, handshakes);
}
