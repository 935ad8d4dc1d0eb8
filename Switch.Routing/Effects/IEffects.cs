using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Routing.Effects;

/// <summary>
/// Everything the core may do to the world. Called on the core's thread only, from inside an event; every span is
/// copied before the call returns. An answer can leave only through a send that names the journal position which must
/// be durable first: durable-before-visible is the shape of this interface, not a habit (docs/domain.md section 3.1).
/// </summary>
public interface IEffects
{
    /// <summary>Queues a journal record and returns its LSN, which grows by one with each record.</summary>
    /// <param name="type">What the record says.</param>
    /// <param name="open">The part stored as it is. Holds no card number.</param>
    /// <param name="secret">The part that is encrypted before it touches a disk.</param>
    long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret);

    /// <summary>
    /// Queues a message to an acquirer's session, to be released once <paramref name="afterLsn"/> is durable (0: at
    /// once). Returns <see cref="SendTicket.None"/> when it is already certain that not a byte will be sent.
    /// </summary>
    /// <param name="tag">
    /// Comes back in <c>AuthorizationCore.SendFailed</c> when the release finds no way.
    /// </param>
    /// <param name="header">
    /// Of an answer: what the frame of its request asked for (<see cref="Message.ReplyHeader"/>). Empty: the
    /// connection's own.
    /// </param>
    SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default);

    /// <summary>
    /// Sends a message of the switch's own to an acquirer's session, at once: it answers nothing, so no request of the
    /// session ends with it.
    /// </summary>
    SendTicket AskSession(int session, ReadOnlySpan<byte> message) =>
        SendToSession(session, message, afterLsn: 0, tag: 0);

    /// <summary>As <see cref="SendToSession"/>, to one of an issuer's links.</summary>
    SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default);

    /// <summary>Takes a waiting send back: true when it had not been released and now never will be.</summary>
    bool TryCancel(SendTicket ticket);

    /// <summary>Closes an acquirer's connection after what was released to it has been written.</summary>
    void CloseSession(int session, CloseReason why);

    /// <summary>Closes an issuer's connection; the host reconnects by its own back-off.</summary>
    void CloseLink(int link, CloseReason why);

    /// <summary>
    /// Asks the store, away from this thread. The answer comes as an event of its own, or not at all. False when it
    /// will not: there is no store, or too much is asked already.
    /// </summary>
    bool LookUpOriginal(OriginalQuery query) => false;

    /// <summary>
    /// Asks the security module, away from this thread. The answer comes as an event of its own, or not at all. False
    /// when it will not: there is none, or too much is asked already.
    /// </summary>
    bool TranslatePin(in PinQuestion ask) => false;

    /// <summary>
    /// Has a key taken that a partner sent, away from this thread. The answer comes as an event of its own, or not at
    /// all. False when the partner's keys are not exchanged so.
    /// </summary>
    bool ExchangeKey(in KeyQuestion ask) => false;

    /// <summary>An issuer has answered to a key that was sent to it, or has not in time.</summary>
    void KeyAnswered(in KeyReply reply)
    {
    }

    /// <summary>
    /// A message of an acquirer was refused, or is not answered at all. For people alone; may be left out at will.
    /// </summary>
    void SessionRefused(int session, Message message, in Refusal refusal)
    {
    }

    /// <summary>As <see cref="SessionRefused"/>, of an issuer's message.</summary>
    void LinkRefused(int link, Message message, in Refusal refusal)
    {
    }

    /// <summary>
    /// The answer to an acquirer's message goes out next, by <see cref="SendToSession"/>. For measuring alone; may be
    /// left out at will.
    /// </summary>
    void Answering(int session, Message request, long afterLsn)
    {
    }

    /// <summary>
    /// A request to an issuer ended: it was answered, or not in time. For measuring alone; may be left out at will.
    /// </summary>
    /// <param name="ticks">Since it was handed to the issuer's link, in units of 100 ns.</param>
    void IssuerTook(int issuer, long ticks, bool isAnswered)
    {
    }

    /// <summary>An issuer, a link or a route has another state of health. For people alone.</summary>
    void HealthChanged(in HealthChange change)
    {
    }

    /// <summary>A key came to be over a rule of velocity, or is not any more. For people alone.</summary>
    void VelocityChanged(in VelocityChange change)
    {
    }

    /// <summary>Gives an inbound message back to its owner: the core keeps no reference to it.</summary>
    void Return(Message message);

    /// <summary>
    /// Reports a change of state that people should hear of. Never called per message in normal traffic.
    /// </summary>
    /// <param name="subject">
    /// The issuer's or acquirer's index, a link's id or an owed item's id: see the incident.
    /// </param>
    /// <param name="value">A number that goes with it: see the incident.</param>
    void Raise(Incident incident, long subject, long value);
}

/// <summary>Names a queued send for <see cref="IEffects.TryCancel"/>; 0 means it was refused at once.</summary>
public readonly record struct SendTicket(long Value)
{
    /// <summary>Nothing was queued: surely not sent.</summary>
    public static SendTicket None => default;

    public bool IsNone => Value == 0;
}

/// <summary>Why the core wants a connection closed.</summary>
public enum CloseReason : byte
{
    /// <summary>The peer's bytes cannot be answered: its header is not to be trusted.</summary>
    Malformed = 1,

    /// <summary>The peer left an echo test unanswered.</summary>
    EchoUnanswered,

    /// <summary>The peer refused the sign-on, or left it unanswered.</summary>
    SignOnFailed,

    /// <summary>The switch is going down.</summary>
    Shutdown,
}

/// <summary>State changes that the core reports. Names are an interface: alerts match on them.</summary>
public enum Incident : byte
{
    /// <summary>Subject: link. The issuer accepted the sign-on; the link takes traffic.</summary>
    LinkReady = 1,

    /// <summary>Subject: link; value: DE 39 as a number, -1 for silence, -2 for a code that is no number.</summary>
    SignOnRefused,

    /// <summary>Subject: link; value: echo tests in a row that were not answered.</summary>
    EchoUnanswered,

    /// <summary>Subject: issuer; value: time-outs in a row.</summary>
    BreakerOpened,

    /// <summary>Subject: issuer.</summary>
    BreakerClosed,

    /// <summary>Subject: issuer. The issuer signed itself off (0800/002).</summary>
    IssuerSignedOff,

    /// <summary>Subject: issuer.</summary>
    IssuerSignedOn,

    /// <summary>Subject: owed item; value: issuer. Refused too often: a person must look at it.</summary>
    AdviceParked,

    /// <summary>
    /// Subject: the issuer that is owed most; value: what is owed to all. New requests are refused while the bound on
    /// owed messages is reached. Raised when that begins.
    /// </summary>
    AdviceQueueFull,

    /// <summary>Subject: issuer; value: the most that stood in the queue since it ran dry last. It ran dry.</summary>
    AdviceQueueDrained,

    /// <summary>
    /// Subject: transaction; value: DE 39 as a number. The issuer declined late what stand-in had approved.
    /// </summary>
    ApprovedAgainstDecline,

    /// <summary>
    /// Subject: issuer; value: exposure in minor units. Stand-in reached the issuer's exposure limit.
    /// </summary>
    ExposureReached,

    /// <summary>The journal cannot write: from now on nothing is approved.</summary>
    JournalFailed,

    /// <summary>
    /// Subject: link; value: the MTI. A reply matched no request, or did not agree with the request it named.
    /// </summary>
    UnmatchedReply,

    /// <summary>Value: sends in doubt that were reversed at start.</summary>
    RecoveryReversed,

    /// <summary>Subject: acquirer; value: its STAN. Same key, other content: answered 94.</summary>
    DuplicateConflict,

    /// <summary>
    /// Subject: the acquirer, or -1 less the issuer; value: the MTI. An administrative message (06xx) was accepted.
    /// </summary>
    AdministrativeMessage,

    /// <summary>Subject: the acquirer, or -1 less the issuer; value: the settlement date as YYYYMMDD.</summary>
    TotalsDiffer,

    /// <summary>Subject: as above; value: the settlement date that begins, as YYYYMMDD.</summary>
    CutOver,

    /// <summary>Subject: issuer; value: 1 the issuer asked for it, 2 an operator did. What it is owed waits.</summary>
    AdvicesPaused,

    /// <summary>Subject: issuer; value: as above. What it is owed goes on.</summary>
    AdvicesResumed,

    /// <summary>Subject: issuer; value: 1 forced to stand-in by an operator, 0 restored.</summary>
    StandInForced,

    /// <summary>Subject: owed item; value: issuer. An operator wrote a parked message off.</summary>
    OwedWrittenOff,

    /// <summary>
    /// Subject: stand-in profile; value: <c>LostLists</c>. Stand-in is off for it until they can be read.
    /// </summary>
    CardListsLost,

    /// <summary>Subject: stand-in profile; value: entries. Its lists were read anew and apply from now on.</summary>
    CardListsReplaced,

    /// <summary>Value: 1 the journal's disk is nearly full and stand-in is off, 0 there is room again.</summary>
    JournalSpaceLow,

    /// <summary>
    /// Subject: link; value: the MTI as it came. The message is of another edition than the link's dialect: a reply was
    /// dropped, a request answered 30.
    /// </summary>
    WrongEdition,

    /// <summary>
    /// Subject: link; value: the field at fault, 0 where none can be named. The message is not what the link's dialect
    /// says: a reply was dropped, a request answered 30.
    /// </summary>
    BadMessage,

    /// <summary>
    /// Subject: issuer; value: requests that it did not answer in time since this was raised for it last. At the first,
    /// and then every ten seconds at most.
    /// </summary>
    IssuerTimedOut,

    /// <summary>
    /// Subject: issuer; value: acquirer. What was sent to the one came in from the other: the issuer's endpoint leads
    /// back to this switch. It was answered 91.
    /// </summary>
    LoopCut,

    /// <summary>
    /// Subject: acquirer; value: its STAN. A reversal or an advice names a payment of another card, or with another DE
    /// 37. It was taken for one whose original is not known; the payment stays as it is.
    /// </summary>
    OriginalDisagrees,

    /// <summary>
    /// Subject: acquirer; value: its STAN. A reversal bears an amount that its original never had: answered 64.
    /// </summary>
    ReversalAmountDiffers,

    /// <summary>
    /// Subject: the acquirer, or -1 less the issuer; value: a <see cref="MacState"/>. A message was not believed.
    /// </summary>
    MacRefused,

    /// <summary>
    /// Subject: acquirer; value: session. It accepted the switch's sign-on on a connection that the switch made.
    /// </summary>
    AcquirerSignedOn,

    /// <summary>
    /// Subject: acquirer; value: DE 39 as a number, -1 for silence, -2 for a code that is no number. The connection is
    /// closed.
    /// </summary>
    AcquirerSignOnRefused,

    /// <summary>
    /// Value: for so many milliseconds the process did not run. Requests in flight are not held against their issuers.
    /// </summary>
    ProcessStoodStill,
}
