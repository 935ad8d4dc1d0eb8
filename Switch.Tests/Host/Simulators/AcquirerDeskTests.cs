using System.Net;
using Switch.Host.Simulators;
using Switch.Tests.Host.Security;

namespace Switch.Tests.Host.Simulators;

public class AcquirerDeskTests
{
    private static readonly DateTime Utc = new(2026, 11, 22, 10, 20, 30, DateTimeKind.Utc);

    private readonly List<PlainMessage> _sent = [];
    private bool _isConnected = true;

    [Fact]
    public void Receive_Approval_SettlesTheTransaction()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);

        desk.Receive(Approve(_sent[0]), At(7), Utc);

        Assert.Equal(AcquirerTransactionState.Approved, desk.Transactions[0].State);
        Assert.Equal((1, 1, 0, 0), (desk.Counters.Answered, desk.Counters.Approved, desk.Open, desk.InFlight));
        Assert.InRange(desk.Counters.Latency.PercentileMs(0.5), 6.9, 7.2);
        Assert.Equal(0, desk.Counters.Violations);
    }

    [Fact]
    public void Receive_Decline_CountsNothingAgainstTheCard()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);

        desk.Receive(AnswerTo(_sent[0], "51"), At(7), Utc);

        Assert.Equal(0, desk.Transactions[0].Net);
        Assert.Equal(1, desk.Counters.ByResponseCode["51"]);
    }

    [Fact]
    public void Tick_NoAnswer_ReversesUntilAcknowledged()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);

        desk.Tick(At(1000), Utc);
        desk.Tick(At(2000), Utc);
        PlainMessage reversal = _sent[1];
        PlainMessage repeat = _sent[2];
        desk.Receive(AnswerTo(repeat, "00"), At(2001), Utc);
        desk.Tick(At(9000), Utc);

        Assert.Equal((420, 421, 3), (reversal.Mti, repeat.Mti, _sent.Count));
        Assert.Equal((reversal[11], reversal[7]), (repeat[11], repeat[7]));
        Assert.NotEqual(_sent[0][11], reversal[11]);
        Assert.Equal($"0100{_sent[0][11]}{_sent[0][7]}0000001234500000000000", reversal[90]);
        Assert.Equal((AcquirerTransactionState.Reversed, 0), (desk.Transactions[0].State, desk.Open));
    }

    [Fact]
    public void Receive_ApprovalAfterPatience_IsLateAndStaysReversed()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);
        desk.Tick(At(1000), Utc);

        desk.Receive(Approve(_sent[0]), At(1001), Utc);
        desk.Receive(AnswerTo(_sent[1], "00"), At(1002), Utc);

        Assert.Equal((1, 0, 0), (desk.Counters.Late, desk.Counters.Unanswered, desk.Counters.Violations));
        Assert.Equal(0, desk.Transactions[0].Net);
    }

    [Fact]
    public void Receive_RetryCodeToReversal_KeepsItOpen()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);
        desk.Tick(At(1000), Utc);

        desk.Receive(AnswerTo(_sent[1], "96"), At(1001), Utc);

        Assert.Equal((1, 0), (desk.Open, desk.Counters.Violations));
    }

    [Fact]
    public void Receive_SecondAnswerToOneCopy_IsAViolation()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);
        desk.Receive(Approve(_sent[0]), At(1), Utc);

        desk.Receive(Approve(_sent[0]), At(2), Utc);

        Assert.Equal(1, desk.Counters.Violations);
    }

    [Fact]
    public void Receive_RepeatAnsweredDifferently_IsAViolation()
    {
        AcquirerDesk desk = MakeDesk(new AcquirerMix { Repeated = 1, Cancelled = 0, Financial = 0 });
        desk.SendNext(At(0), At(0), Utc);
        desk.Tick(At(500), Utc);
        desk.Receive(Approve(_sent[0]), At(501), Utc);
        desk.Tick(At(900), Utc);

        desk.Receive(AnswerTo(_sent[0], "51"), At(901), Utc);

        Assert.Equal((100, 101), (_sent[0].Mti, _sent[1].Mti));
        Assert.Equal(1, desk.Counters.Violations);
    }

    /// <summary>As acquirers are asked to (docs/connecting/wire.md): a refusal is final for that request.</summary>
    [Theory]
    [InlineData("96")]
    [InlineData("91")]
    public void Receive_RefusalForWantOfRoom_IsNotRepeated(string code)
    {
        AcquirerDesk desk = MakeDesk(new AcquirerMix { Repeated = 1, Cancelled = 0, Financial = 0 });
        for (int i = 0; i < 20; i++)
        {
            desk.SendNext(At(i), At(i), Utc);
            desk.Receive(AnswerTo(_sent[i], code), At(i), Utc);
        }

        desk.Tick(At(900), Utc);

        Assert.Equal((20, 0), (_sent.Count, desk.Counters.Repeats));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(37)]
    [InlineData(41)]
    [InlineData(49)]
    public void Receive_ChangedEcho_IsAViolation(int field)
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);
        PlainMessage answer = Approve(_sent[0]);
        answer[field] = "X";

        desk.Receive(answer, At(1), Utc);

        Assert.Equal(1, desk.Counters.Violations);
    }

    [Fact]
    public void Receive_AnswerToNothing_IsAViolation()
    {
        AcquirerDesk desk = MakeDesk();

        desk.Receive(new PlainMessage(110) { [11] = "000001", [7] = "0102030405" }, At(1), Utc);

        Assert.Equal(1, desk.Counters.Violations);
    }

    [Fact]
    public void Tick_CustomerCancels_ReversesTheApproval()
    {
        AcquirerDesk desk = MakeDesk(new AcquirerMix { Cancelled = 1, Repeated = 0, Financial = 0 });
        desk.SendNext(At(0), At(0), Utc);
        desk.Receive(Approve(_sent[0]), At(1), Utc);

        desk.Tick(At(400), Utc);
        desk.Receive(AnswerTo(_sent[1], "00"), At(401), Utc);

        Assert.Contains(_sent[1].Mti, new[] { 400, 420 });
        Assert.Equal("APPR01", _sent[1][38]);
        Assert.Equal((0, 0), (desk.Transactions[0].Net, desk.Open));
    }

    [Fact]
    public void SendNext_NoConnection_OwesNothing()
    {
        AcquirerDesk desk = MakeDesk();
        _isConnected = false;

        bool isSent = desk.SendNext(At(0), At(0), Utc);

        Assert.False(isSent);
        Assert.Equal((0, 0, 1), (desk.Open, desk.Counters.Sent, desk.Counters.NotSent));
    }

    [Fact]
    public void Tick_ReversalWithoutConnection_IsTriedAgainSoonUnflagged()
    {
        AcquirerDesk desk = MakeDesk();
        desk.SendNext(At(0), At(0), Utc);
        _isConnected = false;
        desk.Tick(At(1000), Utc);
        _isConnected = true;

        desk.Tick(At(1100), Utc);

        Assert.Equal(420, _sent[1].Mti);
    }

    /// <summary>Requests and their copies have the PIN, the same one; what comes later has none.</summary>
    [Fact]
    public void SendNext_WithPins_PutsTheCardsPinInRequestsAlone()
    {
        var pin = new SimulatorPin(TestModule.TdesA);
        AcquirerDesk desk = MakeDesk(
            new AcquirerMix { Cancelled = 0, Repeated = 1, Advised = 0.5 }, new AcquirerPins(pin));
        for (int i = 0; i < 100; i++)
        {
            desk.SendNext(At(0), At(0), Utc);
        }

        desk.Tick(At(1000), Utc); // Copies, and a reversal of each that was not copied yet.

        Assert.All(
            _sent,
            message => Assert.Equal(message.Function == 0 && message.Class != 4, message[52] is not null));
        Assert.All(
            _sent.Where(static message => message[52] is not null),
            message => Assert.Equal(PinVerdict.Right, pin.Check(message[52]!, message.Pan!)));
        Assert.Contains(_sent, static message => message is { IsRepeat: true, Class: 1 } && message[52] is not null);
        Assert.Equal(_sent.Count(static one => one[52] is not null && !one.IsRepeat), desk.Counters.PinsSent);
    }

    private AcquirerDesk MakeDesk(AcquirerMix? mix = null, AcquirerPins? pins = null) => new(
        new AcquirerProfile
        {
            Target = new IPEndPoint(IPAddress.Loopback, 1),
            Timeout = TimeSpan.FromSeconds(1),
            Pins = pins,
            Mix = mix ?? new AcquirerMix { Cancelled = 0, Repeated = 0, Financial = 0 },
        },
        Send,
        Utc);

    private bool Send(PlainMessage message)
    {
        if (_isConnected)
        {
            _sent.Add(message);
        }

        return _isConnected;
    }

    private static TimeSpan At(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static PlainMessage Approve(PlainMessage request)
    {
        PlainMessage answer = AnswerTo(request, "00");
        answer[38] = "APPR01";
        return answer;
    }

    private static PlainMessage AnswerTo(PlainMessage request, string code)
    {
        var answer = new PlainMessage(PlainMessage.ResponseTo(request.Mti));
        for (int field = 2; field < PlainMessage.FieldsEnd; field++)
        {
            answer[field] = request[field];
        }

        answer[39] = code;
        return answer;
    }
}
