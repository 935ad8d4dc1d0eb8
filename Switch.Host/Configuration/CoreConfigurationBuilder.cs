using Switch.Protocol.Dialects;
using Switch.Routing.Journal;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Host.Configuration;

/// <summary>A validated configuration in the form that the switch runs with.</summary>
/// <param name="Core">For the core.</param>
/// <param name="Links">Every outbound connection; a link's id is its position.</param>
/// <param name="Keys">Loaded keys.</param>
/// <param name="Journal">For opening the journal.</param>
/// <param name="Store">For opening the store; null: none is configured.</param>
internal sealed record CompiledConfiguration(
    CoreConfiguration Core, IReadOnlyList<LinkSettings> Links, KeyMaterial Keys, JournalSettings Journal,
    StoreSettings? Store)
{
    /// <summary>What it was compiled from.</summary>
    public required SwitchOptions Options { get; init; }

    /// <summary>Where that applies.</summary>
    public required ConfigurationEnvironment Environment { get; init; }

    /// <summary>Certificates and keys of all partners, loaded.</summary>
    public required TlsMaterials Tls { get; init; }
}

/// <summary>
/// Turns options into what the core, the links and the journal take: names become indexes, texts become values.
/// </summary>
internal static class CoreConfigurationBuilder
{
    // For the ways to the security module and back, and a second look under a key that was exchanged.
    private static readonly TimeSpan PinMargin = TimeSpan.FromMilliseconds(200);

    /// <summary>Validates and compiles.</summary>
    /// <inheritdoc cref="Compile"/>
    public static CompiledConfiguration Build(SwitchOptions options, string? contentRoot) =>
        Build(options, ConfigurationEnvironment.Of(contentRoot));

    /// <inheritdoc cref="Build(SwitchOptions, string?)"/>
    public static CompiledConfiguration Build(SwitchOptions options, ConfigurationEnvironment environment)
    {
        var errors = new ConfigurationErrors();
        ConfigurationValidator.ValidateToCompile(options, errors, environment);
        errors.ThrowIfAny();
        return Compile(options, environment, errors);
    }

    /// <summary>
    /// Loads (or in development makes) the keys, reads the card files, and compiles what
    /// <see cref="ConfigurationValidator.ValidateToCompile"/> accepted.
    /// </summary>
    /// <param name="errors">Those of the validation: none so far.</param>
    /// <exception cref="ConfigurationException">With every mistake found.</exception>
    /// <exception cref="JournalException">The journal's folder cannot be made or written.</exception>
    public static CompiledConfiguration Compile(
        SwitchOptions options, ConfigurationEnvironment environment, ConfigurationErrors errors)
    {
        KeyMaterial keys = LoadKeys(options, environment);
        DialectCatalog catalog = DialectFiles.Load(options, errors, environment);
        IReadOnlyList<LinkSettings> links = LinksOf(options.Issuers);
        string[] profiles = [.. options.StandIn.Keys.Order(StringComparer.Ordinal)];
        var core = new CoreConfiguration
        {
            Node = options.Node.Name,
            Acquirers = [.. options.Acquirers.Select(acquirer => AcquirerOf(acquirer, options, catalog))],
            Issuers = [.. options.Issuers.Select((issuer, index) => IssuerOf(issuer, index, links, catalog) with
            {
                HasPinKey = issuer.Keys.Zpk is not null,
            })],
            PinTime = options.Security.Timeout + PinMargin,
            Routes = new RouteTable([.. options.Routes.Select(route => RouteOf(route, options.Issuers, profiles))]),
            StandInProfiles =
                [.. profiles.Select(name => StandInBuilder.ProfileOf(name, options, keys.Cards, errors, environment))],
            PendingMax = options.Limits.PendingMax,
            DuplicateWindow = options.Duplicates.Window,
            DuplicatesMax = options.Duplicates.MaxEntries,
            OwedMax = options.Limits.OwedMax,
            OwedInMemory = options.Limits.OwedInMemory,
            StandInMax = options.Limits.StandInMax,
            StandInReserve = options.Limits.StandInReserve,
            UndeliveredGrace = options.Limits.UndeliveredGrace,
            NegativeFileName = options.Node.NegativeFileName,
            FileActionsMax = options.Limits.FileActionsMax,
            CutoverOffset = options.Node.CutoverOffset,
            UnmatchedReversals = options.Reversals.Unmatched,
            LookUp = StoreRules.ProviderOf(options.Store) is null ? TimeSpan.Zero : options.Store.LookUp,
            LookUpReach = options.Store.Retention,
            CardKeys = new CardKeys(keys.TokenCheck, keys.OldTokenCheck),
            Velocity = options.Velocity.Compile(options.Acquirers),
            MessageSizeMax = options.Limits.MessageSizeMax,
        };

        TlsMaterials tls = TlsRules.Load(options, errors, environment);

        // Card files are judged here; a dialect may have changed since it was validated a moment ago.
        errors.ThrowIfAny();
        return new CompiledConfiguration(
            core, links, keys, JournalOf(options, keys, environment), StoreSettings.Of(options.Store, environment))
        {
            Options = options,
            Environment = environment,
            Tls = tls,
        };
    }

    // Keys that are made here are the first thing that is written: what prevents that prevents the journal.
    private static KeyMaterial LoadKeys(SwitchOptions options, ConfigurationEnvironment environment)
    {
        try
        {
            return KeyFile.Load(options, environment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string folder = environment.Resolve(options.Journal.Path);
            throw new JournalException($"The journal's folder {folder} cannot be made or written: {e.Message}", e);
        }
    }

    private static LinkSettings[] LinksOf(List<IssuerOptions> issuers)
    {
        var links = new List<LinkSettings>();
        for (int issuer = 0; issuer < issuers.Count; issuer++)
        {
            string? listen = issuers[issuer].Listen;
            foreach (string endpoint in listen is null ? issuers[issuer].Endpoints : [listen])
            {
                if (!HostPort.TryParse(endpoint, out string? host, out int port))
                {
                    throw new InvalidOperationException($"Endpoint '{endpoint}' passed validation but cannot be "
                        + "parsed.");
                }

                for (int connection = 0; connection < issuers[issuer].Connections; connection++)
                {
                    links.Add(new LinkSettings(links.Count, issuer, host, port)
                    {
                        ReconnectMin = issuers[issuer].Reconnect.Min, ReconnectMax = issuers[issuer].Reconnect.Max,
                        IsInbound = listen is not null,
                    });
                }
            }
        }

        return [.. links];
    }

    private static AcquirerSettings AcquirerOf(
        AcquirerOptions acquirer, SwitchOptions options, DialectCatalog catalog)
    {
        Dialect dialect = DialectOf(acquirer.Dialect, catalog);
        return new AcquirerSettings
        {
            Name = acquirer.Name,
            Dialect = dialect,
            Deadline = acquirer.Deadline,
            SealTime = acquirer.Mac is null ? TimeSpan.Zero : options.Security.Timeout,
            SignOnTime = acquirer.SignOn ? acquirer.FirstMessage : TimeSpan.Zero,
            MaxInFlight = acquirer.MaxInFlight,
            Weight = acquirer.Weight,
            ReversalAmount = acquirer.ReversalAmount,
            Pin = new PinSettings
            {
                Handling = acquirer.Pin,
                SharedWith = [.. acquirer.PinSharedWith.Select(
                    name => options.Issuers.FindIndex(issuer => issuer.Name == name))],
                UnreadableCode = acquirer.PinErrorCode,
                SerialNumberField = DukptRules.SerialNumberFieldOf(acquirer, dialect),
            },
            FreshnessBack = acquirer.Freshness.BackWithin(options.Duplicates.Window),
            FreshnessAhead = acquirer.Freshness.Ahead,
        };
    }

    // Long enough that a switch is restarted before the table ends, with a day to spare before its journal began.
    private static LocalClock ClockOf(IssuerOptions issuer)
    {
        if (issuer.TimeZone is { } name)
        {
            return LocalClock.Of(
                TimeZoneInfo.FindSystemTimeZoneById(name), new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
                new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero));
        }

        return ScalarText.TryParseOffset(issuer.UtcOffset, out TimeSpan offset)
            ? LocalClock.Fixed(offset)
            : throw new InvalidOperationException($"Offset '{issuer.UtcOffset}' passed validation but cannot be "
                + "parsed.");
    }

    private static IssuerSettings IssuerOf(
        IssuerOptions issuer, int index, IReadOnlyList<LinkSettings> links, DialectCatalog catalog) => new()
        {
            Name = issuer.Name,
            Dialect = DialectOf(issuer.Dialect, catalog),
            Links = [.. links.Where(link => link.Issuer == index).Select(link => link.Id)],
            Timeout = issuer.Timeout,
            MaxInFlight = issuer.MaxInFlight,
            AdaptInFlight = issuer.AdaptInFlight,
            Clock = ClockOf(issuer),
            LateApprovals = issuer.LateApprovals,
            DrainBeforeOnline = issuer.DrainBeforeOnline,
            UnavailableCode = issuer.UnavailableCode,
            SignOn = issuer.SignOn,
            Echo = issuer.Echo,
            BreakerConsecutiveTimeouts = issuer.Breaker.ConsecutiveTimeouts,
            BreakerCooldown = issuer.Breaker.Cooldown,
            AllowHedge = issuer.AllowHedge,
            Health = issuer.Health.Compile(),
            TechnicalDeclines = [.. issuer.TechnicalDeclines],
            SurelyNotApproved = [.. issuer.SurelyNotApproved],
            Advices = new AdviceSettings
            {
                Window = issuer.Advices.Window,
                RatePerSecond = issuer.Advices.RatePerSecond,
                Order = issuer.Advices.Order,
                RetryMin = issuer.Advices.RetryMin,
                RetryMax = issuer.Advices.RetryMax,
                ParkAfter = issuer.Advices.ParkAfter,
            },
        };

    private static Route RouteOf(RouteOptions route, List<IssuerOptions> issuers, string[] profiles) => new()
    {
        Prefix = route.Prefix,
        Primary = issuers.FindIndex(issuer => issuer.Name == route.Primary),
        Standby = [.. route.Standby.Select(name => issuers.FindIndex(issuer => issuer.Name == name))],
        HedgePercent = route.HedgePercent,
        StandIn = route.StandIn is null ? -1 : Array.IndexOf(profiles, route.StandIn),
    };

    private static JournalSettings JournalOf(
        SwitchOptions options, KeyMaterial keys, ConfigurationEnvironment environment) => new()
        {
            Path = environment.Resolve(options.Journal.Path),
            IdentityFile = JournalSettings.IdentityFileOf(options.Journal, environment),
            Identity = keys.IdentityOf(options.Node),
            Durability = options.Journal.Durability,
            SegmentSize = options.Journal.SegmentSize,
            BatchSize = options.Journal.BufferSize,
            FreeSpaceMin = options.Journal.FreeSpaceMin,
            CheckpointEvery = options.Journal.CheckpointEvery,
            Retention = options.Journal.Retention,
            ScrubEvery = options.Journal.ScrubEvery,
            ScrubBytesPerSecond = options.Journal.ScrubBytesPerSecond,
        };

    private static Dialect DialectOf(string name, DialectCatalog catalog) =>
        catalog.TryGet(name, out Dialect? dialect)
            ? dialect
            : throw new InvalidOperationException($"Dialect '{name}' passed validation but does not exist.");
}
