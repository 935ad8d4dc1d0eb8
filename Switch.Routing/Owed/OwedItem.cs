using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Owed;

/// <summary>What an issuer is owed. Values are written to the journal.</summary>
internal enum OwedKind : byte
{
    /// <summary>A stand-in approval, as an advice (0120 or 0220).</summary>
    StandInAdvice = 1,

    /// <summary>The switch's own reversal of what may have been approved and was not delivered (0420).</summary>
    Reversal = 2,

    /// <summary>An acquirer's advice, forwarded.</summary>
    ForwardedAdvice = 3,

    /// <summary>An acquirer's reversal, forwarded.</summary>
    ForwardedReversal = 4,

    /// <summary>A stand-in decline, as an advice: it tells, and moves no money.</summary>
    DeclineAdvice = 5,
}

internal enum OwedState : byte
{
    /// <summary>In the pool.</summary>
    Free,

    /// <summary>Behind an older message of the same card, or behind its own original that is still open.</summary>
    Blocked,

    /// <summary>In line.</summary>
    Ready,

    /// <summary>Sent; its answer is awaited.</summary>
    InFlight,

    /// <summary>Refused; waits before it is sent again.</summary>
    Waiting,

    /// <summary>Refused too often: waits for a person.</summary>
    Parked,

    /// <summary>On the disk, behind what is in memory. Only as it is shown: it has no place meanwhile.</summary>
    Resting,
}

/// <summary>
/// One message that an issuer is owed until it acknowledges it. The whole message was composed when it became owed,
/// so that every repeat says the same with the same STAN and DE 7.
/// </summary>
internal sealed class OwedItem(int index)
{
    /// <summary>The most digits that an amount (DE 4) has.</summary>
    public const int AmountDigitsMax = 12;

    /// <summary>Its place in the owed table.</summary>
    public int Index { get; } = index;

    /// <summary>
    /// Grows with each use of the place, so that a late timer or failure cannot touch the next tenant.
    /// </summary>
    public uint Generation { get; set; }

    public ulong Id { get; set; }

    /// <summary>The transaction that it belongs to; 0 when the switch never saw it.</summary>
    public ulong Transaction { get; set; }

    public OwedKind Kind { get; set; }

    public OwedState State { get; set; }

    public int Issuer { get; set; }

    public int Stan { get; set; }

    /// <summary>DE 7 of the message.</summary>
    public long Time { get; set; }

    /// <summary>STAN of the leg that DE 90 names: not used anew while this is owed. 0: none of ours.</summary>
    public int OriginalStan { get; set; }

    public Mti Mti { get; set; }

    public CardToken Card { get; set; }

    /// <summary>
    /// <see cref="CardToken.Short"/> of the token that the card had when it became owed; 0: it is the same.
    /// </summary>
    public ulong FormerCard { get; set; }

    public Reason Reason { get; set; }

    /// <summary>
    /// The acquirer whose message this forwards; -1: none, or it came before the start and is not known any more.
    /// </summary>
    public int Acquirer { get; set; } = -1;

    /// <summary>The record that must be durable before it is sent.</summary>
    public long Lsn { get; set; }

    public int Attempts { get; set; }

    public int Refusals { get; set; }

    /// <summary>The link that carries the attempt in flight.</summary>
    public int Link { get; set; }

    /// <summary>The message as a field image; the first <see cref="ImageSize"/> bytes count.</summary>
    public byte[] Image { get; private set; } = [];

    public int ImageSize { get; private set; }

    /// <summary>Its own original is still open: it must not overtake it (docs/domain.md section 3.3, case F).</summary>
    public bool IsHeld { get; set; }

    /// <summary>
    /// It came since the backlog was looked after last: it may go there, and what comes from there goes before it.
    /// </summary>
    public bool IsFresh { get; set; }

    /// <summary>It has a place among those of its card that a backlog cannot keep.</summary>
    public bool MustStay { get; set; }

    /// <summary>The next younger message of the same card.</summary>
    public OwedItem? NextOfCard { get; set; }

    /// <summary>Another message of the issuer that bears the same STAN.</summary>
    public OwedItem? NextOfStan { get; set; }

    /// <summary>The line that it stands in while it is ready.</summary>
    public byte Line { get; set; }

    public OwedItem? NextReady { get; set; }

    public OwedItem? PreviousReady { get; set; }

    /// <summary>What it counts as in the issuer's totals once that acknowledges it.</summary>
    public TotalKind Counts { get; private set; }

    /// <summary>The amount that it counts for, in minor units of <see cref="Currency"/>.</summary>
    public long Amount { get; private set; }

    public int Currency { get; private set; }

    /// <summary>
    /// How many digits its DE 4 has in minor units, 0 to <see cref="AmountDigitsMax"/>; 0: no money moves by it.
    /// </summary>
    public int AmountDigits { get; private set; }

    /// <summary>
    /// By what messages are kept in order: the card. A message without one is alone: its id stands in for the token.
    /// </summary>
    public CardToken ChainKey
    {
        get
        {
            if (!Card.IsNone)
            {
                return Card;
            }

            Span<byte> key = stackalloc byte[CardToken.Size];
            key.Clear();
            BitConverter.TryWriteBytes(key, Id);
            return CardToken.Read(key);
        }
    }

    public bool IsReversal => Kind is OwedKind.Reversal or OwedKind.ForwardedReversal;

    /// <summary>A place begins to hold a message.</summary>
    public void Begin(ulong id, OwedKind kind, int issuer, Mti mti, in CardToken card, Reason reason)
    {
        Id = id;
        Kind = kind;
        Issuer = issuer;
        Mti = mti.WithVersion(0); // Journals of earlier builds may name another edition, which is not sent.
        Card = card;
        Reason = reason;
        State = OwedState.Blocked;
    }

    /// <summary>The card has another token from here on.</summary>
    public void Rename(in CardToken card)
    {
        FormerCard = Card.Short;
        Card = card;
    }

    /// <summary>Whether it is about the card of a remembered payment, by the token of either time.</summary>
    /// <param name="remembered">As the duplicate table keeps it: <see cref="CardToken.Short"/>.</param>
    public bool IsOf(ulong remembered) => Card.Short == remembered || (FormerCard != 0 && FormerCard == remembered);

    public void CountAs(TotalKind kind, long amount, int currency) =>
        (Counts, Amount, Currency) = (kind, amount, currency);

    public void Keep(ReadOnlySpan<byte> image)
    {
        if (Image.Length < image.Length)
        {
            // Sizes in steps, so that places fit their next tenants and allocation ends after warm-up.
            // Pinned: the collector would leave a card number behind where it moves one.
            Image.AsSpan(0, ImageSize).Clear();
            Image = GC.AllocateArray<byte>((image.Length + 255) & ~255, pinned: true);
        }

        image.CopyTo(Image);
        ImageSize = image.Length;
        AmountDigits = Kind != OwedKind.DeclineAdvice && FieldImage.TryRead(image, Field.Amount, out var amount)
            ? Math.Min(amount.TrimStart((byte)'0').Length, AmountDigitsMax)
            : 0;
    }

    /// <summary>Empties the place. The image held a card number, so it is cleared.</summary>
    public void Reset()
    {
        Image.AsSpan(0, ImageSize).Clear();
        ImageSize = 0;
        Generation++;
        State = OwedState.Free;
        Attempts = 0;
        Refusals = 0;
        Transaction = 0;
        OriginalStan = 0;
        Acquirer = -1;
        FormerCard = 0;
        CountAs(TotalKind.None, 0, 0);
        IsHeld = false;
        IsFresh = false;
        MustStay = false;
        NextOfCard = null;
        NextOfStan = null;
        NextReady = null;
        PreviousReady = null;
    }
}
