using Switch.Host.Simulators;
using Switch.Tests.Host.Security;

namespace Switch.Tests.Host.Simulators;

public class IssuerDeskTests
{
    private readonly IssuerDesk _desk = new(new IssuerProfile());

    private long Balance => _desk.Ledger.BalanceOf(IssuerMessages.Card);

    [Fact]
    public void Answer_Request_ApprovesPostsAndEchoes()
    {
        PlainMessage request = IssuerMessages.Request(1);

        PlainMessage answer = _desk.Answer(request)!;

        Assert.Equal(110, answer.Mti);
        Assert.Equal("00", answer[39]);
        Assert.Equal(6, answer[38]!.Length);
        Assert.All([2, 3, 4, 7, 11, 32, 37, 41, 49], field => Assert.Equal(request[field], answer[field]));
        Assert.Equal(500, Balance);
    }

    [Fact]
    public void Answer_RequestWithAPin_ApprovesTheRightOneAlone()
    {
        var pin = new SimulatorPin(TestModule.TdesA);
        var other = new SimulatorPin(TestModule.TdesB);
        var desk = new IssuerDesk(new IssuerProfile { Pin = pin });
        string right = SimulatorPin.PinOf(IssuerMessages.Card);
        string[] blocks =
        [
            pin.Encipher(right, IssuerMessages.Card),
            pin.Encipher(SimulatorPin.WrongPinOf(IssuerMessages.Card), IssuerMessages.Card),
            other.Encipher(right, IssuerMessages.Card),
        ];

        string[] codes =
        [
            .. blocks.Select((block, index) =>
            {
                PlainMessage request = IssuerMessages.Request(index + 1, rrn: $"RRN00000000{index}");
                request[52] = block;
                return desk.Answer(request)![39] ?? "";
            }),
        ];

        Assert.Equal(["00", "55", "81"], codes);
        Assert.Equal(
            (1, 1, 1, 1),
            (desk.Counters.PinsRight, desk.Counters.PinsWrong, desk.Counters.PinsUnreadable,
                desk.Counters.Complaints));
        Assert.Equal(500, desk.Ledger.BalanceOf(IssuerMessages.Card));
    }

    [Fact]
    public void Answer_DeclineRatioOne_DeclinesAndPostsNothing()
    {
        _desk.DeclineRatio = 1;

        PlainMessage answer = _desk.Answer(IssuerMessages.Request(1))!;

        Assert.Contains(answer[39], new[] { "05", "51" });
        Assert.Null(answer[38]);
        Assert.Equal(0, Balance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answer_RepeatedRequest_AnswersTheSameAndPostsOnce(bool isFlagged)
    {
        PlainMessage request = IssuerMessages.Request(1);
        PlainMessage first = _desk.Answer(request)!;

        PlainMessage second = _desk.Answer(isFlagged ? IssuerMessages.AsRepeat(request) : request)!;

        Assert.Equal((first.Mti, first[39], first[38]), (second.Mti, second[39], second[38]));
        Assert.Equal(500, Balance);
        Assert.Equal(1, _desk.Counters.Repeats);
        Assert.Equal(0, _desk.Counters.Complaints);
    }

    [Fact]
    public void Answer_SameKeyAnotherTransaction_Complains()
    {
        _desk.Answer(IssuerMessages.Request(1));

        _desk.Answer(IssuerMessages.Request(1, rrn: "RRN000000002"));

        Assert.Equal(1, _desk.Counters.Complaints);
    }

    [Fact]
    public void Answer_ReversalAndItsRepeats_TakesBackOnce()
    {
        PlainMessage request = IssuerMessages.Request(1);
        _desk.Answer(request);
        PlainMessage reversal = IssuerMessages.Reversal(2, request);

        PlainMessage answer = _desk.Answer(reversal)!;
        PlainMessage again = _desk.Answer(IssuerMessages.AsRepeat(reversal))!;
        _desk.Answer(IssuerMessages.Reversal(3, request));

        Assert.Equal((430, "00"), (answer.Mti, answer[39]));
        Assert.Equal((430, "00"), (again.Mti, again[39]));
        Assert.Equal(0, Balance);
        Assert.Equal(1, _desk.Counters.ReversalsEffective);
        Assert.Equal(1, _desk.Counters.ReversalsWithoutEffect);
    }

    [Fact]
    public void Answer_ReversalBeforeItsOriginal_AcceptsThenDeclinesTheOriginal()
    {
        PlainMessage request = IssuerMessages.Request(1);

        PlainMessage reversed = _desk.Answer(IssuerMessages.Reversal(2, request))!;
        PlainMessage answer = _desk.Answer(request)!;

        Assert.Equal("00", reversed[39]);
        Assert.Equal("94", answer[39]);
        Assert.Equal(0, Balance);
        Assert.Equal(1, _desk.Counters.ReversalsUnknown);
    }

    [Fact]
    public void Answer_PartialReversal_LeavesWhatRemains()
    {
        PlainMessage request = IssuerMessages.Request(1);
        _desk.Answer(request);
        PlainMessage reversal = IssuerMessages.Reversal(2, request);
        reversal[95] = $"{200:D12}{0:D30}";

        _desk.Answer(reversal);

        Assert.Equal(200, Balance);
    }

    [Fact]
    public void Answer_AdviceOfPostedOriginal_DoesNotPostTwice()
    {
        PlainMessage request = IssuerMessages.Request(1);
        _desk.Answer(request);

        PlainMessage answer = _desk.Answer(IssuerMessages.Advice(2, request))!;

        Assert.Equal((130, "00"), (answer.Mti, answer[39]));
        Assert.Equal(500, Balance);
        Assert.Equal(1, _desk.Counters.AdvicesCovered);
    }

    [Fact]
    public void Answer_AdviceWithoutOriginalData_FindsThePostedOneByReference()
    {
        _desk.Answer(IssuerMessages.Request(1));

        _desk.Answer(IssuerMessages.Advice(2, original: null));

        Assert.Equal(500, Balance);
        Assert.Equal(1, _desk.Counters.AdvicesCovered);
    }

    [Fact]
    public void Answer_AdviceOfOriginalThatNeverCame_PostsOnceEvenWhenItComesLater()
    {
        PlainMessage request = IssuerMessages.Request(1);
        PlainMessage advice = IssuerMessages.Advice(2, request);

        _desk.Answer(advice);
        _desk.Answer(IssuerMessages.AsRepeat(advice));
        PlainMessage late = _desk.Answer(request)!;

        Assert.Equal("00", late[39]);
        Assert.Equal(500, Balance);
        Assert.Equal(1, _desk.Counters.AdvicesPosted);
    }

    [Fact]
    public void Answer_AdviceAgainstDecline_PostsAndCounts()
    {
        _desk.DeclineRatio = 1;
        PlainMessage request = IssuerMessages.Request(1);
        _desk.Answer(request);

        _desk.Answer(IssuerMessages.Advice(2, request));

        Assert.Equal(500, Balance);
        Assert.Equal(1, _desk.Counters.ApprovedAgainstDecline);
    }

    [Fact]
    public void Answer_ReversalOfCoveredAdvice_TakesTheOriginalBack()
    {
        PlainMessage request = IssuerMessages.Request(1);
        PlainMessage advice = IssuerMessages.Advice(2, request);
        _desk.Answer(request);
        _desk.Answer(advice);

        _desk.Answer(IssuerMessages.Reversal(3, advice));

        Assert.Equal(0, Balance);
    }

    [Fact]
    public void Answer_ReversalBeforeItsAdvice_AcceptsBothAndPostsNothing()
    {
        PlainMessage advice = IssuerMessages.Advice(2, original: null);

        _desk.Answer(IssuerMessages.Reversal(3, advice));
        PlainMessage answer = _desk.Answer(advice)!;

        Assert.Equal("00", answer[39]);
        Assert.Equal(0, Balance);
        Assert.Equal(1, _desk.Counters.AdvicesAfterReversal);
    }

    [Fact]
    public void Answer_ReversalWithAnotherAmount_Complains()
    {
        PlainMessage request = IssuerMessages.Request(1);
        _desk.Answer(request);

        _desk.Answer(IssuerMessages.Reversal(2, request, amount: 501));

        Assert.Equal(1, _desk.Counters.Complaints);
    }

    [Theory]
    [InlineData(35)]
    [InlineData(52)]
    public void Answer_AdviceWithSensitiveField_Complains(int field)
    {
        PlainMessage advice = IssuerMessages.Advice(1, original: null);
        advice[field] = "12345678";

        _desk.Answer(advice);

        Assert.Equal(1, _desk.Counters.Complaints);
    }

    [Fact]
    public void Answer_SignOnAndOff_Follows()
    {
        PlainMessage answer = _desk.Answer(NetworkMessages.Request("001", 7, DateTime.UnixEpoch))!;
        bool wasOn = _desk.IsSignedOn;
        _desk.Answer(NetworkMessages.Request("002", 8, DateTime.UnixEpoch));

        Assert.Equal((810, "00", "000007", "001"), (answer.Mti, answer[39], answer[11], answer[70]));
        Assert.True(wasOn);
        Assert.False(_desk.IsSignedOn);
    }

    [Fact]
    public void Answer_Response_IsNotAnswered()
    {
        Assert.Null(_desk.Answer(new PlainMessage(810)));
    }

    [Fact]
    public void Answer_WithoutCard_IsAFormatError()
    {
        PlainMessage request = IssuerMessages.Request(1);
        request[2] = null;

        Assert.Equal("30", _desk.Answer(request)![39]);
    }
}
