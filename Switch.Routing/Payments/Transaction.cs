using System.Runtime.CompilerServices;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Routing.Payments;

/// <summary>How far a request of an acquirer has come. Each state is entered in one place.</summary>
internal enum TransactionState : byte
{
    /// <summary>The seat is free.</summary>
    Free,

    /// <summary>
    /// A leg to an issuer is open: its intent is on the way to the disk, or its request to the issuer.
    /// </summary>
    AwaitingReply,

    /// <summary>The issuer is there, and is owed advices of this card first (docs/domain.md section 5.5).</summary>
    AwaitingDrain,

    /// <summary>The security module enciphers its PIN block for an issuer, which is then asked.</summary>
    AwaitingPin,

    /// <summary>Decided; the answer waits for the decision to be durable.</summary>
    Decided,

    /// <summary>
    /// An approval found no connection to its acquirer; a repeat may still fetch it (docs/domain.md section 3.3, case
    /// D).
    /// </summary>
    Undelivered,
}

/// <summary>What became of one leg: one sending of the request to one issuer.</summary>
internal enum LegFate : byte
{
    /// <summary>Queued or sent; no reply yet.</summary>
    Open,

    /// <summary>Not a byte of it left.</summary>
    Unsent,

    /// <summary>The issuer approved it.</summary>
    Approved,

    /// <summary>The issuer said that it did not approve.</summary>
    NotApproved,

    /// <summary>Sent, or maybe sent, and no reply in time.</summary>
    Unknown,
}

/// <summary>One sending of a request to one issuer.</summary>
internal struct Leg
{
    public int Issuer;
    public int Link;
    public int Stan;

    /// <summary>Monotonic ticks at which it was queued to its link.</summary>
    public long SentAt;
    public SendTicket Ticket;
    public LegFate Fate;

    /// <summary>Monotonic ticks at which it times out.</summary>
    public long Until;

    /// <summary>The issuer's place in the route: 0 the primary, then the standbys.</summary>
    public byte Candidate;

    /// <summary>Of whose health it says something.</summary>
    public HealthParts Counts;
}

/// <summary>Parts of an issuer whose health a leg says something about.</summary>
[Flags]
internal enum HealthParts : byte
{
    None = 0,
    Issuer = 1,
    Route = 2,
    Link = 4,
    All = Issuer | Route | Link,
}

/// <summary>At most this many issuers are asked for one request: a primary and three standbys.</summary>
[InlineArray(Max)]
internal struct Legs
{
    public const int Max = 4;

    private Leg _first;
}

/// <summary>Room for the longest PIN block: format 4 of ISO 9564-1.</summary>
[InlineArray(Max)]
internal struct PinBytes
{
    public const int Max = 16;

    private byte _first;
}

/// <summary>
/// A request in flight: one seat of the pending table. Reused for ever; <see cref="Use"/> tells tenants apart.
/// </summary>
internal sealed class Transaction(int seat)
{
    /// <summary>The legs in the order in which they were sent; the first <see cref="LegCount"/> count.</summary>
    public Legs Legs;

    private RequestFacts _facts;
    private PinBytes _pin;
    private int _pinSize;

    public int Seat { get; } = seat;

    public uint Use { get; private set; }

    public TransactionState State { get; set; }

    /// <summary>The transaction's id: start of the node in the high 16 bits, a count in the rest.</summary>
    public ulong Id { get; set; }

    /// <summary>The acquirer's request. Owned by the seat until it is freed.</summary>
    public Message Request { get; set; } = null!;

    /// <summary>The connection that the answer goes to: the latest that asked.</summary>
    public int Session { get; set; }

    public int Acquirer { get; set; }

    public ref readonly RequestFacts Facts => ref _facts;

    /// <summary>What it counts under in the rules of velocity. Set where there are any.</summary>
    public VelocityKeys Velocity { get; set; }

    /// <summary>Where it stands in the duplicate table, unless it has been dropped there.</summary>
    public int RememberedAt { get; set; }

    public Route? Route { get; set; }

    /// <summary>Which issuer of the route is asked next: 0 the primary, then the standbys.</summary>
    public int NextCandidate { get; set; }

    public int LegCount { get; set; }

    /// <summary>The leg that the event in hand is about. Two are open at a time while a request is hedged.</summary>
    public int InHand { get; set; }

    /// <summary>Monotonic ticks at which the standby is to be asked too; 0: it is not.</summary>
    public long HedgeAt { get; set; }

    /// <summary>The first issuer of the route that was passed over for its health, by its place; -1: none.</summary>
    public int Diverted { get; set; }

    /// <summary>Monotonic ticks at which waiting for advices of the card ends; 0: it has not begun.</summary>
    public long DrainUntil { get; set; }

    /// <summary>The issuer that the PIN block is enciphered for, by its place in the route; -1: none.</summary>
    public int PinCandidate { get; set; }

    /// <summary>That issuer is asked whatever its health: it is the last way out.</summary>
    public bool IsPinForced { get; set; }

    /// <summary>Monotonic ticks by which the answer must have left.</summary>
    public long Deadline { get; set; }

    /// <summary>It came back by a loop and was refused: the issuer that was asked was this switch itself.</summary>
    public bool HasLooped { get; set; }

    /// <summary>Why the primary is not asked, or did not decide: the reason that goes into a stand-in advice.</summary>
    public Reason Trigger { get; set; }

    /// <summary>The acquirer has reversed it while it was open (docs/domain.md section 3.3, case F).</summary>
    public bool IsReversed { get; set; }

    /// <summary>STAN of the owed reversal that waits for this transaction's leg to end; 0: none.</summary>
    public int HeldReversal { get; set; }

    /// <summary>What stand-in said, and why; its rule is None while it was not asked.</summary>
    public StandInVerdict Verdict { get; set; }

    public DecisionSource Source { get; set; }

    public ResponseCode Response { get; set; }

    public ApprovalCode Approval { get; set; }

    /// <summary>What was approved, when it was: less than DE 4 in a partial approval.</summary>
    public long ApprovedAmount { get; set; }

    /// <summary>The acquirer's settlement date on which the approval was counted.</summary>
    public int AcquirerDay { get; set; }

    /// <summary>The issuer that decided, or that is owed the stand-in advice; -1: none.</summary>
    public int DecidedIssuer { get; set; }

    /// <summary>STAN of the deciding leg, or of the stand-in advice.</summary>
    public int DecidedStan { get; set; }

    /// <summary>The record that must be durable before the answer leaves.</summary>
    public long DecisionLsn { get; set; }

    /// <summary>
    /// The record that the answer waits for: later than the decision's when a copy of the request joined.
    /// </summary>
    public long AnswerLsn { get; set; }

    public SendTicket AnswerTicket { get; set; }

    /// <summary>The answer found no way out.</summary>
    public bool IsAnswerLost { get; set; }

    /// <summary>The answer went to a connection whose peer may be gone: what became of it is not known yet.</summary>
    public bool IsAnswerInDoubt { get; set; }

    /// <summary>The leg in hand: an open one, in <see cref="TransactionState.AwaitingReply"/>.</summary>
    public ref Leg OpenLeg => ref Legs[InHand];

    /// <summary>Takes the first open leg in hand that is as said; false: none is.</summary>
    /// <param name="issuer">Less than 0, here and below: any.</param>
    /// <param name="stan">Its trace number.</param>
    /// <param name="link">That it was sent on.</param>
    /// <param name="until">It times out by then, in monotonic ticks.</param>
    public bool TryTakeOpenLeg(int issuer = -1, int stan = -1, int link = -1, long until = long.MaxValue)
    {
        for (int i = 0; i < LegCount; i++)
        {
            ref Leg leg = ref Legs[i];
            if (leg.Fate == LegFate.Open && (issuer < 0 || leg.Issuer == issuer) && (stan < 0 || leg.Stan == stan)
                && (link < 0 || leg.Link == link) && leg.Until <= until)
            {
                InHand = i;
                return true;
            }
        }

        return false;
    }

    /// <summary>When something is to be done about its open legs, in monotonic ticks.</summary>
    public long NextMoment
    {
        get
        {
            long next = HedgeAt == 0 ? long.MaxValue : HedgeAt;
            for (int i = 0; i < LegCount; i++)
            {
                next = Legs[i].Fate == LegFate.Open ? Math.Min(next, Legs[i].Until) : next;
            }

            return next;
        }
    }

    /// <summary>Takes the seat for a request.</summary>
    public void Begin(int session, int acquirer, Message request, in RequestFacts facts)
    {
        Session = session;
        Acquirer = acquirer;
        Request = request;
        _facts = facts;
        RememberedAt = -1;
        Route = null;
        NextCandidate = 0;
        LegCount = 0;
        InHand = 0;
        HedgeAt = 0;
        Diverted = -1;
        HasLooped = false;
        DrainUntil = 0;
        PinCandidate = -1;
        IsPinForced = false;
        Trigger = Reason.None;
        IsReversed = false;
        HeldReversal = 0;
        Verdict = new StandInVerdict();
        Source = DecisionSource.None;
        Response = default;
        Approval = default;
        ApprovedAmount = facts.Amount;
        AcquirerDay = 0;
        DecidedIssuer = -1;
        DecidedStan = 0;
        DecisionLsn = 0;
        AnswerLsn = 0;
        AnswerTicket = default;
        IsAnswerLost = false;
        IsAnswerInDoubt = false;
    }

    /// <summary>The PIN block for <see cref="PinCandidate"/>, once it is there.</summary>
    public ReadOnlySpan<byte> Pin => ((ReadOnlySpan<byte>)_pin)[.._pinSize];

    /// <summary>The block has come. It must not outlive the leg that it is for: see <see cref="ForgetPin"/>.</summary>
    public void KeepPin(ReadOnlySpan<byte> block)
    {
        block.CopyTo(_pin);
        _pinSize = block.Length;
    }

    /// <summary>Zeroes the block.</summary>
    public void ForgetPin()
    {
        ((Span<byte>)_pin).Clear();
        _pinSize = 0;
        PinCandidate = -1;
    }

    /// <summary>Empties the seat; the caller has given the request back.</summary>
    public void Free()
    {
        ForgetPin();
        State = TransactionState.Free;
        Request = null!;
        Route = null;
        Use++;
    }
}

/// <summary>
/// The pending table: a fixed number of seats. Seats are made as they are first needed and then reused, so that a
/// quiet switch does not pay for a busy one's worst hour.
/// </summary>
internal sealed class TransactionTable(int countMax)
{
    private readonly Transaction?[] _seats = new Transaction?[countMax];
    private readonly int[] _free = new int[countMax];
    private int _freeCount;
    private int _made;

    public int Count => _made - _freeCount;

    /// <summary>How many seats were ever used: the range to walk over all transactions.</summary>
    public int SeatsMade => _made;

    /// <summary>A free seat, or null when all are taken.</summary>
    public Transaction? TryTake()
    {
        if (_freeCount > 0)
        {
            return _seats[_free[--_freeCount]];
        }

        if (_made == countMax)
        {
            return null;
        }

        var seat = new Transaction(_made);
        _seats[_made++] = seat;
        return seat;
    }

    public Transaction this[int seat] => _seats[seat]!;

    public void Release(Transaction transaction)
    {
        transaction.Free();
        _free[_freeCount++] = transaction.Seat;
    }
}

/// <summary>Decided transactions in the order of their records: a fixed ring.</summary>
internal sealed class DecidedQueue(int countMax)
{
    private readonly (int Seat, uint Use, long Lsn)[] _ring = new (int, uint, long)[countMax];
    private int _first;
    private int _count;

    public void Push(int seat, uint use, long lsn)
    {
        if (_count == _ring.Length)
        {
            throw new InvalidOperationException("More decisions than seats await the journal.");
        }

        int place = _first + _count++;
        _ring[place < _ring.Length ? place : place - _ring.Length] = (seat, use, lsn);
    }

    public bool TryPeek(out int seat, out uint use, out long lsn)
    {
        (seat, use, lsn) = _ring[_first];
        return _count > 0;
    }

    public void Pop()
    {
        _first = _first + 1 == _ring.Length ? 0 : _first + 1;
        _count--;
    }
}
