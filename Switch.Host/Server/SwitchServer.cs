using System.Net;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Switch.Host.Acquirers;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;
using Switch.Host.Core;
using Switch.Host.Issuers;
using Switch.Host.Journal;
using Switch.Host.Stores;
using Switch.Routing.Admission;
using Switch.Routing.Context;
using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Outbox;
using Switch.Routing.Records;

namespace Switch.Host.Server;

/// <summary>
/// The whole switch in one object, as <c>run</c>, <c>demo</c> and the tests start it. Started once, stopped once.
/// </summary>
internal sealed partial class SwitchServer : IAsyncDisposable
{
    // At the end, for the store to take what the journal has; the next start brings the rest.
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(2);

    private readonly SwitchOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly CompiledConfiguration _configuration;
    private readonly SwitchClock _clock;
    private readonly EdgeMeters _meters = new();
    private readonly Inbox _inbox;
    private readonly CoreLine _line;
    private readonly Outbox _outbox;
    private readonly EdgeShared _shared;
    private readonly AuthorizationCore _core;
    private readonly AcquirerServer _acquirers;
    private readonly ITransport _transport;
    private readonly TlsDoors _doors;
    private readonly Link[] _links;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JournalWriter? _journal;
    private JournalKeeper? _keeper;
    private CoreThread? _thread;
    private StoreProjector? _projector;
    private OriginalFinder? _finder;
    private readonly SwitchInstruments _instruments;
    private readonly LatencySamples _latencies;
    private MeterProvider? _metrics;
    private volatile string _notReadyBecause = "the switch is starting";
    private Task? _stopping;
    private readonly Lock _gate = new();
    private readonly ConfigurationEnvironment _environment;
    private readonly CardListDesk _cardLists;
    private readonly SecurityDesk _security;
    private readonly MacDesk _macs;
    private readonly UnreadablePins _unreadablePins;

    /// <exception cref="ConfigurationException">More connections than descriptors.</exception>
    public SwitchServer(CompiledConfiguration configuration, ILoggerFactory loggers, TimeProvider? clock = null)
    {
        SwitchOptions options = configuration.Options;
        _options = options;
        _loggers = loggers;
        _logger = loggers.CreateLogger<SwitchServer>();
        _environment = configuration.Environment;
        _configuration = configuration;
        _clock = new SwitchClock(clock ?? TimeProvider.System);

        _access = NewAccess();
        _tlsTrust = configuration.Tls.Trust;
        _requests = new OpenRequests(_clock.Time, options.Admin.ApprovalTime);
        _security = new SecurityDesk(options, _environment, loggers, _clock.Time, configuration.Tls.Modules);
        _macs = new MacDesk(options, configuration.Core, _security);
        _unreadablePins = new UnreadablePins(
            [.. options.Acquirers.Select(static one => one.Name)], _clock.Time, loggers.CreateLogger<PinTranslator>());

        // Half as much again as requests may fill, for what is never shed.
        int inboxMax = options.Limits.InboxMax;
        AcceptGate gate = NewGate();
        _transport = TransportOf(options.Edge, loggers);
        _transport.OnNoDescriptor = () => gate.OnPaused?.Invoke(gate.Open);
        EventLoop? reactor = (_transport as EpollTransport)?.CoreLoop;
        _doors = new TlsDoors(options, configuration.Tls, _clock, _transport);
        _doors.Transport.OnNoDescriptor = _transport.OnNoDescriptor;

        // TLS has threads of its own, and MACs are made on others: they then come in as often.
        bool isShared = configuration.Tls.Any || _macs.Any;
        GateOwner? owner = isShared ? null : reactor?.Owner;
        int[] weights = [.. options.Acquirers.Select(static acquirer => acquirer.Weight)];
        _inbox = new Inbox(
            inboxMax + (inboxMax / 2), inboxMax / 2, reactor,
            new LineLimits(weights, options.Limits.QueueWaitMax.Ticks), isShared);
        int frameSizeMax = Math.Max(
            options.Acquirers.Max(acquirer => acquirer.MaxFrameSize),
            options.Issuers.Max(issuer => issuer.MaxFrameSize));
        var pool = new MessagePool(options.Limits.PendingMax + inboxMax, frameSizeMax, owner: owner);
        _shared = new EdgeShared(_inbox, pool, _meters, _clock, new Heartbeat(_clock, _transport is EpollTransport))
        {
            Cards = new CardStamps(
                _configuration.Keys.Cards, _configuration.Keys.FormerCards, _configuration.Keys.OldCards),
            Owner = owner,
            AcquirerArrivals = new ArrivalRate(options.Limits.ConnectionsPerSecond),
            IssuerArrivals = new ArrivalRate(options.Limits.ConnectionsPerSecond),
            Seals = _macs.Any ? new SealDesk(
                _inbox, _clock, options.Security.Timeout, loggers.CreateLogger<SealDesk>()) : null,
            Trace = new RefusalTrace(_clock, _meters, loggers.CreateLogger<RefusalTrace>()),
        };
        _line = new CoreLine(_inbox, weights, inboxMax + (inboxMax / 2), _shared.Turns);

        var cards = new CardListParts(
            options, _configuration.Core.StandInProfiles, _configuration.Keys.Cards, _environment, ExecuteAsync, _clock,
            _logger);
        _cardLists = new CardListDesk(cards);
        var names = new SwitchNames(
            [.. options.Acquirers.Select(acquirer => acquirer.Name)],
            [.. options.Issuers.Select(issuer => issuer.Name)],
            [.. _configuration.Links.Select(NameOf)])
        {
            Profiles = cards.Files,
            Routes = [.. options.Routes.Select(route => route.Prefix)],
            Velocity = _configuration.Core.Velocity.Rules,
        };
        var incidents = new IncidentReporter(loggers.CreateLogger<AuthorizationCore>(), names, _meters, _clock);
        _shared.Heartbeat.Also(incidents.OnBeat);
        _shared.Heartbeat.Also(_doors.OnBeat);
        WatchTls();
        _outbox = new Outbox(pool, _meters, incidents, _configuration.Links.Count, new SendLimits());
        _instruments = new SwitchInstruments(Status);
        _latencies = new LatencySamples(_clock, _meters, new LatencyHistograms(
            _instruments.Meter, options.Acquirers.Select(one => one.Name), options.Issuers.Select(one => one.Name)));
        _shared.Heartbeat.AlsoOften(_latencies.OnBeat);
        _core = new AuthorizationCore(
            _configuration.Core, new MeasuredEffects(_outbox, _latencies, AcquirerOf),
            BacklogFile.Of(_configuration.Journal.Path, _logger));
        _acquirers = ServerOf(options, gate);
        ILogger<Link> linkLogger = loggers.CreateLogger<Link>();
        _links = [
            .. _configuration.Links.Where(static link => !link.IsInbound).Select(link => LinkOf(link, linkLogger)),
        ];
    }

    /// <summary>What a person says should the journal be missing or older. Before <see cref="StartAsync"/>.</summary>
    public JournalOrders JournalOrders { get; init; } = new();

    /// <summary>Where each acquirer is listened for, by name: real ports, once started.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> AcquirerEndPoints => _acquirers.EndPoints;

    /// <summary>Where each issuer that connects is waited for, as "Issuer NAME": real ports, once started.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> IssuerEndPoints => _acquirers.OtherEndPoints;

    /// <summary>The core's counters, as of its last batch.</summary>
    public CoreCounters Counters => _thread?.Counters ?? default;

    public EdgeCounters EdgeCounters => _meters.Read() with
    {
        InboxNow = _inbox.Count,
        MessagesLentNow = _shared.Pool.Lent,
    };

    /// <summary>True while new requests are taken and can be made durable.</summary>
    public bool IsReady => _notReadyBecause.Length == 0;

    /// <summary>Why not; empty when ready.</summary>
    public string NotReadyBecause => _notReadyBecause;

    /// <summary>
    /// Ends when the switch has been stopped. Faults, with a <see cref="JournalException"/> or with the core's defect,
    /// when it cannot go on: the process must end, and its next start recovers.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>
    /// True when the link's issuer has accepted its sign-on. Links in the order of <see cref="Links"/>.
    /// </summary>
    public bool IsLinkReady(int link) => _thread?.IsLinkReady(link) ?? false;

    /// <summary>
    /// Grows from one look to the next while the core works, and each thread that reads sockets, also when there is
    /// nothing to do: timers move. What stands still is stuck.
    /// </summary>
    public long CoreRounds
    {
        get
        {
            long rounds = _thread?.Rounds ?? 0;
            return _doors.CommonRounds(_transport is EpollTransport epoll ? epoll.CommonRounds(rounds) : rounds);
        }
    }

    /// <summary>Every outbound connection; a link's id is its position.</summary>
    public IReadOnlyList<LinkSettings> Links => _configuration.Links;

    /// <summary>The security module and partners' keys.</summary>
    public SecurityDesk Security => _security;

    /// <summary>Everything that may be shown to people, as of now.</summary>
    public SwitchStatus Status() => new()
    {
        Node = _options.Node.Name,
        IsReady = IsReady,
        NotReadyBecause = NotReadyBecause,
        Core = Counters,
        Edge = EdgeCounters,
        JournalDurableLsn = _journal?.DurableLsn ?? 0,
        JournalHasFailed = _journal?.HasFailed ?? false,
        Journal = _journal?.Counters ?? default,
        JournalFreeBytes = _journal?.FreeBytes ?? 0,
        IsJournalSpaceLow = _journal?.IsSpaceLow ?? false,
        Keeper = _keeper?.Counters ?? default,
        Store = _projector?.Status ?? StoreStatus.Off,
        CardLists = _cardLists.Status,
        Tls = TlsNow,
        TlsHandshakesNow = _doors.HandshakesNow,
        TlsHellosNow = _doors.HellosNow,
        Now = _clock.Time.GetUtcNow().UtcDateTime,
        Acquirers =
        [
            .. AcquirerEndPoints.Select(entry => new AcquirerStatus(entry.Key, entry.Value.ToString())),
            .. _acquirers.Dialed.Select(listener => StatusOf(listener, _options.Acquirers[listener.Index])),
        ],
        Issuers = [.. _options.Issuers.Select((issuer, index) => StatusOf(issuer.Name, index))],
        Velocity = VelocityStatus.Of(_options.Velocity, _thread?.Velocity),
        Security = _macs.AddTo(_security.Status) with { UnreadablePins = _unreadablePins.Counts },
        Admin = _access.Counters with
        {
            RequestsNow = _requests.Count,
            IsNotDual = !_options.Admin.DualControl,
        },
    };

    /// <summary>
    /// Opens the admin listener, recovers from the journal, then opens links, then listeners. Throws when any of it
    /// cannot be.
    /// </summary>
    public async Task StartAsync(CancellationToken ct)
    {
        long started = _clock.Ticks;
        if (_configuration.Keys.DevelopmentFile is { } file)
        {
            CoreLog.DevelopmentKeys(_logger, file);
        }

        await _security.StartAsync(ct).ConfigureAwait(false);
        OpenMetrics();
        await OpenAdminAsync(ct).ConfigureAwait(false);

        // Recovery reads the disk for as long as it takes; the caller's thread may have other things to do.
        long records = await Task.Run(Recover, ct).ConfigureAwait(false);
        _thread!.Start();
        StartStore();
        StartKeeper();
        _ = WatchAsync(_thread);
        foreach (Link link in _links)
        {
            link.Start();
        }

        await _acquirers.StartAsync(ct).ConfigureAwait(false);
        _notReadyBecause = "";
        CoreLog.Started(
            _logger, _options.Node.Name, (double)(_clock.Ticks - started) / TimeSpan.TicksPerMillisecond, records);
    }

    /// <summary>
    /// Has the core do what a person asks. Ends when that is durable; <see cref="CoreCommandOutcome.Unavailable"/> when
    /// it will not be. A list's visitor is called on the core's thread, before this ends.
    /// </summary>
    public async Task<CoreCommandResult> ExecuteAsync(CoreCommand command)
    {
        if (_thread is not { } thread)
        {
            return new CoreCommandResult(CoreCommandOutcome.Unavailable);
        }

        var pending = new PendingCommand(command);
        var item = new InboxEvent { Kind = InboxKind.Command, Rare = pending };
        await _inbox.PushCertainlyAsync(item).ConfigureAwait(false);
        await Task.WhenAny(pending.Completion, thread.Ended).ConfigureAwait(false);
        CoreCommandResult result = pending.Completion.IsCompleted
            ? await pending.Completion.ConfigureAwait(false)
            : new CoreCommandResult(CoreCommandOutcome.Unavailable);
        if (command.Audit is { } entry && result.Outcome == CoreCommandOutcome.Done)
        {
            _trail.Add(new AuditFact(
                result.AuditLsn, _clock.Now.WallMs, command.Who ?? "", command.Why ?? "", entry));
        }

        if (command.Kind == CoreCommandKind.ReconnectIssuer && result.Outcome == CoreCommandOutcome.Done)
        {
            foreach (LinkSettings link in Links.Where(link => link.Issuer == command.Issuer))
            {
                Array.Find(_links, one => one.Id == link.Id)?.ConnectNow(); // An issuer that connects is waited for.
            }
        }

        return result;
    }

    /// <inheritdoc cref="CardListDesk.ReplaceAsync"/>
    public Task<(CoreCommandResult Result, IReadOnlyList<ConfigurationError> Problems)> ReplaceCardListsAsync(
        string? who, string? why, AuditEntry? audit = null) => _cardLists.ReplaceAsync(who, why, audit);

    /// <summary>
    /// Stops accepting, lets what is in flight end for as long as <paramref name="drain"/>, signs off, closes, and
    /// seals the journal. What did not end in time is in the journal, and the next start sees to it.
    /// </summary>
    public Task StopAsync(TimeSpan drain)
    {
        lock (_gate)
        {
            return _stopping ??= StopOnceAsync(drain);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _acquirers.Dispose();
        _doors.Dispose();
        _transport.Dispose();
        _shared.Heartbeat.Dispose();
        _inbox.Dispose();
        _cardLists.Dispose();
        _reloadingTls.Dispose();
        foreach (Link link in _links)
        {
            link.Dispose();
        }

        _instruments.Dispose();
        await _security.DisposeAsync().ConfigureAwait(false);
        _core.ForgetAll();
        _configuration.Keys.ForgetCards();
    }

    /// <summary>Counters are published as they are; what listens reads them when it wants to know.</summary>
    private void OpenMetrics()
    {
        if (_options.Admin.Listen is not null || _options.Metrics.Listen is not null
            || _options.Metrics.Otlp.Endpoint is not null)
        {
            _metrics = MetricsExport.Create(_instruments, _options);
        }
    }

    private long Recover()
    {
        long records = 0;
        JournalSettings journal = _configuration.Journal;
        JournalStart start = JournalStarts.Of(journal, _configuration.Store, JournalOrders, _loggers);
        start.OnReplayed = () => _core.RequireCardKeys(_clock.Now);
        _journal = JournalWriter.Open(
            journal,
            _configuration.Keys.Journal,
            (lsn, type, open, secret) =>
            {
                records++;
                if (AuditFact.Of(lsn, type, open) is { } fact)
                {
                    _trail.Add(fact);
                }

                _core.Recover(lsn, type, open, secret);
            },
            _inbox.Wake,
            _loggers.CreateLogger<JournalWriter>(),
            _core.RestoreState,
            start);
        _core.AssumeEpoch(_journal.Epoch - 1);
        _outbox.Attach(_journal);
        _latencies.OnCommitted(_journal.DurableLsn);
        AttachFinder();
        AttachModule();
        _thread = new CoreThread(
            _core, _inbox, _line, _outbox, _journal, Links.Count, _clock, _loggers.CreateLogger<CoreThread>())
        {
            OnCommitted = _latencies.OnCommitted,
            Cards = _shared.Cards,
            VelocityRules = _options.Velocity.Rules.Count,
            Reactor = (_transport as EpollTransport)?.CoreLoop,
            FromTimeToTime = _shared.Heartbeat.Advance,
        };
        (_transport as EpollTransport)?.DriveByTheWay(() => _shared.Heartbeat.Advance(_clock.Ticks));
        _core.FinishRecovery(_clock.Now);
        if (_core.TokensLostInStoreUntilMs is var until and > 0)
        {
            CoreLog.TokensLostInStore(_logger, DateTimeOffset.FromUnixTimeMilliseconds(until).UtcDateTime);
        }

        if (_core.Counters.OwedNow > _options.Limits.OwedInMemory)
        {
            GC.Collect(); // What laying a backlog down took: payments begin without it.
        }

        _acquirers.Recall(_core, _clock.Ticks);
        return records;
    }

    private int AcquirerOf(int session) => _outbox.SessionOf(session) is Session open ? open.Acquirer : -1;

    private void StartStore()
    {
        if (_configuration.Store is { } store)
        {
            JournalSettings journal = _configuration.Journal;
            _projector = new StoreProjector(new ProjectorParts
            {
                Provider = store.Provider.Name,
                Make = store.Make,
                IsFile = store.Provider.IsFile,
                OpenJournal = () => PosixJournalDisk.OpenToRead(journal.Path),
                Identity = journal.Identity,
                DurableLsn = () => _journal!.DurableLsn,
                Clock = _clock.Time,
                Logger = _loggers.CreateLogger<StoreProjector>(),
            });
            _projector.Start();
            _finder?.Start();
        }
    }

    // Before the core runs: what asks the store when memory does not know.
    private void AttachFinder()
    {
        if (_configuration.Core.LookUp > TimeSpan.Zero)
        {
            _finder = new OriginalFinder(new FinderParts
            {
                Store = _configuration.Store!,
                Node = _options.Node.Name,
                Patience = _configuration.Core.LookUp,
                PositionLsn = () => _projector?.Status.PositionLsn ?? 0,
                Deliver = answer => _inbox.PushCertainlyAsync(
                    new InboxEvent { Kind = InboxKind.LookedUp, Rare = answer }).GetAwaiter().GetResult(),
                Logger = _loggers.CreateLogger<OriginalFinder>(),
            });
            _outbox.AttachStore(_finder.TryAsk);
        }
    }

    // Before the core runs: what enciphers PIN blocks for issuers.
    private void AttachModule()
    {
        if (_security.Module is { } module)
        {
            var translator = new PinTranslator(
                _options, module, _security, _inbox, _unreadablePins, _loggers.CreateLogger<PinTranslator>());
            _outbox.AttachModule(translator.TryAsk);
            var keys = new KeyExchanger(_options, _security, _inbox, _loggers.CreateLogger<KeyExchanger>());
            _outbox.AttachKeys(keys.TryAsk);
            _keySender = new KeySender(_options, _security, _inbox, _loggers.CreateLogger<KeySender>());
        }

        if (_shared.Seals is { } seals)
        {
            _outbox.AttachSeals(seals);
        }
    }

    private void StartKeeper()
    {
        StoreProjector? projector = _projector;

        // Not what it says it has: what it has promised to keep.
        Func<long>? projected = projector is null ? null : () => projector.ConfirmedLsn;
        _keeper = new JournalKeeper(new KeeperParts(
            _configuration.Journal, _configuration.Keys.Journal, _journal!.Dependencies, () => _journal.SealedUpTo,
            () => CheckpointCore.New(_configuration.Core, _configuration.Journal.Path, _logger),
            _journal.SetReplayFrom, projected));
        _keeper.Start();
    }
}
