using Switch.Host.Configuration;
using Switch.Host.Admin;
using Switch.Host.Connections.Tls;
using Switch.Routing.Records;

namespace Switch.Host.Server;

/// <summary>TLS of all partners and security modules: what is said of it at the start, and its reload.</summary>
internal sealed partial class SwitchServer
{
    // In place of a partner's side and name.
    private const string AdminSide = "admin";
    private const string AdminName = "listener";

    private readonly SemaphoreSlim _reloadingTls = new(1);
    private string _tlsTrust;

    /// <summary>Reads the configuration anew, for what of TLS stands in it; null: it is the one of the start.</summary>
    public Func<ConfigurationErrors, SwitchOptions>? ReadAgain { get; init; }

    /// <summary>Partners with TLS.</summary>
    public TlsDoors Doors => _doors;

    /// <summary>
    /// Reads certificates, keys, pins and revocation lists anew and puts all of them into use, or none. Connections go
    /// on, save those whose peers' keys are pinned no longer.
    /// </summary>
    /// <param name="who">Orders it.</param>
    /// <param name="why">The reason.</param>
    /// <param name="audit">What goes into the journal beside; null: a signal ordered it.</param>
    /// <param name="trust">
    /// Whom the switch may believe afterwards, as <see cref="TlsMaterials.Trust"/>; null: whom the files say.
    /// </param>
    /// <returns>Why not; empty when it is done.</returns>
    public async Task<IReadOnlyList<ConfigurationError>> ReloadTlsAsync(
        string who, string why, AuditEntry? audit = null, string? trust = null)
    {
        await _reloadingTls.WaitAsync().ConfigureAwait(false);
        try
        {
            return await AuditedAsync(who, why, audit ?? OfSignal(CommandTable.ReloadTls), () =>
                Task.Run(() => ReplaceTls(who, why, trust))).ConfigureAwait(false);
        }
        finally
        {
            _reloadingTls.Release();
        }
    }

    /// <summary>Whom the switch believes, and would after a reload, as <see cref="TlsMaterials.Trust"/>.</summary>
    public async Task<(string Now, string Then)> TlsTrustAsync()
    {
        TlsMaterials? then = await Task.Run(() => ReadTls(new ConfigurationErrors(), out _)).ConfigureAwait(false);

        // What cannot be read changes nothing: the reload says so.
        string now = Volatile.Read(ref _tlsTrust);
        return (now, then?.Trust ?? now);
    }

    private IReadOnlyList<ConfigurationError> ReplaceTls(string who, string why, string? trust)
    {
        var errors = new ConfigurationErrors();
        TlsMaterials? materials = ReadTls(errors, out SwitchOptions read);
        errors.Require(
            materials is null || errors.Any || trust is null || materials.Trust == trust,
            ConfigurationValidator.Root,
            "trust anchors, pins or names of TLS are not those of the request: another has changed a file since.");
        if (materials is null || errors.Any)
        {
            foreach (ConfigurationError error in errors.All)
            {
                TlsLog.NotReplaced(_logger, error.Path, error.Problem);
            }

            return errors.All;
        }

        long withdrawn = _doors.Replace(materials) + _security.Doors.Replace(materials.Modules);
        TlsLog.Replaced(_logger, who, why, withdrawn);
        Volatile.Write(ref _adminTls, materials.Admin);
        Volatile.Write(ref _tlsTrust, materials.Trust);
        KeepSettings(read);
        return [];
    }

    private IReadOnlyList<TlsStatus> TlsOfPartners => [.. _doors.Status, .. _security.Doors.Status];

    /// <summary>
    /// Every partner and security module; and the admin listener, where it speaks TLS or is spoken to from elsewhere.
    /// </summary>
    private IReadOnlyList<TlsStatus> TlsNow
    {
        get
        {
            bool isExposed = _options.Admin.Listen is { } listen && TlsRules.IsExposed(_options.Admin.Tls, listen);
            return Volatile.Read(ref _adminTls) is { } admin
                ? [
                    .. TlsOfPartners,
                    new TlsStatus(AdminSide, AdminName, IsTls: true)
                    {
                        Certificate = admin.Own.TargetCertificate.Subject,
                        NotAfter = admin.NotAfter,
                        CrlNextUpdate = admin.RevokedUntil,
                        Pins = admin.Pins.Count,
                    },
                ]
                : isExposed
                    ? [.. TlsOfPartners, new TlsStatus(AdminSide, AdminName, IsTls: false) { IsExposed = true }]
                    : TlsOfPartners;
        }
    }

    private void WatchTls()
    {
        foreach (TlsStatus party in TlsOfPartners.Where(static party => party.IsExposed))
        {
            TlsLog.PlainText(_logger, party.Side, party.Name);
        }

        _shared.Heartbeat.Also(new TlsWatch(() => TlsNow, _clock, _logger).OnBeat);
    }

    /// <param name="errors">Takes what is wrong.</param>
    /// <param name="read">What was read of TLS, and nothing else.</param>
    private TlsMaterials? ReadTls(ConfigurationErrors errors, out SwitchOptions read)
    {
        read = new SwitchOptions();
        SwitchOptions now;
        try
        {
            now = ReadAgain?.Invoke(errors) ?? _options;
        }
        catch (ConfigurationException unreadable)
        {
            foreach (ConfigurationError error in unreadable.Errors)
            {
                errors.Add(error.Path, error.Problem);
            }

            return null;
        }

        // Only TLS is taken from it: what else has changed waits for a start.
        read = new SwitchOptions
        {
            Acquirers = [.. _options.Acquirers.Select(one => new AcquirerOptions
            {
                Name = one.Name, Tls = now.Acquirers.Find(other => other.Name == one.Name)?.Tls,
            })],
            Issuers = [.. _options.Issuers.Select(one => new IssuerOptions
            {
                Name = one.Name, Tls = now.Issuers.Find(other => other.Name == one.Name)?.Tls,
            })],
            Security =
            {
                Hsm = [.. _options.Security.Hsm.Select(one => new HsmOptions
                {
                    Endpoint = one.Endpoint,
                    Tls = now.Security.Hsm.Find(other => other.Endpoint == one.Endpoint)?.Tls,
                })],
            },
            Admin = { Tls = now.Admin.Tls },
        };
        TlsMaterials materials = TlsRules.Load(read, errors, _environment);
        for (int i = 0; i < materials.Acquirers.Count && !errors.Any; i++)
        {
            RequireSame(materials.Acquirers[i] is null, _doors.OfAcquirer(i), $"Acquirers:{i}");
        }

        for (int i = 0; i < materials.Issuers.Count && !errors.Any; i++)
        {
            RequireSame(materials.Issuers[i] is null, _doors.OfIssuer(i), $"Issuers:{i}");
        }

        for (int i = 0; i < materials.Modules.Count && !errors.Any; i++)
        {
            RequireSame(materials.Modules[i] is null, _security.Doors.OfModule(i), $"Security:Hsm:{i}");
        }

        errors.Require(
            materials.Admin is null == (_configuration.Tls.Admin is null) || errors.Any,
            $"{ConfigurationValidator.Root}:Admin:Tls", "turns TLS on or off: that needs a restart.");
        return materials;

        void RequireSame(bool isPlain, TlsParty? party, string path) => errors.Require(
            isPlain == party is null, $"{ConfigurationValidator.Root}:{path}:Tls",
            "turns TLS on or off, or its partner has another name: that needs a restart.");
    }
}
