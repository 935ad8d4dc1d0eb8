using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Cards;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Journal;
using Switch.Routing.Network;
using Switch.Routing.Operations;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Reconciliation;
using Switch.Routing.Records;
using Switch.Routing.Recovery;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Timers;
using Switch.Routing.Transactions;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Routing.Core;

/// <summary>
/// The switch's decisions: a deterministic state machine, called with one event at a time, which acts through
/// <see cref="IEffects"/>. It is called on one thread only, reads no clock and draws no random number; the same
/// configuration and events give the same effects, byte for byte.
/// </summary>
/// <remarks>
/// Order of calls: <see cref="Recover"/> for each record of the journal, <see cref="FinishRecovery"/> once, then
/// events. Before each batch of events <see cref="SetTime"/>; after a release of sends up to a durable position the
/// <see cref="SendFailed"/> of those that found no way, and then <see cref="JournalCommitted"/> with that position.
/// </remarks>
public sealed partial class AuthorizationCore : TimingWheel.IExpiry
{
    private readonly CoreContext _context;
    private readonly TransactionTable _transactions;
    private readonly AnswerWriter _answers;
    private readonly ReplayedAnswers _replays;
    private readonly RequestFlow _requests;
    private readonly LostLinks _lost;
    private readonly AdviceFlow _advices;
    private readonly PendingLookUps _lookUps;
    private readonly ReplyFlow _replies;
    private readonly NetworkManagement _network;
    private readonly AcquirerSignOns _signOns;
    private readonly KeyExchanges _keys;
    private readonly KeyDeliveries _deliveries;
    private readonly SafDelivery _forward;
    private readonly Settlement _settlement;
    private readonly AnswerDoubts _doubts;
    private readonly CoreReplay _recovery;
    private readonly CoreState _state;
    private readonly StandInRules _rules;
    private readonly AdministrativeMessages _administrative;
    private readonly BadMessages _badMessages;
    private readonly FileActions _files;
    private readonly ReconciliationFlow _reconciliation;
    private readonly OperatorCommands _commands;
    private readonly FormerCards _formers;
    private readonly HealthWatch _health;
    private readonly VelocityCheck _velocity;
    private readonly UnverifiedMessages _unverified;
    private long _lastTick;
    private bool _hasTicked;
    private bool _isSignedOff;

    /// <summary>A core that acts through effects, and lays what is too much for memory in the backlog.</summary>
    public AuthorizationCore(CoreConfiguration configuration, IEffects effects, IBacklogStore? backlog = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(effects);
        _context = new CoreContext(configuration, effects);
        _transactions = new TransactionTable(configuration.PendingMax);
        var table = new OwedTable(_context);
        _answers = new AnswerWriter(_context);
        _rules = new StandInRules(_context);
        var ids = new TransactionIds();
        var log = new TransactionLog(_context);
        _reconciliation = new ReconciliationFlow(_context, log, _answers);
        var network = new NetworkAnswers(_context);
        var ownMessages = new NetworkRequests(_context);
        _network = new NetworkManagement(_context, network, ownMessages, _answers, _reconciliation);
        _signOns = new AcquirerSignOns(_context, ownMessages);
        _keys = new KeyExchanges(_context, network, _answers);
        _deliveries = new KeyDeliveries(_context);
        var own = new OwnRequests(_context, _transactions, table);
        _health = new HealthWatch(_context, log, _network.TestNow);
        var pins = new PinDesk(_context);
        var legs = new LegSender(_context, log, own, _health, pins);
        var outcomes = new LegOutcome(_context, _health);
        var messages = new OwedMessages(_context, table, ids);
        var moves = new BacklogMoves(_context, table, backlog);
        _forward = new SafDelivery(_context, table, log, moves, new ParkedMessages(_context));
        _formers = new FormerCards(_context, _forward, log);
        var standIn = new StandInOutcome(_context, messages);
        _velocity = new VelocityCheck(_context);
        _settlement = new Settlement(
            _context, _transactions, log, messages, _forward, standIn, _answers, _velocity, pins);
        _doubts = new AnswerDoubts(_transactions, _settlement);
        _replays = new ReplayedAnswers(_context, log, _answers);
        var repeats = new RepeatedRequests(_context, _transactions, _answers, _settlement, _replays);
        _requests = new RequestFlow(_context, _transactions, table, _answers, legs, _health, outcomes, _rules,
            _settlement, ids, repeats, own, _velocity, pins);
        _unverified = new UnverifiedMessages(_context, _answers, _requests);
        _lost = new LostLinks(_context, _transactions, _requests);
        var originals = new Originals(_context);
        var reversals = new ReversalFlow(
            _context, _transactions, log, messages, _forward, outcomes, _settlement, originals);
        _lookUps = new PendingLookUps(_context, originals, log, ids);
        _advices = new AdviceFlow(
            _context, log, table, messages, _forward, _answers, originals, reversals, _lookUps, own);
        _replies = new ReplyFlow(_context, _transactions, table, _requests, _forward, log, messages, _health);
        _administrative = new AdministrativeMessages(_context, _answers);
        _badMessages = new BadMessages(_context, _answers);
        _files = new FileActions(_context, log, _answers);
        _commands = new OperatorCommands(_context, table, _forward, log, _rules, _velocity);
        _recovery = new CoreReplay(_context, table, _forward, moves, messages, log, ids, _commands, _formers);
        _state = new CoreState(
            _context, _recovery, new OwedSnapshot(_context, table, _forward, moves, _recovery), _formers);
    }

    /// <summary>What was counted since the start. Read it on the core's thread and publish the copy.</summary>
    public CoreCounters Counters
    {
        get
        {
            CoreCounters counters = _context.Counters;
            counters.Pending = _transactions.Count;
            counters.Remembered = _context.Duplicates.Count;
            counters.RememberedEvicted = _context.Duplicates.EvictedCount;
            (counters.FormerCards, counters.RememberedByFormerCard) = (_formers.Count, _formers.RememberedLeft);
            counters.StandInExposure = _context.StandInExposure;
            return counters;
        }
    }

    /// <summary>How many issuers there are.</summary>
    public int IssuerCount => _context.Issuers.Length;

    /// <summary>
    /// Copies what was counted of each issuer, in the order of the configuration, as <see cref="Counters"/> is read.
    /// </summary>
    public void CopyIssuers(Span<IssuerCounters> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = _context.Issuers[i].Count() with { StandInExposure = _context.Ledger.Exposure(i) };
        }
    }

    /// <summary>As above, of each rule of velocity; nothing before the end of recovery.</summary>
    public void CopyVelocity(Span<VelocityCounters> destination) => _velocity.CopyTo(destination);

    /// <summary>After <see cref="BeginShutdown"/>: nothing is pending, no sign-off waits for its answer.</summary>
    public bool IsDrained => _isSignedOff && _transactions.Count == 0 && _lookUps.Count == 0
        && !_network.IsSigningOff() && !_signOns.IsSigningOff();

    /// <summary>Whether a link is signed on and takes traffic.</summary>
    public bool IsLinkReady(int link) => _context.Links[link].State == LinkState.Ready;

    /// <summary>Takes in one record of the journal, in the order of positions, before any event.</summary>
    /// <exception cref="RecordFormatException">The record is not one that this version wrote.</exception>
    public void Recover(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        _recovery.Apply(lsn, type, open, secret);

    /// <summary>
    /// Writes down everything that recovery has rebuilt so far. Between two records of recovery, before it is finished.
    /// </summary>
    public void SaveState(StateSink sink) => _state.Save(sink);

    /// <summary>Takes back one record of what <see cref="SaveState"/> wrote, in that order and first of all.</summary>
    /// <exception cref="RecordFormatException">It does not fit this version or this configuration.</exception>
    public void RestoreState(byte type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        _state.Restore((StateType)type, open, secret);

    /// <summary>
    /// The node has started at least this often before, as more than the replayed records may know: ids are made of
    /// that number, and must never repeat. Before <see cref="FinishRecovery"/>.
    /// </summary>
    public void AssumeEpoch(long epoch) => _recovery.Epoch = Math.Max(_recovery.Epoch, (ulong)Math.Max(epoch, 0));

    /// <summary>Ends recovery: reverses what was sent and not decided, and starts a new epoch of ids.</summary>
    public void FinishRecovery(Instant now)
    {
        RequireCardKeys(now);
        _lastTick = now.Ticks;
        _context.Wheel.Advance(now.Ticks, this);
        _recovery.Finish();
        _velocity.Begin();
    }

    /// <summary>Tells the keys of the newest remembered transactions: see <see cref="RequestKey"/>.</summary>
    /// <param name="countMax">So many at most.</param>
    /// <param name="visit">What is done with each.</param>
    public void VisitRemembered(int countMax, Action<ulong> visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        _context.Duplicates.VisitNewest(countMax, visit);
    }

    /// <summary>The moment of the events that follow. Monotonic time never goes back; the wall clock may.</summary>
    public void SetTime(Instant now) => _context.Now = now;

    /// <summary>
    /// Zeroes the messages that were made since the last time: effects have copied them, and they hold card data. After
    /// each batch of events.
    /// </summary>
    public void ForgetMessages() => _context.Composer.Forget();

    /// <summary>Zeroes every message that this core keeps, as the collector does not. Of no use afterwards.</summary>
    public void ForgetAll()
    {
        ForgetMessages();
        _forward.ForgetMessages();
        _recovery.InDoubt.Clear();
    }

    /// <summary>A message came from an acquirer. The core owns it until it gives it back.</summary>
    /// <param name="mac">What the host knows of its MAC.</param>
    public void AcquirerMessage(int session, int acquirer, Message message, MacState mac = MacState.NotRequired)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!mac.IsTrusted())
        {
            _unverified.FromAcquirer(session, acquirer, message, mac);
            return;
        }

        Mti mti = message.Mti;
        _formers.Meet(message);
        if (message.FieldAtFault() is var atFault and not 0 && (mti.IsRequest || mti.IsAdvice))
        {
            _context.Counters.FormatErrors++;
            _answers.Refuse(
                session, message, ResponseCode.FormatError, atFault, RefusalReason.FieldAgainstDialect);
            return;
        }

        switch (mti)
        {
            case { Class: 1 or 2, IsRequest: true }:
                _requests.Handle(session, acquirer, message);
                break;
            case { Class: 1 or 2, IsAdvice: true } or { Class: 4, IsRequest: true } or { Class: 4, IsAdvice: true }:
                _advices.Handle(session, acquirer, message);
                break;
            case { IsNetworkManagement: true, IsRequest: true } or { IsNetworkManagement: true, IsAdvice: true }:
                if (!_keys.Takes(session, isLink: false, acquirer, message, mac))
                {
                    _network.OnAcquirerRequest(session, acquirer, message);
                    _context.Effects.Return(message);
                }

                break;
            case { Class: 5, IsRequest: true } or { Class: 5, IsAdvice: true }:
                _reconciliation.FromAcquirer(session, acquirer, message);
                break;
            case { Class: 6, IsRequest: true } or { Class: 6, IsAdvice: true }:
                _administrative.FromAcquirer(session, acquirer, message);
                break;
            case { Class: 3, IsRequest: true } or { Class: 3, IsAdvice: true }:
                _answers.Refuse(session, message, ResponseCode.NotSupported); // Card files are the issuers'.
                break;
            case { IsRequest: true } or { IsAdvice: true }:
                _context.Counters.FormatErrors++;
                _answers.Refuse(session, message, ResponseCode.FormatError, reason: RefusalReason.UnknownType);
                break;
            default:
                AcquirerAnswered(session, message);
                break;
        }
    }

    /// <summary>
    /// A frame of an acquirer was no message of its dialect, or one of another edition. Answered with 30 when it asks
    /// for an answer; where not even its type and bitmaps could be read the connection closes.
    /// </summary>
    public void AcquirerFault(int session, int acquirer, Message message, ParseFault fault)
    {
        ArgumentNullException.ThrowIfNull(message);
        _badMessages.FromAcquirer(session, message, fault);
    }

    /// <summary>
    /// As above, from an issuer, of a frame whose type and bitmaps could be read. A reply is dropped: the time-out of
    /// its request applies.
    /// </summary>
    public void IssuerFault(int link, Message message, ParseFault fault)
    {
        ArgumentNullException.ThrowIfNull(message);
        _badMessages.FromIssuer(_context.Links[link], message, fault);
    }

    /// <summary>A message came from an issuer. The core owns it until it gives it back.</summary>
    /// <param name="mac">What the host knows of its MAC.</param>
    public void IssuerMessage(int link, Message message, MacState mac = MacState.NotRequired)
    {
        ArgumentNullException.ThrowIfNull(message);
        LinkRecord record = _context.Links[link];
        if (!mac.IsTrusted())
        {
            _unverified.FromIssuer(record, message, mac);
            _context.Effects.Return(message);
            return;
        }

        record.LastHeard = _context.Now.Ticks;
        Mti mti = message.Mti;
        bool asks = mti.IsRequest || mti.IsAdvice;
        _formers.Meet(message);
        Refusal refusal = default;
        switch (mti.Class)
        {
            case 8 when asks && _keys.Takes(link, isLink: true, record.Issuer, message, mac):
                return;
            case 8 when asks:
                _network.OnIssuerRequest(record, message);
                break;
            case 3 when asks:
                _files.FromIssuer(record, message);
                break;
            case 5 when asks:
                _reconciliation.FromIssuer(record, message);
                break;
            case 6 when asks:
                _administrative.FromIssuer(record, message);
                break;
            case 8 when mti == Mti.NetworkResponse && _deliveries.Takes(record, message, mac):
                break;
            case 8 when mti == Mti.NetworkResponse:
                refusal = _network.OnReply(record, message);
                break;
            default:
                refusal = mti.IsResponse ? _replies.Handle(record, message) : new Refusal(RefusalReason.NotAReply);
                break;
        }

        if (refusal.Reason != RefusalReason.None)
        {
            _context.Counters.UnmatchedReplies++;
            _context.Effects.LinkRefused(link, message, refusal);
            _context.Effects.Raise(Incident.UnmatchedReply, link, message.Mti.Value);
        }

        _context.Effects.Return(message);
    }

    /// <summary>The store has answered what <see cref="IEffects.LookUpOriginal"/> asked.</summary>
    public void LookedUp(LookUpAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _advices.LookedUp(answer);
    }

    /// <summary>The security module has answered what <see cref="IEffects.TranslatePin"/> asked.</summary>
    /// <param name="tag">Of the question.</param>
    /// <param name="block">Under the issuer's key, where it was translated; at most 16 bytes.</param>
    public void PinTranslated(long tag, PinOutcome outcome, ReadOnlySpan<byte> block) =>
        _requests.PinTranslated(new SendTag(tag), outcome, block);

    /// <summary>A link's connection stands.</summary>
    public void LinkUp(int link)
    {
        _lost.Finish(_context.Links[link]);
        _network.Connected(_context.Links[link]);
    }

    /// <summary>A link's connection is lost: what was sent on it may or may not have arrived.</summary>
    public void LinkDown(int link)
    {
        LinkRecord record = _context.Links[link];
        _network.Disconnected(record);
        _forward.OnLinkDown(_context.Issuers[record.Issuer], link);
        _lost.Begin(record);
    }

    /// <summary>Whether there is work that was too much for this turn: the next one is to follow at once.</summary>
    public bool HasMore => _lost.HasMore;

    /// <summary>Once in a turn, before its events: the next part of that work.</summary>
    public void GoOn() => _lost.GoOn();

    /// <summary>Everything up to this position is durable, and the sends that waited for it were released.</summary>
    public void JournalCommitted(long lsn)
    {
        _context.DurableLsn = Math.Max(_context.DurableLsn, lsn);
        _health.Committed(lsn);
        _settlement.Committed(lsn);
        _replays.Committed(lsn);
    }

    /// <summary>The journal cannot write any more: nothing that is not durable may be approved, now or later.</summary>
    public void JournalFailed()
    {
        if (!_context.JournalFailed)
        {
            _context.JournalFailed = true;
            _context.Effects.Raise(Incident.JournalFailed, 0, 0);
            _settlement.JournalFailed();
        }
    }

    /// <summary>
    /// The journal's disk is nearly full, or is not any more. While it is, stand-in approves nothing, so that the room
    /// that is left is for what must be recorded whatever happens: reversals, advices, and what is owed.
    /// </summary>
    public void JournalSpace(bool isLow) => _context.NoteJournalSpace(isLow);

    /// <summary>Time passed: fires deadlines and sends what is owed. At least every 10 ms.</summary>
    public void Tick()
    {
        long elapsed = Math.Max(0, _context.Now.Ticks - _lastTick);
        _lastTick = _context.Now.Ticks;
        if (elapsed >= CoreContext.StallTicks && _hasTicked)
        {
            _health.StoodStill(elapsed); // Before the time-outs that passed meanwhile.
        }

        _hasTicked = true; // Before the first there was nothing to run.

        _context.Wheel.Advance(_context.Now.Ticks, this);
        _context.Duplicates.Expire(_context.SecondNow);
        _context.Ledger.Expire(_context.Now.WallMs);
        _formers.Tick();
        _advices.ExpireLookUps();
        _replays.Tick();
        _keys.Tick();
        _signOns.Tick();
        _deliveries.Tick();
        _health.Tick(elapsed);
        _velocity.Tick();
        _forward.Pump(elapsed);
        if (_context.IsShuttingDown && !_isSignedOff && _transactions.Count == 0)
        {
            _isSignedOff = true;
            _network.SignOffAll();
            _signOns.SignOffAll();
        }
    }

    /// <summary>A person's command; it is not done before <see cref="CoreCommandResult.Lsn"/> is durable.</summary>
    public CoreCommandResult Execute(in CoreCommand command) => _commands.Execute(command);

    /// <summary>Gives a stand-in profile other card lists, which no decision sees half of.</summary>
    /// <param name="profile">Its position in <see cref="CoreConfiguration.StandInProfiles"/>.</param>
    /// <param name="lists">A null list was configured and could not be read: stand-in is off until one is.</param>
    public void ReplaceCardLists(int profile, CardLists lists)
    {
        ArgumentNullException.ThrowIfNull(lists);
        _rules.Replace(profile, lists);
    }

    /// <summary>Stops taking requests (answered 91), lets what is pending end, and signs off everywhere.</summary>
    public void BeginShutdown() => _context.IsShuttingDown = true;

    void TimingWheel.IExpiry.Expired(int id)
    {
        TimerPlan plan = _context.Timers;
        if (id < plan.FirstLink)
        {
            SeatExpired(_transactions[id]);
        }
        else if (id < plan.FirstIssuer)
        {
            _network.OnTimer(_context.Links[id - plan.FirstLink]);
        }
        else if (id >= plan.FirstOwed)
        {
            _forward.OnTimer(id - plan.FirstOwed);
        }
    }

    private void SeatExpired(Transaction transaction)
    {
        switch (transaction.State)
        {
            case TransactionState.AwaitingReply:
                _requests.Expired(transaction);
                break;
            case TransactionState.AwaitingDrain:
                _requests.DrainChecked(transaction);
                break;
            case TransactionState.AwaitingPin:
                _requests.PinExpired(transaction);
                break;
            case TransactionState.Decided:
                _settlement.DeadlinePassed(transaction);
                break;
            case TransactionState.Undelivered:
                _settlement.GraceEnded(transaction);
                break;
        }
    }
}
