namespace Switch.Host.Simulators;

/// <summary>What one party's books say about one transaction of one card.</summary>
/// <param name="Card">The card's token.</param>
/// <param name="Pan">The card's number, masked.</param>
/// <param name="Rrn">DE 37: the transaction.</param>
/// <param name="Net">What the card owes for it, in minor units.</param>
/// <param name="Story">How it came to that.</param>
internal sealed record BookLine(string Card, string Pan, string Rrn, long Net, string Story);

/// <summary>A transaction about which the parties disagree.</summary>
internal sealed record TransactionDifference(
    string Rrn, long Acquirers, long Issuers, string AcquirersStory, string IssuersStory);

/// <summary>A card about which the parties disagree, with the transactions that make the difference.</summary>
internal sealed record CardDifference(
    string Card, string Pan, long Acquirers, long Issuers, IReadOnlyList<TransactionDifference> Transactions)
{
    public override string ToString() =>
        $"{Pan}: acquirers {Acquirers}, issuers {Issuers}: {string.Join("; ", Transactions)}";
}

/// <summary>The outcome of a comparison.</summary>
internal sealed record BooksReport(
    int Cards, long Acquirers, long Issuers, IReadOnlyList<CardDifference> Differences)
{
    /// <summary>Every card, and every transaction of it, is the same in both views, to the unit.</summary>
    public bool Agrees => Differences.Count == 0;
}

/// <summary>
/// Compares what the acquirers were told with what the issuers booked: per card, approved less reversed must be the sum
/// over the issuers' ledgers. Transactions are compared too, so that two mistakes on one card cannot hide each other.
/// </summary>
internal static class BooksComparison
{
    public static IEnumerable<BookLine> Of(AcquirerDesk desk)
    {
        var cards = new Dictionary<string, (string Token, string Masked)>(StringComparer.Ordinal);
        foreach (AcquirerTransaction transaction in desk.Transactions)
        {
            if (!cards.TryGetValue(transaction.Pan, out (string Token, string Masked) card))
            {
                card = (TestCards.TokenOf(transaction.Pan), TestCards.Mask(transaction.Pan));
                cards.Add(transaction.Pan, card);
            }

            yield return new BookLine(
                card.Token, card.Masked, transaction.Rrn, transaction.Net, transaction.ToString());
        }
    }

    public static IEnumerable<BookLine> Of(string issuer, IssuerLedger ledger)
    {
        foreach (CardAccount account in ledger.Accounts)
        {
            string card = TestCards.TokenOf(account.Pan);
            string masked = TestCards.Mask(account.Pan);
            foreach (LedgerEntry entry in account.Entries)
            {
                yield return new BookLine(card, masked, entry.Rrn, entry.Posted, $"{issuer}: {entry}");
            }
        }
    }

    public static BooksReport Compare(IEnumerable<BookLine> acquirers, IEnumerable<BookLine> issuers)
    {
        var cards = new Dictionary<string, CardView>(StringComparer.Ordinal);
        foreach (BookLine line in acquirers)
        {
            ViewOf(cards, line).Of(line).AddAcquirer(line);
        }

        foreach (BookLine line in issuers)
        {
            ViewOf(cards, line).Of(line).AddIssuer(line);
        }

        var differences = new List<CardDifference>();
        long acquirersTotal = 0;
        long issuersTotal = 0;
        foreach ((string card, CardView view) in cards)
        {
            long acquirersNet = view.Transactions.Values.Sum(static one => one.Acquirers);
            long issuersNet = view.Transactions.Values.Sum(static one => one.Issuers);
            acquirersTotal += acquirersNet;
            issuersTotal += issuersNet;
            TransactionDifference[] wrong = view.Differences();
            if (wrong.Length > 0)
            {
                differences.Add(new CardDifference(card, view.Pan, acquirersNet, issuersNet, wrong));
            }
        }

        return new BooksReport(cards.Count, acquirersTotal, issuersTotal, differences);
    }

    private static CardView ViewOf(Dictionary<string, CardView> cards, BookLine line)
    {
        if (!cards.TryGetValue(line.Card, out CardView? view))
        {
            view = new CardView(line.Pan);
            cards.Add(line.Card, view);
        }

        return view;
    }

    private sealed class CardView(string pan)
    {
        public string Pan => pan;

        public Dictionary<string, TransactionView> Transactions { get; } = new(StringComparer.Ordinal);

        public TransactionDifference[] Differences() =>
        [
            .. Transactions.Where(static one => one.Value.Differs).Select(static one => one.Value.As(one.Key)),
        ];

        public TransactionView Of(BookLine line)
        {
            if (!Transactions.TryGetValue(line.Rrn, out TransactionView? view))
            {
                view = new TransactionView();
                Transactions.Add(line.Rrn, view);
            }

            return view;
        }
    }

    private sealed class TransactionView
    {
        private readonly List<string> _acquirersStory = [];
        private readonly List<string> _issuersStory = [];

        public long Acquirers { get; private set; }

        public long Issuers { get; private set; }

        public bool Differs => Acquirers != Issuers;

        public void AddAcquirer(BookLine line)
        {
            Acquirers += line.Net;
            _acquirersStory.Add(line.Story);
        }

        public void AddIssuer(BookLine line)
        {
            Issuers += line.Net;
            _issuersStory.Add(line.Story);
        }

        public TransactionDifference As(string rrn) =>
            new(rrn, Acquirers, Issuers, string.Join(", ", _acquirersStory), string.Join(", ", _issuersStory));
    }
}
