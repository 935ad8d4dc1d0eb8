using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// An answer's frame bears what the frame of its own request asked for, from each place that answers.
/// </summary>
public class ReplyHeaderTests
{
    private static readonly FrameHeader First = new([0x60, 0, 1, 0, 9]);
    private static readonly FrameHeader Second = new([0x60, 0, 2, 0, 9]);

    [Fact]
    public void Answer_TwoRequestsInFlight_EachBearsItsOwn()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Request(rig, 1, First);
        Request(rig, 2, Second, CoreRig.OtherCard);
        Assert.All(rig.World.ToLinks, sent => Assert.True(sent.Header.IsEmpty));

        rig.Reply(rig.World.ToLinks[1]);
        rig.Reply(rig.World.ToLinks[0]);

        Assert.Equal([("000002", Second), ("000001", First)], rig.Answers.Select(sent => (sent[11], sent.Header)));
    }

    [Fact]
    public void Answer_RepeatJoined_BearsWhatTheRepeatAskedFor()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Request(rig, 1, First);
        Request(rig, 1, Second, mti: "0101");

        rig.Reply(rig.World.ToLinks[0]);
        Request(rig, 1, First, mti: "0101");

        Assert.Equal([Second, First], rig.Answers.Select(sent => sent.Header));
    }

    [Fact]
    public void Answer_OfTheSwitchItself_BearsWhatItsRequestAskedFor()
    {
        var rig = new CoreRig();
        Request(rig, 1, First); // No link is up: stand-in.
        Request(rig, 2, Second, change: fields => fields.Remove(41)); // A format error.
        Request(rig, 3, First, mti: "0120", change: fields => fields[39] = "00"); // An advice.

        Assert.Equal(
            [("0110", First), ("0110", Second), ("0130", First)],
            rig.Answers.Select(sent => (sent.Mti.ToString(), sent.Header)));
    }

    [Fact]
    public void Answer_ToAnIssuer_BearsWhatItsMessageAskedFor()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        foreach (string mti in (string[])["0800", "0620"])
        {
            Message message = rig.Make(
                rig.Configuration.Issuers[0].Dialect, mti,
                new Fields { [7] = "1122100000", [11] = "000009", [70] = "301" });
            message.ReplyHeader = Second;
            rig.Core.IssuerMessage(CoreRig.PrimaryLink, message);
            rig.Settle();
        }

        Assert.Equal([Second, Second], rig.World.ToLinks.Select(sent => sent.Header));
    }

    private static void Request(
        CoreRig rig, int stan, FrameHeader header, string card = CoreRig.Card, string mti = "0100",
        Action<Fields>? change = null) =>
        rig.Request(card, stan, mti: mti, change: change, send: message =>
        {
            message.ReplyHeader = header;
            rig.Core.AcquirerMessage(CoreRig.Session, 0, message);
            rig.Settle();
        });
}
