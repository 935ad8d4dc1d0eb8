using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Goal: an acquirer that is told no and does not reverse is right (docs/domain.md section 3.8). So no copy is refused
/// whose first may be approved, and no copy is approved whose first was refused.
/// </summary>
public sealed class RefusedCopyTests
{
    public enum Why
    {
        Behind,
        ShuttingDown,
        JournalFailed,
        NoSeat,
        NoShare,
    }

    public static TheoryData<Why, string> Reasons => new()
    {
        { Why.Behind, "96" },
        { Why.ShuttingDown, "91" },
        { Why.JournalFailed, "96" },
        { Why.NoSeat, "96" },
        { Why.NoShare, "96" },
    };

    /// <summary>Its first may have been approved and forgotten since.</summary>
    [Theory]
    [MemberData(nameof(Reasons))]
    public void MarkedRepeat_OfWhatIsNotKnown_IsNotRefusedWithACode(Why why, string code)
    {
        CoreRig rig = Refusing(why);
        int before = rig.Answers.Count;

        Send(rig, why, stan: 50, mti: "0101");
        Send(rig, why, stan: 51, mti: "0100");

        SentMessage refusal = Assert.Single(rig.Answers.Skip(before));
        Assert.Equal(("000051", code), (refusal[11], refusal[39]));
        Assert.Equal(1, rig.Counters.CopiesUnanswered);
        Assert.Equal(why == Why.Behind ? 2 : 0, rig.Counters.ShedByWait); // One of them made the core behind.
    }

    [Theory]
    [InlineData(Why.Behind, "0101")]
    [InlineData(Why.Behind, "0100")]
    [InlineData(Why.NoSeat, "0101")]
    [InlineData(Why.NoSeat, "0100")]
    [InlineData(Why.NoShare, "0101")]
    public void Copy_AfterItsFirstWasRefused_IsNotTakenIn(Why why, string mti)
    {
        CoreRig rig = Refusing(why);
        Send(rig, why, stan: 50, mti: "0100");
        Assert.Equal(("000050", "96"), (rig.Answers[^1][11], rig.Answers[^1][39]));
        rig.Advance(TimeSpan.FromSeconds(12)); // What was open has ended: there is room again.
        int answers = rig.Answers.Count;
        long taken = Taken(rig);

        rig.Request(stan: 50, mti: mti);

        Assert.Equal((answers, taken), (rig.Answers.Count, Taken(rig)));
        Assert.Equal(1, rig.Counters.CopiesUnanswered);
        rig.Request(stan: 52);
        Assert.Equal(taken + 1, Taken(rig));
    }

    /// <summary>Nothing of it is under way any more: who sends it now means it.</summary>
    [Fact]
    public void Copy_LongAfterItsFirstWasRefused_IsTakenIn()
    {
        CoreRig rig = Refusing(Why.NoSeat);
        rig.Request(stan: 50);
        rig.Advance(TimeSpan.FromSeconds(123));
        long taken = Taken(rig);

        rig.Request(stan: 50);

        Assert.Equal(taken + 1, Taken(rig));
    }

    /// <summary>
    /// One that stood in line for long, nothing for a while, and a stall of the process: the core was not behind.
    /// </summary>
    [Fact]
    public void Requests_LateOnceAndLateAgainMuchLater_AreTaken()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        for (int stan = 1; stan <= 2; stan++)
        {
            Message stale = rig.MakeRequest(stan);
            rig.Advance(TimeSpan.FromSeconds(2));
            rig.Core.AcquirerMessage(CoreRig.Session, 0, stale);
            rig.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Equal(0, rig.Counters.ShedByWait);
    }

    private static CoreRig Refusing(Why why)
    {
        var rig = new CoreRig(configuration => why switch
        {
            Why.NoSeat => configuration with { PendingMax = 1 },
            Why.NoShare => configuration with { Acquirers = [configuration.Acquirers[0] with { MaxInFlight = 1 }] },
            _ => configuration,
        });
        rig.LinksUp();
        switch (why)
        {
            case Why.Behind:
                // Of 10 ms each, as they come: all of them have waited for 900 ms.
                var line = new Queue<Message>();
                for (int stan = 100; rig.Counters.ShedByWait == 0; stan++)
                {
                    rig.Advance(TimeSpan.FromMilliseconds(10));
                    line.Enqueue(rig.MakeRequest(stan));
                    if (line.Count > 90)
                    {
                        rig.Core.AcquirerMessage(CoreRig.Session, 0, line.Dequeue());
                    }
                }

                break;
            case Why.ShuttingDown:
                rig.Core.BeginShutdown();
                break;
            case Why.JournalFailed:
                rig.Core.JournalFailed();
                break;
            default:
                rig.Request(stan: 49);
                break;
        }

        return rig;
    }

    private static void Send(CoreRig rig, Why why, int stan, string mti)
    {
        Message? made = null;
        rig.Request(stan: stan, mti: mti, send: message => made = message);
        if (why == Why.Behind)
        {
            rig.Advance(TimeSpan.FromMilliseconds(900));
        }

        rig.Core.AcquirerMessage(CoreRig.Session, 0, made!);
        rig.Settle();
    }

    // Its issuer's breaker may be open by then, and the card's limits reached.
    private static long Taken(CoreRig rig) =>
        rig.Counters.Pending + rig.Counters.ApprovedByStandIn + rig.Counters.DeclinedByStandIn;
}
