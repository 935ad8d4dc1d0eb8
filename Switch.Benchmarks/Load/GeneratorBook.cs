using System.Globalization;
using System.Text;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// What acquirers were told of each transaction, over all phases of a run, to be held against the issuer's book. Any
/// thread.
/// </summary>
internal sealed class GeneratorBook
{
    private const int PieceBits = 20;
    private readonly Lock _gate = new();
    private readonly List<byte[]> _pieces = [];
    private readonly Dictionary<string, long> _others = [];
    private readonly Dictionary<int, long[][]> _cards = [];

    /// <summary>What the acquirer knows of a transaction.</summary>
    private enum Known : byte
    {
        Unanswered = 0,
        Approved,
        Declined,
        Reversed,
    }

    /// <summary>Transactions begun.</summary>
    public int Count { get; private set; }

    /// <summary>Answers that belong to nothing that was sent, or say something else than before.</summary>
    public long Wrong { get; private set; }

    /// <summary>Response codes other than 00 and 05, and how often.</summary>
    public IReadOnlyDictionary<string, long> Others => _others;

    public int Next()
    {
        lock (_gate)
        {
            if (Count >> PieceBits >= _pieces.Count)
            {
                _pieces.Add(new byte[1 << PieceBits]);
            }

            return Count++;
        }
    }

    /// <summary>An answer came that belongs to nothing that was sent.</summary>
    public void EnterWrong()
    {
        lock (_gate)
        {
            Wrong++;
        }
    }

    /// <summary>Test cards of each issuer, as numbers.</summary>
    public long[][] CardsOf(int issuers)
    {
        lock (_gate)
        {
            if (!_cards.TryGetValue(issuers, out long[][]? cards))
            {
                cards = [.. Enumerable.Range(0, issuers).Select(CardsOfIssuer)];
                _cards[issuers] = cards;
            }

            return cards;
        }
    }

    public void CountOther(ReadOnlySpan<byte> code)
    {
        string text = Encoding.ASCII.GetString(code);
        lock (_gate)
        {
            _others[text] = _others.GetValueOrDefault(text) + 1;
        }
    }

    /// <summary>Enters an answer.</summary>
    public void Enter(int number, MessageUse use, bool isApproved, long amount)
    {
        using Lock.Scope scope = _gate.EnterScope();
        ref byte known = ref _pieces[number >> PieceBits][number & ((1 << PieceBits) - 1)];
        bool isAsBefore = use switch
        {
            MessageUse.Request => known == (byte)Known.Unanswered,
            MessageUse.Repeat => known == (byte)(isApproved ? Known.Approved : Known.Declined),
            _ => isApproved && known == (byte)Known.Approved,
        };
        Wrong += isAsBefore && amount == LoadMix.AmountOf(number) ? 0 : 1;
        known = (byte)(use == MessageUse.Reversal ? Known.Reversed : isApproved ? Known.Approved : Known.Declined);
    }

    /// <summary>Compares with the issuer's book, transaction by transaction.</summary>
    public BookComparison Compare(ResponderBook issuer)
    {
        var result = new BookComparison { Transactions = Count, Wrong = Wrong };
        for (int number = 0; number < Count; number++)
        {
            var known = (Known)_pieces[number >> PieceBits][number & ((1 << PieceBits) - 1)];
            IssuerEntry entry = issuer[number];
            int net = entry.Approvals - Math.Min(entry.Approvals, entry.Reversals);
            int expected = known == Known.Approved ? 1 : 0;
            int amount = LoadMix.AmountOf(number);
            result.Unanswered += known == Known.Unanswered ? 1 : 0;
            result.Approved += expected;
            result.AmountApproved += expected * (long)amount;
            result.IssuerAmountApproved += net * (long)entry.Amount;
            bool agrees = net == expected && (entry.Approvals == 0 || entry.Amount == amount);
            result.Disagreements += agrees || known == Known.Unanswered ? 0 : 1;
        }

        return result;
    }

    private static long[] CardsOfIssuer(int issuer)
    {
        var cards = new long[LoadMix.CardsPerIssuer];
        for (int i = 0; i < cards.Length; i++)
        {
            cards[i] = long.Parse(TestCards.Make(LoadMix.PrefixOf(issuer), i), CultureInfo.InvariantCulture);
        }

        return cards;
    }
}

/// <summary>What came of holding the acquirer's book against the issuer's.</summary>
internal sealed record BookComparison
{
    public int Transactions { get; init; }

    public long Wrong { get; init; }

    public long Unanswered { get; set; }

    public long Approved { get; set; }

    public long AmountApproved { get; set; }

    public long IssuerAmountApproved { get; set; }

    public long Disagreements { get; set; }

    public bool Agrees => Wrong == 0 && Unanswered == 0 && Disagreements == 0
        && AmountApproved == IssuerAmountApproved;
}
