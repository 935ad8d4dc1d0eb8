using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Routing.Settings;

namespace Switch.Host.Server;

/// <summary>The MACs of each partner that has any.</summary>
internal sealed class MacDesk
{
    private readonly PartnerMac?[] _acquirers;
    private readonly PartnerMac?[] _issuers;

    public MacDesk(SwitchOptions options, CoreConfiguration core, SecurityDesk security)
    {
        _acquirers =
        [
            .. options.Acquirers.Select((one, index) => Of(one.Mac, one.Keys, core.Acquirers[index].Dialect, security)),
        ];
        _issuers =
            [.. options.Issuers.Select((one, index) => Of(one.Mac, one.Keys, core.Issuers[index].Dialect, security))];
    }

    public MacCounters Counters { get; } = new();

    /// <summary>Whether any partner has MACs.</summary>
    public bool Any => _acquirers.Concat(_issuers).Any(static one => one is not null);

    /// <summary>The module's status with what was done with MACs.</summary>
    public SecurityModuleStatus AddTo(SecurityModuleStatus status) => status with
    {
        MacsVerified = Counters.Verified,
        MacsByFormerKey = Counters.ByFormerKey,
        MacsSealed = Counters.Sealed,
        MacsNotSealed = Counters.NotSealed,
    };

    /// <summary>Null: it has none.</summary>
    public PartnerMac? OfAcquirer(int acquirer) => _acquirers[acquirer];

    /// <summary>Null: it has none.</summary>
    public PartnerMac? OfIssuer(int issuer) => _issuers[issuer];

    private PartnerMac? Of(MacOptions? mac, ZoneKeyOptions keys, Dialect dialect, SecurityDesk security) => mac is null
        ? null
        : new PartnerMac(
            MacRules.PolicyOf(mac), dialect, keys.Zak!, () => security.Keys, security.FormerOf, security.Module!,
            Counters);
}
