using Switch.Benchmarks.Load;

namespace Switch.Tests.Benchmarks.Load;

public class GeneratorBookTests
{
    private readonly GeneratorBook _acquirer = new();
    private readonly ResponderBook _issuer = new();

    [Fact]
    public void Compare_WhenBothSawTheSame_Agrees()
    {
        int approved = Approve();
        int reversed = Approve();
        _acquirer.Enter(reversed, MessageUse.Reversal, isApproved: true, LoadMix.AmountOf(reversed));
        _issuer[reversed].Reversals = 1;
        int declined = _acquirer.Next();
        _acquirer.Enter(declined, MessageUse.Request, isApproved: false, LoadMix.AmountOf(declined));
        _acquirer.Enter(approved, MessageUse.Repeat, isApproved: true, LoadMix.AmountOf(approved));

        BookComparison books = _acquirer.Compare(_issuer);

        Assert.True(books.Agrees, books.ToString());
        Assert.Equal((3, 1, LoadMix.AmountOf(approved)), (books.Transactions, books.Approved, books.AmountApproved));
    }

    [Fact]
    public void Compare_WhenTheIssuerApprovedWhatWasDeclined_Disagrees()
    {
        int number = _acquirer.Next();
        _acquirer.Enter(number, MessageUse.Request, isApproved: false, LoadMix.AmountOf(number));
        _issuer[number] = new IssuerEntry { Amount = LoadMix.AmountOf(number), Approvals = 1 };

        Assert.Equal(1, _acquirer.Compare(_issuer).Disagreements);
    }

    [Fact]
    public void Compare_WhenAnApprovalWasEnteredTwice_Disagrees()
    {
        _issuer[Approve()].Approvals = 2;

        Assert.False(_acquirer.Compare(_issuer).Agrees);
    }

    [Fact]
    public void Compare_WhenAmountsDiffer_Disagrees()
    {
        _issuer[Approve()].Amount++;

        Assert.False(_acquirer.Compare(_issuer).Agrees);
    }

    [Fact]
    public void Compare_WhenARequestHadNoAnswer_Disagrees()
    {
        _acquirer.Next();

        BookComparison books = _acquirer.Compare(_issuer);
        Assert.Equal((1, false), (books.Unanswered, books.Agrees));
    }

    [Fact]
    public void Enter_WhenARepeatIsAnsweredDifferently_CountsItAsWrong()
    {
        int number = Approve();
        _acquirer.Enter(number, MessageUse.Repeat, isApproved: false, LoadMix.AmountOf(number));

        Assert.Equal(1, _acquirer.Wrong);
    }

    [Fact]
    public void Load_OfASavedBook_IsTheSame()
    {
        string path = Path.GetTempFileName();
        try
        {
            _issuer[1_500_000] = new IssuerEntry { Amount = 7, Approvals = 1, Reversals = 2 };
            _issuer.Save(path);

            Assert.Equal(_issuer[1_500_000], ResponderBook.Load(path)[1_500_000]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private int Approve()
    {
        int number = _acquirer.Next();
        _acquirer.Enter(number, MessageUse.Request, isApproved: true, LoadMix.AmountOf(number));
        _issuer[number] = new IssuerEntry { Amount = LoadMix.AmountOf(number), Approvals = 1 };
        return number;
    }
}
