using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

/// <summary>
/// docs/internals/journal.md against the writer: a reader that was written from the page alone must agree with it.
/// </summary>
public sealed class JournalPageTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("python3")]
    public async Task Page_ReaderWrittenFromIt_AgreesOnEveryRecord()
    {
        WriteJournalOfVersion1();
        WriteJournal();
        var expected = new List<string>();
        using (PosixJournalDisk disk = PosixJournalDisk.OpenToRead(_folder.Path))
        {
            JournalInspector.Inspect(disk, new InspectOptions
            {
                Visit = (in JournalRecord record, string segment, long offset) => expected.Add(string.Join(
                    ' ', long.Parse(segment[..12], null), offset, record.Lsn, (int)record.Type, record.TimeMs,
                    record.Length, record.Crc, record.BatchIndex, record.KeyId,
                    Convert.ToHexStringLower(record.Open), record.SecretLength)),
            });
        }

        (int exitCode, string[] lines) = await RunReaderAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(expected, lines[..^1].Select(Flatten));
        using JsonDocument totals = JsonDocument.Parse(lines[^1]);
        Assert.Equal(expected.Count, totals.RootElement.GetProperty("records").GetInt32());
        Assert.Equal("node-1", totals.RootElement.GetProperty("node").GetString());
        Assert.True(totals.RootElement.GetProperty("segments").GetInt32() > 5);
        Assert.True(totals.RootElement.GetProperty("sealed").GetBoolean());
    }

    [NeedsFact("python3")]
    public async Task Page_ReaderWrittenFromIt_ReadsThroughARepair()
    {
        WriteJournal();
        string path = Path.Combine(_folder.Path, "000000000002.segment");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes[JournalFormat.HeaderSize + 24] ^= 4;
        await File.WriteAllBytesAsync(path, bytes);
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        var upkeep = new JournalUpkeep(
            _folder.Path, JournalRig.Identity, JournalRig.Keys, TimeProvider.System, said, asJson: false);
        Assert.Equal(JournalTool.Damaged, upkeep.Repair(copy: null, acceptLoss: false));
        Assert.Contains("Nothing was changed", said.ToString(), StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
        Assert.Equal(JournalTool.Good, upkeep.Repair(copy: null, acceptLoss: true));

        (int exitCode, string[] lines) = await RunReaderAsync();

        Assert.True(exitCode == 0, lines[^1]);
        Assert.Contains(lines, line => line.Contains("\"type\": 253", StringComparison.Ordinal));
        Assert.Equal(JournalTool.Good, JournalTool.Verify(_folder.Path, null, JournalRig.Keys, said));
        Assert.Contains("given up in a repair", said.ToString(), StringComparison.Ordinal);
    }

    [NeedsFact("python3")]
    public async Task Page_ReaderWrittenFromIt_SeesAFlippedBit()
    {
        WriteJournal();
        string path = Path.Combine(_folder.Path, "000000000001.segment");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes[JournalFormat.HeaderSize + 24] ^= 4;
        await File.WriteAllBytesAsync(path, bytes);

        (int exitCode, string[] lines) = await RunReaderAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("bytes at 4096", Assert.Single(lines), StringComparison.Ordinal);
    }

    private static string Flatten(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        string[] names =
        [
            "segment", "offset", "lsn", "type", "time", "length", "crc", "index", "keyId", "open", "secretSize",
        ];
        return string.Join(' ', names.Select(name => json.RootElement.GetProperty(name).ToString()));
    }

    /// <summary>Two lives, several segments, batches of one and of many, every residue of lengths.</summary>
    private void WriteJournal()
    {
        for (int life = 0; life < 2; life++)
        {
            using JournalWriter journal = _folder.Open();
            for (int record = 0; record < 1_800; record++)
            {
                journal.Append(
                    (RecordType)(1 + (record % 9)),
                    new byte[record % 300],
                    new byte[record % 3 == 0 ? 0 : record % 41]);
                if (record % 30 == 0)
                {
                    journal.SubmitBatch();
                }
            }
        }
    }

    /// <summary>Several segments; the last one is open, for a crash may end an upgrade's last old life.</summary>
    private void WriteJournalOfVersion1()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1, version: 1);
        while (rig.Appender.Segment < 3)
        {
            rig.CommitSome(recordsMax: 8);
        }

        Directory.CreateDirectory(_folder.Path);
        foreach (string name in rig.Disk.List())
        {
            File.WriteAllBytes(Path.Combine(_folder.Path, name), rig.Disk.Get(name));
        }
    }

    private async Task<(int ExitCode, string[] Lines)> RunReaderAsync()
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Journal", "read_journal.py"));
        start.ArgumentList.Add(_folder.Path);
        using Process reader = Process.Start(start)!;
        string output = await reader.StandardOutput.ReadToEndAsync();
        await reader.WaitForExitAsync();
        return (reader.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
