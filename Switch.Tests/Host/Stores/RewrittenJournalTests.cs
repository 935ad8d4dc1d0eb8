using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Host.Configuration;
using Switch.Host.Stores;
using Switch.Host.Stores.Providers;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;
using Switch.Routing.Records;
using Switch.Tests.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Stores;

/// <summary>
/// Goal: a store goes on after <c>journal repair</c> and <c>journal reseal</c>, which write segments anew. Method: a
/// store that has got to some record of a segment, the segment written anew, and the projector again.
/// </summary>
[Collection(PostgreSqlGroup.Name)]
public sealed class RewrittenJournalTests(PostgreSqlCluster cluster)
{
    private const int PositionIsLost = 5010;
    private static readonly byte[] NextKey = SHA256.HashData("next"u8);

    [Fact]
    public async Task Projector_AfterAReseal_GoesOn()
    {
        using var place = new TemporaryStore();
        await AssertGoesOnAfterAResealAsync(place.Settings);
    }

    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Projector_PostgreSqlAfterAReseal_GoesOn()
    {
        string connection = await cluster.MakeDatabaseAsync();
        await AssertGoesOnAfterAResealAsync(
            new StoreSettings(StoreProviders.PostgreSql, connection, TimeSpan.FromDays(36_500)));
    }

    [Fact]
    public async Task Projector_AfterARepairFromACopy_GoesOn()
    {
        using JournalRig rig = Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        using var place = new TemporaryStore();
        await ProjectAsync(place.Settings, disk, lastLsn: 5);
        Damage(disk, rig, lsn: 3);

        using var copy = new JournalCopySource(rig.Disk.Settled(), JournalRig.Identity, JournalRig.Keys);
        RepairReport repaired = JournalRepair.Run(
            disk, JournalRig.Identity, JournalRig.Keys, Options() with { Source = copy });
        StoreStatus after = await ProjectAsync(place.Settings, disk, rig.Written.Count);

        Assert.True(repaired.IsDone);
        Assert.Equal((StoreState.Following, ""), (after.State, after.LastFailure));
        AssertHas(place.Settings, Enumerable.Range(1, rig.Written.Count));
    }

    /// <summary>The store's last record was the first, a middle or the last of those that the repair gave up.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task Projector_RecordAtThePositionGivenUp_GoesOnBehindTheLossAndSaysSo(int lastLsn)
    {
        using JournalRig rig = Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        using var place = new TemporaryStore();
        await ProjectAsync(place.Settings, disk, lastLsn);
        for (int lsn = 3; lsn <= 6; lsn++)
        {
            Damage(disk, rig, lsn);
        }

        RepairReport repaired = JournalRepair.Run(
            disk, JournalRig.Identity, JournalRig.Keys, Options() with { AcceptLoss = true });
        LostRange lost = Assert.Single(repaired.Lost).Range;
        using var log = new ListLoggerFactory();
        StoreStatus still = await ProjectAsync(place.Settings, disk, lost.LastLsn, log, last: lastLsn);
        StoreStatus after = await ProjectAsync(place.Settings, disk, rig.Written.Count);

        Assert.Equal((3L, 6L), (lost.FirstLsn, lost.LastLsn));
        Assert.Equal((StoreState.Following, ""), (still.State, still.LastFailure));
        Assert.Equal(1, log.CountOf(PositionIsLost));
        Assert.Equal((StoreState.Following, ""), (after.State, after.LastFailure));
        AssertHas(place.Settings, Enumerable.Range(1, rig.Written.Count).Where(lsn => lsn <= lastLsn || lsn > 6));
    }

    /// <summary>Until now a position carried the record's own checksum.</summary>
    [Fact]
    public async Task Projector_PositionOfAnEarlierProgram_IsTaken()
    {
        using JournalRig rig = Filled();
        using var place = new TemporaryStore();
        using (var tail = new JournalTail(rig.Disk, 4))
        using (IStore store = place.Settings.Make())
        {
            StorePosition start = store.Open(JournalRig.Identity);
            Assert.True(tail.MoveNext(4));
            store.Write(new StoreBatch(), start, new StorePosition(4, tail.Current.Crc, tail.Current.TimeMs));
        }

        StoreStatus after = await ProjectAsync(place.Settings, rig.Disk, rig.Written.Count);

        Assert.Equal((StoreState.Following, ""), (after.State, after.LastFailure));
    }

    [Fact]
    public async Task Projector_RecordAtThePositionIsAnother_IsRefused()
    {
        using JournalRig rig = Filled();
        using JournalRig other = Filled(firstNumber: 1_000);
        using var place = new TemporaryStore();
        await ProjectAsync(place.Settings, other.Disk, lastLsn: 5);

        StoreStatus after = await ProjectAsync(place.Settings, rig.Disk, rig.Written.Count);

        Assert.Equal(StoreState.Refused, after.State);
        Assert.Contains("another journal", after.LastFailure, StringComparison.Ordinal);
    }

    private static async Task AssertGoesOnAfterAResealAsync(StoreSettings settings)
    {
        using JournalRig rig = Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        await ProjectAsync(settings, disk, lastLsn: 5);
        byte[] before = disk.Get(SegmentName.Of(1));
        var both = new JournalKeyRing(2, new Dictionary<ushort, byte[]>
        {
            [1] = SHA256.HashData("journal"u8), [2] = NextKey,
        });

        JournalRepair.Run(disk, JournalRig.Identity, both, Options() with { Reseal = true });
        StoreStatus after = await ProjectAsync(settings, disk, rig.Written.Count);

        Assert.NotEqual(before, disk.Get(SegmentName.Of(1)));
        Assert.Equal((StoreState.Following, ""), (after.State, after.LastFailure));
        AssertHas(settings, Enumerable.Range(1, rig.Written.Count));
    }

    // Starts of nodes with a secret part that they do not have in life: each is a row, and each is sealed anew.
    private static JournalRig Filled(int firstNumber = 0)
    {
        var rig = new JournalRig(new MemoryJournalDisk(), seed: 3);
        for (int number = firstNumber; rig.Appender.Segment < 3; number++)
        {
            var open = new byte[25];
            open[0] = RecordParser.Version;
            BinaryPrimitives.WriteInt64LittleEndian(open.AsSpan(9), 1_700_000_000_000 + number);
            BinaryPrimitives.WriteInt64LittleEndian(open.AsSpan(17), number);
            rig.Add(RecordType.NodeStarted, open, new byte[400]).Commit();
        }

        return rig;
    }

    private static void Damage(MemoryJournalDisk disk, JournalRig rig, long lsn)
    {
        using var tail = new JournalTail(rig.Disk, lsn);
        Assert.True(tail.MoveNext(lsn));
        disk.Flip(tail.Segment, tail.Offset + 50);
    }

    private static RepairOptions Options() => new() { Salts = new Random(9).NextBytes, NowMs = 1_800_000_000_000 };

    /// <summary>Runs a projector until it has got to a record, or is refused.</summary>
    private static async Task<StoreStatus> ProjectAsync(
        StoreSettings settings, MemoryJournalDisk disk, long lastLsn, ListLoggerFactory? log = null, long last = 0)
    {
        using ListLoggerFactory lines = new();
        using var projector = new StoreProjector(new ProjectorParts
        {
            Provider = settings.Provider.Name, Make = settings.Make, OpenJournal = () => disk,
            Identity = JournalRig.Identity, DurableLsn = () => lastLsn, Logger = log ?? lines,
        });
        projector.Start();
        await Rig.UntilAsync(() =>
            projector.Status is { State: StoreState.Refused or StoreState.Unavailable } or { Batches: > 0 }
            && (projector.Status.State != StoreState.Following
                || projector.Status.PositionLsn == (last > 0 ? last : lastLsn)));
        StoreStatus status = projector.Status;
        projector.Stop(TimeSpan.FromSeconds(5));
        return status;
    }

    private static void AssertHas(StoreSettings settings, IEnumerable<int> lsns)
    {
        using StoreReader store = StoreReader.Open(settings);
        List<object?[]> rows = store.Rows("SELECT lsn FROM event ORDER BY lsn");
        Assert.Equal(lsns.Select(lsn => (long)lsn), rows.Select(row => (long)row[0]!));
    }
}
