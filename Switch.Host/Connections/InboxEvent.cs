using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Connections;

/// <summary>What an <see cref="InboxEvent"/> tells the core.</summary>
internal enum InboxKind : byte
{
    None = 0,
    AcquirerMessage,
    AcquirerFault,
    IssuerMessage,
    IssuerFault,
    SessionOpened,
    SessionClosed,
    LinkUp,
    LinkDown,
    BeginShutdown,
    Command,
    LookedUp,
    PinTranslated,
    Sealed,
    KeyExchanged,
    SendKey,
    AnswerDelivered,
    AnswerLost,
}

/// <summary>
/// One thing that happened outside, on its way to the core. A plain struct in a fixed array: which fields mean
/// something is said by <see cref="Kind"/>.
/// </summary>
internal struct InboxEvent
{
    public Message? Message;
    public FramedConnection? Connection;

    /// <summary>
    /// Of rare events: a <see cref="PendingCommand"/>, a <see cref="LookUpAnswer"/>, a <see cref="PinAnswered"/>, a
    /// <see cref="SealWork"/>, a <see cref="KeyAnswered"/>, a <see cref="KeyDelivery"/>, or the tag of an answer.
    /// </summary>
    public object? Rare;

    /// <summary>The session's or the link's id.</summary>
    public int Id;

    /// <summary>The acquirer's index.</summary>
    public int Acquirer;

    public ParseFault Fault;

    public InboxKind Kind;

    /// <summary>Of a message: what is known of its MAC.</summary>
    public MacState Mac;

    /// <summary>
    /// Refused first when the inbox fills: a request that has had no effect yet. Everything else (reversals, advices,
    /// replies, links) is about money that may have moved already, and has room of its own.
    /// </summary>
    public bool IsSheddable;

    /// <summary>
    /// Of a request: it is marked as a repeat, or one like it came before. It is never refused with a code.
    /// </summary>
    public bool IsCopy;
}
