using System.Buffers.Binary;
using Switch.Routing.Answers;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Recovery;

/// <summary>
/// Checkpoints of version 0.1 know neither card nor amount nor DE 37 of a payment: they are read, and their payments
/// are matched by what they have.
/// </summary>
public sealed class EarlierCheckpointTests
{
    private const int RowSize = 68;
    private const int EarlierSize = 32;

    [Theory]
    [InlineData((byte)StateType.Remembered)]
    [InlineData((byte)StateType.RememberedWithTimes)]
    public void Restore_RowsOfVersion01_PaymentsStillMatch(byte type)
    {
        var before = new CoreRig();
        before.LinksUp();
        before.Request(stan: 1);
        before.Reply(before.World.ToLinks[0]);
        before.Request(stan: 2, amount: 2_600);
        before.Reply(before.World.ToLinks[1]);
        string leg = before.World.ToLinks[0][11];

        var world = new FakeWorld(before.Configuration);
        var core = new AuthorizationCore(before.Configuration, world);
        foreach ((byte rowType, byte[] open, byte[] secret) in StateOf(before))
        {
            bool isRemembered = rowType == (byte)StateType.RememberedWithName;
            core.RestoreState(isRemembered ? type : rowType, isRemembered ? Earlier(open, type) : open, secret);
        }

        var rig = new CoreRig(core, world, before.Configuration, before.World.Records);
        rig.LinksUp();
        rig.Request(stan: 2, amount: 2_600, mti: "0101");
        rig.Reversal(originalStan: 1, stan: 3);
        rig.Reversal(originalStan: 1, stan: 4);
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(["00", "00", "00"], rig.Answers.Select(sent => sent[39]));
        SentMessage reversal = Assert.Single(rig.World.ToLinks);
        Assert.Equal($"0100{leg}1122100000", reversal[90][..20]);
        Assert.Equal("000000005000", reversal[4]);
    }

    private static List<(byte Type, byte[] Open, byte[] Secret)> StateOf(CoreRig rig)
    {
        var core = new AuthorizationCore(rig.Configuration, new NoEffects());
        foreach (StoredRecord record in rig.World.Records)
        {
            core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        List<(byte, byte[], byte[])> state = [];
        core.SaveState((type, open, secret) => state.Add((type, open.ToArray(), secret.ToArray())));
        return state;
    }

    // The rows as version 0.1 wrote them: without, or with, DE 7 and the local time as 64 bits each.
    private static byte[] Earlier(byte[] rows, byte type)
    {
        List<byte> made = [];
        Span<byte> times = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(times, 1122100000);
        BinaryPrimitives.WriteInt64LittleEndian(times[8..], 1122100000);
        for (int at = 0; at < rows.Length; at += RowSize)
        {
            made.AddRange(rows.AsSpan(at, EarlierSize));
            if (type == (byte)StateType.RememberedWithTimes)
            {
                made.AddRange(times);
            }
        }

        return [.. made];
    }
}
