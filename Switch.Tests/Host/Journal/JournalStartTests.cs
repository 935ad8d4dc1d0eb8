using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

/// <summary>
/// Whether a start may go on with what it finds: a node that had a journal must not begin an empty one, nor go on with
/// an older copy or another journal, unless a person says why.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class JournalStartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-start-");
    private readonly ListLoggerFactory _log = new();
    private readonly SemaphoreSlim _progress = new(0);
    private readonly List<Entry> _replayed = [];

    private string Journal => Path.Combine(_folder.FullName, "journal");

    private string Mark => Journal + ".identity";

    public void Dispose()
    {
        _log.Dispose();
        _progress.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Start_First_BeginsAndSaysWhichJournalItIs()
    {
        Live(records: 5);

        Assert.Contains("lsn=5\n", File.ReadAllText(Mark), StringComparison.Ordinal);
        Assert.Contains("node=node-1\n", File.ReadAllText(Mark), StringComparison.Ordinal);
        Assert.Equal(FileModes.Own, File.GetUnixFileMode(Mark));
        Assert.Equal(5, Live(records: 1).Replayed);
    }

    /// <summary>What killed the process left the mark behind the journal, and never before it.</summary>
    [Fact]
    public void Start_AfterManySegments_KnowsTheNewest()
    {
        Live(records: 3_000, size: 1_000);
        JournalMark mark = JournalMarkFile.Read(Mark, out _)!;

        Assert.Equal(3_000, mark.Lsn);
        Assert.True(mark.Segment > 5);
        Assert.Equal(3_000, Live(records: 1).Replayed);
    }

    [Fact]
    public void Start_FolderIsGone_RefusesAndMakesNone()
    {
        Live(records: 5);
        Directory.Delete(Journal, recursive: true);

        JournalException refused = Assert.Throws<JournalException>(() => Live(records: 1));
        Assert.Contains("up to LSN 5", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--new-journal", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Journal));
    }

    /// <summary>A disk that is not mounted shows the empty folder under it.</summary>
    [Fact]
    public void Start_FolderIsEmpty_Refuses()
    {
        Live(records: 5);
        Directory.Delete(Journal, recursive: true);
        Directory.CreateDirectory(Journal);

        Assert.Throws<JournalException>(() => Live(records: 1));
        Assert.Empty(Directory.GetFileSystemEntries(Journal));
    }

    [Fact]
    public void Start_SegmentsAreGoneAndCheckpointsAreNot_RefusesAlsoANewOne()
    {
        Directory.CreateDirectory(Journal);
        File.WriteAllBytes(Path.Combine(Journal, "000000000001.checkpoint"), [0]);

        JournalException refused = Assert.Throws<JournalException>(
            () => Live(records: 1, new JournalOrders("they were lost")));

        Assert.Contains("has checkpoints of a journal", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_FolderIsGoneAndTheStoreHasRows_Refuses()
    {
        JournalException refused = Assert.Throws<JournalException>(
            () => Live(records: 1, store: static _ => new StoreEvidence(4_067, 0)));

        Assert.Contains(
            "the store has records of this node, up to LSN 4067", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Journal));
    }

    [Fact]
    public void Start_FirstAndTheStoreCannotBeAsked_Refuses()
    {
        JournalException refused = Assert.Throws<JournalException>(() => Live(records: 1, store: Silent));

        Assert.Contains("the store cannot say whether this node had one", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Journal));
    }

    [Fact]
    public void Start_FirstAndTheStoreIsEmpty_Begins() =>
        Assert.Equal(1, Live(records: 1, store: static _ => new StoreEvidence(0, 0)).FirstLsn);

    /// <summary>Payments need no store, once there is a journal.</summary>
    [Fact]
    public void Start_WithAJournalAndTheStoreCannotBeAsked_GoesOnAndSaysSo()
    {
        Live(records: 5);

        Assert.Equal(5, Live(records: 1, store: Silent).Replayed);
        Assert.Equal(1, _log.CountOf(4017));
    }

    /// <summary>
    /// LSNs and epochs of what is lost are given to nothing else, and the reason stands in the journal.
    /// </summary>
    [Fact]
    public void Start_NewJournalWithAReason_GoesOnBehindWhatIsLost()
    {
        Live(records: 5);
        Directory.Delete(Journal, recursive: true);

        Life life = Live(records: 2, new JournalOrders("the disk burnt"), static _ => new StoreEvidence(3, 100));
        Life next = Live(records: 1, store: static _ => new StoreEvidence(6, 0));

        Assert.Equal((0, 6, 101L), (life.Replayed, life.FirstLsn, life.Epoch));
        Assert.Equal((2, 8, 102L), (next.Replayed, next.FirstLsn, next.Epoch));
        LostRange lost = Assert.Single(next.Lost);
        Assert.Equal((1, 5, "--new-journal: the disk burnt"), (lost.FirstLsn, lost.LastLsn, lost.Reason));
        Assert.Equal(1, _log.CountOf(4014));
    }

    [Fact]
    public void Start_NewJournalAndNothingIsKnown_StillKeepsTheReason()
    {
        Life life = Live(records: 1, new JournalOrders("the store is down"), Silent);
        Life next = Live(records: 1);

        Assert.Equal(2, life.FirstLsn);
        Assert.Equal("--new-journal: the store is down", Assert.Single(next.Lost).Reason);
    }

    /// <summary>In the command line of a service it would throw a journal away with each restart.</summary>
    [Fact]
    public void Start_NewJournalWhereThereIsOne_Refuses()
    {
        Live(records: 5);

        JournalException refused = Assert.Throws<JournalException>(
            () => Live(records: 1, new JournalOrders("by mistake")));

        Assert.Contains("There is a journal in", refused.Message, StringComparison.Ordinal);
        Assert.Equal(5, Live(records: 1).Replayed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Start_OlderCopy_RefusesUnlessAReasonIsGiven(bool isKnownByTheMark)
    {
        Live(records: 5);
        CopyJournal("backup");
        Live(records: 4);
        Directory.Delete(Journal, recursive: true);
        Directory.Move(Path.Combine(_folder.FullName, "backup"), Journal);
        Func<bool, StoreEvidence>? store = null;
        if (!isKnownByTheMark)
        {
            File.Delete(Mark);
            store = static _ => new StoreEvidence(9, 2);
        }

        JournalException refused = Assert.Throws<JournalException>(() => Live(records: 1, store: store));
        Assert.Contains("ends at LSN 5", refused.Message, StringComparison.Ordinal);
        Assert.Contains("LSN 9", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--older-journal", refused.Message, StringComparison.Ordinal);

        Life life = Live(records: 1, new JournalOrders(OlderJournal: "no newer copy"), store);
        Life next = Live(records: 1, store: store);

        Assert.Equal((5, 10, 3L), (life.Replayed, life.FirstLsn, life.Epoch));
        Assert.Equal((6, 11), (next.Replayed, next.FirstLsn));
        LostRange lost = Assert.Single(next.Lost);
        Assert.Equal((6, 9, "--older-journal: no newer copy"), (lost.FirstLsn, lost.LastLsn, lost.Reason));
    }

    [Fact]
    public void Start_OlderJournalWhereNothingSaysSo_Refuses()
    {
        Live(records: 5);

        Assert.Throws<JournalException>(() => Live(records: 1, new JournalOrders(OlderJournal: "by mistake")));
        Assert.Equal(5, Live(records: 1).Replayed);
    }

    /// <summary>Begun by the same node in another folder: names and keys are the same, and nothing else is.</summary>
    [Fact]
    public void Start_AnotherJournalOfTheNode_Refuses()
    {
        Live(records: 5);
        Directory.Move(Journal, Journal + ".right");
        File.Move(Mark, Mark + ".right");
        Live(records: 50);
        File.Move(Mark + ".right", Mark, overwrite: true);

        var refused = Assert.Throws<JournalIdentityException>(() => Live(records: 1));

        Assert.Contains("is not the one that", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_MarkOfAnotherNode_Refuses()
    {
        Live(records: 5);
        File.WriteAllBytes(Mark, new JournalMark { Cluster = "test", Node = "node-9" }.ToBytes());

        var refused = Assert.Throws<JournalIdentityException>(() => Live(records: 1));

        Assert.Contains("'node-9'", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Half a mark says that there was a journal, though not which.</summary>
    [Fact]
    public void Start_MarkIsDamaged_MissesAMissingJournalAndTakesOneThatIsThere()
    {
        Live(records: 5);
        File.WriteAllText(Mark, "switch journal");

        Assert.Equal(5, Live(records: 1).Replayed);
        Assert.Contains("lsn=6\n", File.ReadAllText(Mark), StringComparison.Ordinal);

        File.WriteAllText(Mark, "");
        Directory.Delete(Journal, recursive: true);
        Assert.Throws<JournalException>(() => Live(records: 1));
    }

    /// <summary>A switch of before this file was kept, and one whose file somebody has removed.</summary>
    [Fact]
    public void Start_JournalWithoutAMark_MakesIt()
    {
        Live(records: 5);
        File.Delete(Mark);

        Assert.Equal(5, Live(records: 1).Replayed);
        Assert.Contains("lsn=6\n", File.ReadAllText(Mark), StringComparison.Ordinal);
    }

    [Fact]
    public void Start_MarkCannotBeWritten_RefusesAndNamesTheKey()
    {
        Directory.CreateDirectory(Mark);

        JournalException refused = Assert.Throws<JournalException>(() => Live(records: 1));

        Assert.Contains("Journal:IdentityFile", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MarkIsDeletedMeanwhile_IsWrittenAgain()
    {
        using JournalWriter journal = Open(new JournalOrders(), null);
        File.Delete(Mark);

        await Rig.UntilAsync(() => JournalMarkFile.Read(Mark, out _) is not null);

        Assert.Equal(FileModes.Own, File.GetUnixFileMode(Mark));
    }

    /// <summary>Where nothing is synced a power cut takes what the mark would promise.</summary>
    [Fact]
    public void Mark_WithoutDurability_ClaimsNoPosition()
    {
        using (JournalWriter journal = Open(new JournalOrders(), null, Durability.None))
        {
            Append(journal, 3, 10);
        }

        JournalMark mark = JournalMarkFile.Read(Mark, out _)!;
        Assert.Equal((0, 0, "node-1"), (mark.Segment, mark.Lsn, mark.Node));
    }

    private static StoreEvidence Silent(bool full) =>
        throw new JournalEvidenceException("The connection was refused.", new IOException());

    private Life Live(
        int records, JournalOrders? orders = null, Func<bool, StoreEvidence>? store = null, int size = 10)
    {
        using JournalWriter journal = Open(orders ?? new JournalOrders(), store);
        long first = Append(journal, records, size);
        return new Life(_replayed.Count, first, journal.Epoch, journal.Recovered.Lost);
    }

    private long Append(JournalWriter journal, int records, int size)
    {
        long last = 0;
        for (int record = 0; record < records; record++)
        {
            last = journal.Append(RecordType.Intent, new byte[size], []);
            if (record % 50 == 49)
            {
                journal.SubmitBatch();
            }
        }

        journal.SubmitBatch(); // Taken at once, or when what is before it has been.
        while (journal.DurableLsn < last)
        {
            bool hasMoved = _progress.Wait(Rig.Patience) && !journal.HasFailed;
            Assert.True(hasMoved, journal.Failure?.Message ?? "The journal did not report progress.");
            journal.SubmitBatch();
        }

        return last - records + 1;
    }

    private JournalWriter Open(
        JournalOrders orders, Func<bool, StoreEvidence>? store, Durability durability = Durability.Fsync)
    {
        _replayed.Clear();
        var settings = new JournalSettings
        {
            Path = Journal, IdentityFile = Mark, Identity = JournalRig.Identity, SegmentSize = 256 * 1024,
            BatchSize = 64 * 1024, SparesAhead = 0, Durability = durability,
        };
        ILogger logger = _log.CreateLogger("");
        return JournalWriter.Open(
            settings, JournalRig.Keys,
            (lsn, type, open, secret) => _replayed.Add(Entry.Of(lsn, type, open, secret)),
            () => _progress.Release(), logger, null, new JournalStart(settings, orders, store, logger));
    }

    private void CopyJournal(string name)
    {
        string target = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(Journal))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    private sealed record Life(int Replayed, long FirstLsn, long Epoch, IReadOnlyList<LostRange> Lost);
}
