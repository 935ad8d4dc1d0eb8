namespace Switch.Host.Simulators.World;

/// <summary>What can go wrong. Names appear in reports.</summary>
internal enum Fault
{
    /// <summary>kill -9: what the system was given stays.</summary>
    Kill,

    /// <summary>Power lost: unsynced sectors stay or go, each by chance.</summary>
    PowerCut,

    /// <summary>Crash at a chosen operation of the journal: before or after a write, a sync, a rename.</summary>
    CrashAtJournalStep,

    /// <summary>Crash while recovering.</summary>
    CrashInRecovery,

    /// <summary>The whole process stands still for a while.</summary>
    Freeze,

    SlowSync,

    /// <summary>A sync fails once, and the disk behaves afterwards as if nothing had been.</summary>
    SyncError,

    DiskFull,

    /// <summary>The node's wall clock jumps.</summary>
    ClockJump,

    /// <summary>A connection is lost, and what was on it with it.</summary>
    SessionCut,
    LinkCut,

    /// <summary>A connection looks open, and one direction or both carry nothing.</summary>
    SessionHalfOpen,
    LinkHalfOpen,

    NetworkSlow,

    /// <summary>A send found its connection's buffer full.</summary>
    SendRefused,

    /// <summary>The issuer leaves some messages unanswered, some of them after doing what they say.</summary>
    IssuerGray,

    /// <summary>The issuer is connected and answers nothing.</summary>
    IssuerSilent,

    /// <summary>No connection to the issuer can be made.</summary>
    IssuerRefuses,

    IssuerFlaps,

    /// <summary>Answers come after the time-out.</summary>
    IssuerSlow,

    /// <summary>Replies with another's STAN, amount, terminal or DE 7, before the right one or in its place.</summary>
    WrongReply,

    /// <summary>The same reply again.</summary>
    DuplicateReply,

    IssuerSignsOff,

    /// <summary>Advices and reversals are refused for now: 91 or 96.</summary>
    IssuerRefusesAdvices,

    /// <summary>One advice is refused for ever: 30.</summary>
    PoisonedAdvice,

    /// <summary>Requests are answered 91: the issuer asks for stand-in.</summary>
    IssuerSays91,

    /// <summary>Bytes that are no message, on a session or a link.</summary>
    Garbage,

    /// <summary>Acquirers send many times as much as usual.</summary>
    Flood,

    /// <summary>A request was answered 96, or a copy of one not at all, because the node's inbox was full.</summary>
    Shed,

    /// <summary>A request came while the edge had more of its acquirer to remember than its table takes.</summary>
    Crowded,

    // Not faults, but what crosses payments.

    /// <summary>An operator forces stand-in, or ends it.</summary>
    OperatorForces,

    /// <summary>An operator holds an issuer's owed messages, or lets them go.</summary>
    OperatorPauses,

    /// <summary>An operator retries, releases or writes off a parked message.</summary>
    OperatorUnparks,

    /// <summary>An operator clears a key that is over a rule of velocity.</summary>
    OperatorClears,

    /// <summary>An issuer changes a card in the negative file.</summary>
    FileAction,

    /// <summary>A party begins the next settlement date.</summary>
    Cutover,

    /// <summary>A reply with all of another payment's data, on another link or from another issuer.</summary>
    BorrowedReply,

    /// <summary>A reply, or a request, of another edition.</summary>
    OtherEdition,

    /// <summary>A reversal that is meant as it is.</summary>
    Reversal,

    /// <summary>A reversal of another card, terminal, DE 37 or amount than its payment's; the right one follows.
    /// </summary>
    ReversalMistaken,

    /// <summary>DE 90 is there and is zeros, or has zeros where it should say something.</summary>
    ReversalZeroFilled,

    /// <summary>DE 90 of zeros, no DE 37, numbers of its own.</summary>
    ReversalNamesNothing,

    /// <summary>What was reversed is reversed again by another message.</summary>
    ReversedAgain,

    /// <summary>A request is sent again after it was reversed, or after the switch has forgotten it.</summary>
    LateCopy,

    /// <summary>A request whose DE 7 is not that of now.</summary>
    StaleRequest,

    /// <summary>A completion that names its hold by zeros, by another card or from another terminal.</summary>
    CompletionMisnames,

    /// <summary>An issuer's approval came after stand-in's, and was reversed before the advice.</summary>
    LateApprovalReversed,

    /// <summary>The node stops, and starts as the version that has other card tokens than the one before.</summary>
    Upgrade,

    /// <summary>The node stops, and starts with another key of card tokens.</summary>
    KeyRotated,

    /// <summary>
    /// It does not start with that key, because something still bears tokens of the one before the last.
    /// </summary>
    KeyRotationRefused,

    /// <summary>A request is answered 96 and was approved all the same.</summary>
    IssuerSays96,

    /// <summary>A request went to the standby too while the primary had it, in the last life of a node.</summary>
    Hedged,

    /// <summary>An issuer, a link or a route has another state of health.</summary>
    HealthChanged,

    /// <summary>A terminal, merchant, BIN or acquirer came to be over a rule of velocity, or is not any more.</summary>
    VelocityChanged,

    /// <summary>A rule of velocity declined a request.</summary>
    DeclinedByVelocity,

    /// <summary>An acquirer without an answer leaves it to the switch to reverse what it could not deliver.</summary>
    LeftToSwitch,

    /// <summary>Few trace numbers are left: an owed message got one that others bear.</summary>
    TraceNumberShared,

    /// <summary>The security module enciphered a PIN block for an issuer, or said why it did not.</summary>
    PinTranslated,

    /// <summary>It was asked for a block under a key of a terminal.</summary>
    TerminalKey,

    /// <summary>The security module takes its time: more than a PIN block may have.</summary>
    HsmSlow,

    HsmSilent,

    /// <summary>It says that the acquirer's block or the issuer's key is no good, or fails.</summary>
    HsmError,

    /// <summary>It has as much to do as it takes.</summary>
    HsmFull,

    /// <summary>More is owed to an issuer than may stay in memory: the rest went to the disk.</summary>
    OwedOnDisk,

    /// <summary>A message that was changed on its way, and has the MAC of what it was.</summary>
    MacWrong,

    /// <summary>A message that no security module could verify.</summary>
    MacUnavailable,

    /// <summary>A message of the node that could get no MAC: not sent.</summary>
    NotSealed,

    /// <summary>As many MACs are in the making as may be.</summary>
    SealsFull,

    /// <summary>A partner sent another zone key, which is in force.</summary>
    KeyExchanged,

    /// <summary>One whose check value is of another key, which is refused.</summary>
    KeyOfOtherCheckValue,

    /// <summary>One that was replaced before, which is refused.</summary>
    KeyReplayed,

    /// <summary>One without a right MAC, of who is not the partner.</summary>
    KeyForged,

    /// <summary>The security module or the disk failed: the key of before stays, and the partner sends it again.
    /// </summary>
    KeyNotKept,

    /// <summary>The security module takes its time with a key.</summary>
    KeyModuleSlow,

    /// <summary>The node dies when a key is durable, and before the answer.</summary>
    KeyDurableAndUntold,

    /// <summary>What was under way when the key changed: the node takes it under the one before.</summary>
    MacUnderFormerKey,

    /// <inheritdoc cref="MacUnderFormerKey"/>
    PinUnderFormerKey,

    /// <summary>An acquirer refused the node's sign-on.</summary>
    SignOnRefused,

    /// <summary>It did not answer it.</summary>
    SignOnUnanswered,

    /// <summary>It closed the connection at once.</summary>
    SignOnHungUp,

    /// <summary>It answered with another STAN.</summary>
    SignOnAnsweredWrongly,

    Count,
}
