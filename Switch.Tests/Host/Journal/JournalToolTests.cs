using System.Globalization;
using System.Text;
using System.Text.Json;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Journal;

namespace Switch.Tests.Host.Journal;

public sealed class JournalToolTests : IDisposable
{
    private readonly JournalFolder _folder = new();
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void Verify_GoodJournal_SaysOk()
    {
        Fill(50);

        int exitCode = JournalTool.Verify(_folder.Path, JournalRig.Identity, JournalRig.Keys, _output);

        Assert.Equal(JournalTool.Good, exitCode);
        Assert.Contains(
            "node node-1 of cluster test: 1 segments, 50 records, next LSN 51", Text, StringComparison.Ordinal);
        Assert.EndsWith("ok" + Environment.NewLine, Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_DamageInTwoPlaces_ListsBothAndChangesNothing()
    {
        FillInTens(batches: 5); // Each in a block of 512 bytes.
        string path = Path.Combine(_folder.Path, "000000000001.segment");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[JournalFormat.HeaderSize + 45] ^= 1;
        bytes[JournalFormat.HeaderSize + (2 * 512) + 45] ^= 1;
        File.WriteAllBytes(path, bytes);

        int exitCode = JournalTool.Verify(_folder.Path, null, null, _output, asJson: true);

        Assert.Equal(JournalTool.Damaged, exitCode);
        using JsonDocument json = JsonDocument.Parse(Text);
        Assert.Equal(
            [(1, 10), (21, 30)],
            json.RootElement.GetProperty("damage").EnumerateArray().Select(static lost =>
                (lost.GetProperty("firstLsn").GetInt32(), lost.GetProperty("lastLsn").GetInt32())));
        Assert.Equal(30, json.RootElement.GetProperty("records").GetInt32());
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    /// <summary>Sealed segments are read beside each other; what is found is as if one after another.</summary>
    [Fact]
    public void Verify_DamageInOneOfManySegments_SaysWhatAWalkInOrderSays()
    {
        Fill(20_000);
        string path = Path.Combine(_folder.Path, "000000000003.segment");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[JournalFormat.HeaderSize + 45] ^= 1;
        File.WriteAllBytes(path, bytes);
        using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(_folder.Path);
        JournalReport inOrder = JournalInspector.Inspect(
            disk, new InspectOptions { Keys = JournalRig.Keys, OpensAll = true });

        int exitCode = JournalTool.Verify(_folder.Path, null, JournalRig.Keys, _output, asJson: true);

        Assert.Equal(JournalTool.Damaged, exitCode);
        using JsonDocument json = JsonDocument.Parse(Text);
        LostRange lost = Assert.Single(inOrder.Damage);
        JsonElement said = Assert.Single(json.RootElement.GetProperty("damage").EnumerateArray());
        Assert.Equal(
            (lost.Segment, lost.Offset, lost.FirstLsn, lost.LastLsn),
            (said.GetProperty("segment").GetString(), said.GetProperty("offset").GetInt64(),
                said.GetProperty("firstLsn").GetInt64(), said.GetProperty("lastLsn").GetInt64()));
        Assert.Equal(
            (inOrder.Records, inOrder.NextLsn, inOrder.Segments.Count, inOrder.KeyIds.Count),
            (json.RootElement.GetProperty("records").GetInt64(), json.RootElement.GetProperty("nextLsn").GetInt64(),
                json.RootElement.GetProperty("segmentCount").GetInt32(),
                json.RootElement.GetProperty("keyIds").GetArrayLength()));
    }

    [Fact]
    public void Verify_WhileTheNodeWrites_FindsNoDamage()
    {
        using JournalWriter journal = _folder.Open();
        var appending = new Thread(() =>
        {
            for (int record = 0; record < 30_000; record++)
            {
                journal.Append(RecordType.Intent, "open"u8, "secret"u8);
                journal.SubmitBatch();
            }
        });
        appending.Start();
        int looks = 0;
        do
        {
            Assert.Equal(JournalTool.Good, JournalTool.Verify(_folder.Path, null, JournalRig.Keys, _output));
            looks++;
        }
        while (appending.IsAlive);

        Assert.True(looks > 0);
    }

    [Fact]
    public void Verify_NoSuchFolder_IsRefused()
    {
        Assert.Equal(JournalTool.Refused, JournalTool.Verify(_folder.Path, null, null, _output));
        Assert.Contains("the folder does not exist", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_AnotherNodesJournal_IsRefused()
    {
        Fill(1);

        int exitCode = JournalTool.Verify(_folder.Path, new JournalIdentity("test", "node-2", 0), null, _output);

        Assert.Equal(JournalTool.Refused, exitCode);
    }

    [Fact]
    public void Stat_SeveralStarts_GivesALineEach()
    {
        Fill(20);
        Fill(30);

        int exitCode = JournalTool.Stat(_folder.Path, _output);

        Assert.Equal(JournalTool.Good, exitCode);
        string[] lines = Text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("000000000001.segment      1           1          20", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("000000000002.segment      2          21          30", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Export_EachRecord_IsALineWithoutItsSecret()
    {
        Fill(3);

        int exitCode = JournalTool.Export(_folder.Path, _output, (_, open, json) =>
            json.WriteString("text", Encoding.ASCII.GetString(open)));

        Assert.Equal(JournalTool.Good, exitCode);
        string[] lines = Text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.Equal(2, second.RootElement.GetProperty("lsn").GetInt64());
        Assert.Equal("Leg", second.RootElement.GetProperty("type").GetString());
        Assert.Equal("open 2", second.RootElement.GetProperty("open").GetProperty("text").GetString());
        Assert.Equal(16, second.RootElement.GetProperty("secretSize").GetInt32());
        Assert.DoesNotContain("4929", Text, StringComparison.Ordinal);
    }

    private string Text => _output.ToString();

    private void Fill(int records)
    {
        using JournalWriter journal = _folder.Open();
        Append(journal, records);
    }

    private void FillInTens(int batches)
    {
        using JournalWriter journal = _folder.Open();
        for (int batch = 1; batch <= batches; batch++)
        {
            Append(journal, records: 10);
            journal.SubmitBatch();
            _folder.WaitUntil(() => journal.DurableLsn == journal.LastLsn);
        }
    }

    private static void Append(JournalWriter journal, int records)
    {
        for (int record = 1; record <= records; record++)
        {
            journal.Append(
                RecordType.Leg, Encoding.ASCII.GetBytes($"open {journal.LastLsn + 1}"), "4929123412341234"u8);
        }
    }
}
