using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

[SupportedOSPlatform("linux")]
public sealed class JournalWriterTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_AfterOrderlyClose_ReplaysEverything()
    {
        var written = new List<Entry>();
        using (JournalWriter journal = _folder.Open())
        {
            written.AddRange(AppendMany(journal, 5_000));
        }

        using JournalWriter again = _folder.Open();

        Assert.Equal(written, _folder.Replayed);
        Assert.Equal((5_000L, 5_000L, 2L), (again.DurableLsn, again.LastLsn, again.Epoch));
        Assert.True(again.Recovered.WasSealed);
        Assert.Equal(5_001, again.Append(RecordType.Intent, [], []));
    }

    [Fact]
    public void Open_WhileAnotherHolds_Refuses()
    {
        using JournalWriter journal = _folder.Open();

        var refusal = Assert.Throws<JournalException>(() => _folder.Open());

        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterRefusal_LeavesTheLockFree()
    {
        using (JournalWriter journal = _folder.Open())
        {
            AppendMany(journal, 1);
        }

        Assert.Throws<JournalIdentityException>(() =>
            _folder.Open(settings => settings with { Identity = new JournalIdentity("test", "node-9", 0) }));

        using JournalWriter again = _folder.Open();
        Assert.Single(_folder.Replayed);
    }

    [Fact]
    public void SubmitBatch_BatchOnDisk_BecomesDurableAndIsReported()
    {
        using JournalWriter journal = _folder.Open();
        long lsn = journal.Append(RecordType.Intent, "open"u8, "secret"u8);
        Assert.Equal(0, journal.DurableLsn);

        journal.SubmitBatch();
        _folder.WaitUntil(() => journal.DurableLsn == lsn);

        Assert.Equal(1, journal.Counters.Batches);
        Assert.Equal(1, journal.Counters.Records);
    }

    [Fact]
    public void Append_ManySegments_RollsOntoSparesAndLeavesNoneUnfinished()
    {
        using (JournalWriter journal = _folder.Open())
        {
            AppendMany(journal, 20_000);
        }

        string[] names = [.. Directory.EnumerateFiles(_folder.Path).Select(path => Path.GetFileName(path)!)];

        Assert.True(names.Count(name => name.EndsWith(".segment", StringComparison.Ordinal)) > 10);
        Assert.DoesNotContain(names, name => name.EndsWith(".filling", StringComparison.Ordinal));
        using JournalWriter again = _folder.Open();
        Assert.Equal(20_000, _folder.Replayed.Count);
    }

    [Fact]
    public void Files_OnDisk_AreTheOwnersOnly()
    {
        using JournalWriter journal = _folder.Open(settings => settings with { SparesAhead = 0 });

        foreach (string path in Directory.EnumerateFiles(_folder.Path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void Append_WhileTheDiskIsBusy_FormsOneBatchAndKeepsTheOrder()
    {
        var disk = new MemoryJournalDisk();
        using var mayWrite = new SemaphoreSlim(0);
        using var isWriting = new SemaphoreSlim(0);
        using JournalWriter journal = _folder.OpenOn(disk);
        disk.OnOperation = (_, operation, _) =>
        {
            if (operation == "write")
            {
                isWriting.Release();
                Assert.True(mayWrite.Wait(TimeSpan.FromSeconds(30)));
            }
        };
        journal.Append(RecordType.Intent, "first"u8, []);
        journal.SubmitBatch();
        Assert.True(isWriting.Wait(TimeSpan.FromSeconds(30)));
        for (int batch = 0; batch < 10; batch++)
        {
            journal.Append(RecordType.Intent, Encoding.ASCII.GetBytes($"later {batch}"), []);
            journal.SubmitBatch();
        }

        mayWrite.Release(2);
        _folder.WaitUntil(() => journal.DurableLsn == 11);

        Assert.Equal(2, journal.Counters.Batches);
        disk.OnOperation = null;
        var entries = new List<Entry>();
        JournalRig.Recover(disk.Settled(), entries);
        Assert.Equal(Enumerable.Range(1, 11).Select(lsn => (long)lsn), entries.Select(entry => entry.Lsn));
    }

    [Fact]
    public void Append_DiskTooSlow_ShowsNoRoomThenWaitsAndLosesNothing()
    {
        var disk = new MemoryJournalDisk();
        using var mayWrite = new SemaphoreSlim(0);
        using JournalWriter journal = _folder.OpenOn(disk);
        disk.OnOperation = (_, operation, _) =>
        {
            if (operation == "write")
            {
                Assert.True(mayWrite.Wait(TimeSpan.FromSeconds(30)));
            }
        };
        var record = new byte[1_000];
        long last = 0;
        while (journal.HasRoom)
        {
            last = journal.Append(RecordType.Intent, record, []);
            journal.SubmitBatch();
        }

        // One batch is stuck at the disk, one is full, and a third is half full: the rest must wait.
        Assert.InRange(last * 1_040, 64 * 1024, 3 * 64 * 1024);
        mayWrite.Release(1_000);
        for (int more = 0; more < 300; more++)
        {
            last = journal.Append(RecordType.Intent, record, []);
        }

        journal.SubmitBatch();
        _folder.WaitUntil(() =>
        {
            journal.SubmitBatch();
            return journal.DurableLsn == last;
        });
        Assert.True(journal.HasRoom);
    }

    [Theory]
    [InlineData("sync", 5)]
    [InlineData("write", 5)]
    [InlineData("write", 28)]
    [InlineData("short", 0)]
    public void Write_Fails_FinalAtOnceAndNeverRepeated(string what, int errno)
    {
        var disk = new MemoryJournalDisk();
        int calls = 0;
        using (JournalWriter journal = _folder.OpenOn(disk))
        {
            journal.Append(RecordType.Intent, "good"u8, []);
            journal.SubmitBatch();
            _folder.WaitUntil(() => journal.DurableLsn == 1);
            disk.ShortWrite = what == "short" ? 20 : -1;
            disk.OnOperation = (_, operation, name) =>
            {
                calls++;
                if (operation == what)
                {
                    throw new JournalDiskException(operation, name, errno, "injected");
                }
            };

            journal.Append(RecordType.Decision, "lost"u8, []);
            journal.SubmitBatch();
            _folder.WaitUntil(() => journal.HasFailed);
            int callsAtFailure = calls;
            disk.ShortWrite = -1;
            disk.OnOperation = (_, _, _) => calls++;
            for (int more = 0; more < 200; more++)
            {
                Assert.Equal(3 + more, journal.Append(RecordType.Decision, new byte[1_000], []));
                journal.SubmitBatch();
            }

            Assert.Equal(1, journal.DurableLsn);
            Assert.IsType<JournalDiskException>(journal.Failure);
            Assert.Equal(callsAtFailure, calls);
        }

        Assert.True(calls <= 2, "Closing must not touch a journal that failed.");
        disk.OnOperation = null;
        var entries = new List<Entry>();
        JournalRig.Recover(disk.AfterPowerCut(new Random(1)), entries);
        Assert.Equal("good", Encoding.ASCII.GetString(Convert.FromHexString(entries[0].Open)));
        Assert.True(entries.Count <= 2);
    }

    [Fact]
    public void Append_AfterWarmUp_AllocatesNothing()
    {
        using JournalWriter journal = _folder.Open(settings => settings with
        {
            Durability = Durability.None,
            SegmentSize = 32 << 20,
            BatchSize = 1 << 20,
        });
        var open = new byte[300];
        var secret = new byte[24];
        var warm = new AllocationMeter();
        for (int round = 0; round < 200; round++)
        {
            if (round == 50)
            {
                warm = new AllocationMeter();
            }

            warm.Begin();
            for (int record = 0; record < 50; record++)
            {
                journal.Append(RecordType.Intent, open, secret);
            }

            journal.SubmitBatch();
            if (round % 30 == 19)
            {
                warm.End();
            }
            else
            {
                warm.Pause();
            }

            _folder.WaitUntil(() => journal.HasRoom && journal.DurableLsn > journal.LastLsn - 1_000);
        }

        Assert.Equal(0, warm.Least);
    }

    [Fact]
    public void Append_RecordThatCannotBe_IsRefusedBeforeAnyHarm()
    {
        using JournalWriter journal = _folder.Open();

        Assert.Throws<ArgumentException>(() => journal.Append(RecordType.None, [], []));
        Assert.Throws<ArgumentException>(() => journal.Append(RecordType.Seal, [], []));
        Assert.Throws<ArgumentException>(() => journal.Append(RecordType.Intent, new byte[64 * 1024], []));

        Assert.Equal(1, journal.Append(RecordType.Intent, [], []));
    }

    [Fact]
    public void Files_AfterARun_HoldNoSecretInAnyForm()
    {
        string pan = "4929" + string.Create(CultureInfo.InvariantCulture, $"{123_412_341_234L}");
        using (JournalWriter journal = _folder.Open())
        {
            for (int record = 0; record < 500; record++)
            {
                journal.Append(RecordType.Intent, "4929121234"u8, Encoding.ASCII.GetBytes(pan));
                journal.SubmitBatch();
            }
        }

        byte[][] forms =
        [
            Encoding.ASCII.GetBytes(pan), Encoding.Unicode.GetBytes(pan), Convert.FromHexString(pan),
            [.. pan.Select(digit => (byte)(0xF0 + digit - '0'))],
            Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.ASCII.GetBytes(pan)).TrimEnd('=')),
            Encoding.ASCII.GetBytes(Convert.ToHexString(Encoding.ASCII.GetBytes(pan))),
        ];
        foreach (string path in Directory.EnumerateFiles(_folder.Path))
        {
            byte[] bytes = File.ReadAllBytes(path);
            Assert.All(forms, form => Assert.Equal(-1, bytes.AsSpan().IndexOf(form)));
        }
    }

    private static List<Entry> AppendMany(JournalWriter journal, int count)
    {
        var random = new Random(count);
        var written = new List<Entry>(count);
        for (int record = 0; record < count; record++)
        {
            var open = new byte[random.Next(300)];
            var secret = new byte[random.Next(40)];
            random.NextBytes(open);
            random.NextBytes(secret);
            long lsn = journal.Append(RecordType.Leg, open, secret);
            written.Add(Entry.Of(lsn, RecordType.Leg, open, secret));
            if (record % 40 == 0)
            {
                journal.SubmitBatch();
            }
        }

        journal.SubmitBatch();
        return written;
    }
}
