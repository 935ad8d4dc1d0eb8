using System.Globalization;

namespace Switch.Host.Configuration;

/// <summary>
/// How a process's descriptors are shared out: connections of acquirers are the part that the world may ask for, and
/// may not touch the rest.
/// </summary>
/// <param name="Limit">What the process may have open.</param>
/// <param name="Acquirers">Connections of all acquirers at most, as configured.</param>
/// <param name="Links">Connections to issuers.</param>
internal readonly record struct DescriptorBudget(int Limit, int Acquirers, int Links)
{
    /// <summary>
    /// For the runtime (about 100 when idle), listeners, the journal's segments, the store's connections, logs, card
    /// files while they are read, and connections that are being refused.
    /// </summary>
    public const int Reserve = 256;

    /// <summary>Connections to the admin listener.</summary>
    public const int Admin = 128;

    /// <summary>What the configuration may need.</summary>
    public long Needed => (long)Acquirers + Links + Admin + Reserve;

    /// <summary>Descriptors that are never given to an acquirer.</summary>
    public int KeptBack => Links + Admin + Reserve;

    /// <summary>Acquirers' connections open at once, those that are being refused included.</summary>
    public int ConnectionsMax => Limit == int.MaxValue ? int.MaxValue : Math.Max(1, Limit - KeptBack);

    /// <summary>The highest descriptor after which acquirers' connections are still accepted.</summary>
    public int DescriptorMax => Limit == int.MaxValue ? int.MaxValue : Limit - (Reserve / 2);

    public static DescriptorBudget Of(SwitchOptions options, int limit) => new(
        limit,
        options.Acquirers.Sum(static acquirer => acquirer.MaxConnections),
        options.Issuers.Sum(static issuer => Math.Max(issuer.Endpoints.Count, 1) * issuer.Connections));

    /// <exception cref="ConfigurationException">The limit does not suffice; with the arithmetic.</exception>
    public static DescriptorBudget Require(SwitchOptions options, int limit)
    {
        var errors = new ConfigurationErrors();
        DescriptorBudget budget = Of(options, limit);
        budget.Validate(errors);
        errors.ThrowIfAny();
        return budget;
    }

    /// <summary>Adds a mistake, with the arithmetic, when the limit does not suffice.</summary>
    public void Validate(ConfigurationErrors errors) => errors.Require(
        Needed <= Limit,
        $"{ConfigurationValidator.Root}:Acquirers",
        string.Create(
            CultureInfo.InvariantCulture,
            $"may take {Acquirers} connections (the sum of MaxConnections). With {Links} to issuers, {Admin} for the "
            + $"admin listener and {Reserve} for journal, store, logs and the runtime that is {Needed} open files; "
            + $"this process may have {Limit}. Raise the limit (ulimit -n, LimitNOFILE=) or lower MaxConnections to "
            + $"{Math.Max(0, Limit - KeptBack)} in all."));
}
