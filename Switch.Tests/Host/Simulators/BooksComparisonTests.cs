using Switch.Host.Simulators;

namespace Switch.Tests.Host.Simulators;

public class BooksComparisonTests
{
    [Fact]
    public void Compare_SameNets_Agrees()
    {
        BooksReport report = BooksComparison.Compare(
            [Line("c1", "r1", 100)], [Line("c1", "r1", 60), Line("c1", "r1", 40)]);

        Assert.True(report.Agrees);
        Assert.Equal((1, 100, 100), (report.Cards, report.Acquirers, report.Issuers));
    }

    [Fact]
    public void Compare_OneUnitOff_NamesCardAndTransaction()
    {
        BooksReport report = BooksComparison.Compare(
            [Line("c1", "r1", 100), Line("c1", "r2", 5)],
            [Line("c1", "r1", 101), Line("c1", "r2", 5)]);

        CardDifference card = Assert.Single(report.Differences);
        TransactionDifference transaction = Assert.Single(card.Transactions);
        Assert.Equal(("c1", 105, 106), (card.Card, card.Acquirers, card.Issuers));
        Assert.Equal(("r1", 100, 101), (transaction.Rrn, transaction.Acquirers, transaction.Issuers));
    }

    [Fact]
    public void Compare_TwoMistakesThatCancelOut_StillDiffers()
    {
        BooksReport report = BooksComparison.Compare(
            [Line("c1", "r1", 100), Line("c1", "r2", 0)],
            [Line("c1", "r1", 0), Line("c1", "r2", 100)]);

        Assert.False(report.Agrees);
    }

    [Fact]
    public void Compare_DebitThatNoAcquirerKnows_Differs()
    {
        Assert.False(BooksComparison.Compare([], [Line("c1", "r1", 1)]).Agrees);
    }

    [Fact]
    public void Read_WhatWriteWrote_IsTheSame()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var desk = new IssuerDesk(new IssuerProfile());
        desk.Answer(IssuerMessages.Request(1));
        try
        {
            BooksFile.Of("issuer-a", desk.Ledger).Write(path);

            BooksFile read = BooksFile.Read(path);

            Assert.Equal(("issuer", "issuer-a", 0), (read.Party, read.Name, read.Open));
            Assert.Equal(500, Assert.Single(read.Lines).Net);
            Assert.DoesNotContain(IssuerMessages.Card, File.ReadAllText(path), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static BookLine Line(string card, string rrn, long net) => new(card, "400000******0002", rrn, net, "");
}
