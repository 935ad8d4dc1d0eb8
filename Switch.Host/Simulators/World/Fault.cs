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

    // Not faults, but what crosses payments.

    /// <summary>An operator forces stand-in, or ends it.</summary>
    OperatorForces,

    /// <summary>An operator holds an issuer's owed messages, or lets them go.</summary>
    OperatorPauses,

    /// <summary>An operator retries, releases or writes off a parked message.</summary>
    OperatorUnparks,

    /// <summary>An issuer changes a card in the negative file.</summary>
    FileAction,

    /// <summary>A party begins the next settlement date.</summary>
    Cutover,

    Count,
}
