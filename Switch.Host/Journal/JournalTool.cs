using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Adds a record's open part to its line, as properties of the object that was begun for it. Never a secret.
/// </summary>
internal delegate void RecordDescriber(RecordType type, ReadOnlySpan<byte> open, Utf8JsonWriter json);

/// <summary>
/// What <c>journal verify</c>, <c>stat</c> and <c>export</c> do. They change nothing and may be used while the node
/// runs; what it is writing just then may or may not be seen.
/// </summary>
internal static class JournalTool
{
    public const int Good = 0;
    public const int Damaged = 1;
    public const int Refused = 2;

    /// <summary>
    /// Reads every byte. With keys, sees that secret parts can be opened: one for each key of each segment, or all.
    /// </summary>
    public static int Verify(
        string path, JournalIdentity? identity, JournalKeyRing? keys, TextWriter output, bool asJson = false,
        bool opensAll = false) =>
        Run(path, output, asJson, disk =>
        {
            JournalReport report = JournalInspector.Inspect(
                disk, new InspectOptions
                {
                    Identity = identity, Keys = keys, OpensAll = opensAll, Read = ReadSealed(disk, keys, opensAll),
                });
            CheckpointReport[] checkpoints = [.. CheckpointFiles.Inspect(disk, identity)];
            bool isGood = report.Damage.Count == 0 && Array.TrueForAll(checkpoints, static one => one.IsGood);
            if (asJson)
            {
                WriteJson(output, json => WriteReport(json, report, checkpoints, withSegments: false));
            }
            else
            {
                WriteSummary(output, report);
                WriteCheckpoints(output, checkpoints);
                output.WriteLine(isGood ? "ok" : "DAMAGED");
            }

            return isGood ? Good : Damaged;
        });

    /// <summary>A line per segment, from headers and seals; only the last segment is read through.</summary>
    public static int Stat(string path, TextWriter output, bool asJson = false) =>
        Run(path, output, asJson, disk =>
        {
            JournalReport report = JournalInspector.Inspect(disk, new InspectOptions { IsQuick = true });
            CheckpointReport[] checkpoints = [.. CheckpointFiles.Inspect(disk, null)];
            if (asJson)
            {
                WriteJson(output, json => WriteReport(json, report, checkpoints, withSegments: true));
                return report.Damage.Count > 0 ? Damaged : Good;
            }

            output.WriteLine("segment               epoch   first LSN     records           bytes  created");
            foreach (SegmentReport segment in report.Segments)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{segment.Name} {segment.Epoch,6} {segment.FirstLsn,11} {segment.Records,11} {segment.Used,15}"
                    + $"  {Time(segment.CreatedMs)}{(segment.IsSealed ? "" : "  open")}"));
            }

            WriteSummary(output, report);
            WriteCheckpoints(output, checkpoints);
            return report.Damage.Count > 0 ? Damaged : Good;
        });

    /// <summary>
    /// One line of JSON a record, in LSN order. Stops nowhere: damage is told at the end, by exit code.
    /// </summary>
    public static int Export(string path, TextWriter output, RecordDescriber? describe = null) =>
        Run(path, output, asJson: true, disk =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(buffer);
            JournalReport report = JournalInspector.Inspect(disk, new InspectOptions
            {
                Visit = (in JournalRecord record, string segment, long offset) =>
                {
                    WriteRecord(json, record, segment, offset, describe);
                    WriteLine(output, json, buffer);
                },
            });
            foreach (LostRange lost in report.Damage)
            {
                json.WriteStartObject();
                json.WriteStartObject("damage");
                WriteLost(json, lost);
                json.WriteEndObject();
                json.WriteEndObject();
                WriteLine(output, json, buffer);
            }

            return report.Damage.Count > 0 ? Damaged : Good;
        });

    // On every core at once. What is not sealed, or not whole, the inspection reads again, in the journal's order.
    private static ConcurrentDictionary<long, SegmentFindings> ReadSealed(
        IJournalDisk disk, JournalKeyRing? keys, bool opensAll)
    {
        var read = new ConcurrentDictionary<long, SegmentFindings>();
        Parallel.ForEach(
            Partitioner.Create(SegmentCheck.Numbers(disk), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new SegmentReader(disk, keys, opensAll),
            (number, _, reader) =>
            {
                if (reader.TryRead(number) is { } findings)
                {
                    read[number] = findings;
                }

                return reader;
            },
            static _ => { });
        return read;
    }

    private static void WriteCheckpoints(TextWriter output, CheckpointReport[] checkpoints)
    {
        foreach (CheckpointReport one in checkpoints)
        {
            string what = one.IsGood ? $"covers up to LSN {one.Place.Lsn}" : $"cannot be used: {one.Problem}";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"checkpoint {one.Name}: {what}; {one.Records} records, {one.Size} bytes, {Time(one.CreatedMs)}"));
        }
    }

    private static int Run(string path, TextWriter output, bool asJson, Func<IJournalDisk, int> action)
    {
        try
        {
            using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(path);
            return action(disk);
        }
        catch (JournalException refused)
        {
            if (asJson)
            {
                WriteJson(output, json => json.WriteString("error", refused.Message));
            }
            else
            {
                output.WriteLine(refused.Message);
            }

            return refused is JournalDamagedException ? Damaged : Refused;
        }
    }

    private static void WriteSummary(TextWriter output, JournalReport report)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"node {report.Identity?.Node ?? "-"} of cluster {report.Identity?.Cluster ?? "-"}: "
            + $"{report.Segments.Count} segments, {report.Records} records, next LSN {report.NextLsn}"));
        if (report.TornBytes > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.TornBytes} bytes behind the last record: a batch being written, or one that a crash cut"));
        }

        if (report.KeyIds.Count > 0)
        {
            output.WriteLine($"key ids of secret parts: {string.Join(", ", report.KeyIds)}");
        }

        if (report.TokenChecks.Count > 0)
        {
            IEnumerable<string> keys = report.TokenChecks.Select(static check => $"{check:x16}");
            output.WriteLine($"keys of card tokens: {string.Join(", ", keys)}");
        }

        foreach (LostRange lost in report.GivenUp)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"given up in a repair: LSN {lost.FirstLsn} to {lost.LastLsn} of {lost.Segment}: {lost.Reason}"));
        }

        foreach (LostRange lost in report.Damage)
        {
            string what = lost.LastLsn < lost.FirstLsn ? "no record" : $"LSN {lost.FirstLsn} to {lost.LastLsn}";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"damage in {lost.Segment} at offset {lost.Offset}: {lost.Reason}; {what} lost"));
        }
    }

    private static void WriteReport(
        Utf8JsonWriter json, JournalReport report, CheckpointReport[] checkpoints, bool withSegments)
    {
        json.WriteString("cluster", report.Identity?.Cluster);
        json.WriteString("node", report.Identity?.Node);
        json.WriteNumber("segmentCount", report.Segments.Count);
        json.WriteNumber("records", report.Records);
        json.WriteNumber("nextLsn", report.NextLsn);
        json.WriteNumber("replayFrom", report.ReplayFrom);
        json.WriteNumber("tornBytes", report.TornBytes);
        WriteLost(json, "damage", report.Damage);
        WriteLost(json, "givenUp", report.GivenUp);
        json.WriteStartArray("keyIds");
        foreach (ushort id in report.KeyIds)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        json.WriteStartArray("tokenKeys");
        foreach (ulong check in report.TokenChecks)
        {
            json.WriteStringValue($"{check:x16}");
        }

        json.WriteEndArray();
        WriteCheckpoints(json, checkpoints);
        if (!withSegments)
        {
            return;
        }

        json.WriteStartArray("segments");
        foreach (SegmentReport segment in report.Segments)
        {
            json.WriteStartObject();
            json.WriteString("name", segment.Name);
            json.WriteNumber("epoch", segment.Epoch);
            json.WriteNumber("firstLsn", segment.FirstLsn);
            json.WriteNumber("records", segment.Records);
            json.WriteNumber("size", segment.Size);
            json.WriteNumber("used", segment.Used);
            json.WriteBoolean("sealed", segment.IsSealed);
            json.WriteString("created", Time(segment.CreatedMs));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCheckpoints(Utf8JsonWriter json, CheckpointReport[] checkpoints)
    {
        json.WriteStartArray("checkpoints");
        foreach (CheckpointReport one in checkpoints)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Name);
            json.WriteNumber("lsn", one.Place.Lsn);
            json.WriteNumber("records", one.Records);
            json.WriteNumber("size", one.Size);
            json.WriteString("created", Time(one.CreatedMs));
            json.WriteString("problem", one.Problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void WriteLost(Utf8JsonWriter json, string name, IEnumerable<LostRange> ranges)
    {
        json.WriteStartArray(name);
        foreach (LostRange lost in ranges)
        {
            json.WriteStartObject();
            WriteLost(json, lost);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLost(Utf8JsonWriter json, LostRange lost)
    {
        json.WriteString("segment", lost.Segment);
        json.WriteNumber("offset", lost.Offset);
        json.WriteNumber("firstLsn", lost.FirstLsn);
        json.WriteNumber("lastLsn", lost.LastLsn);
        json.WriteString("reason", lost.Reason);
    }

    private static void WriteRecord(
        Utf8JsonWriter json, in JournalRecord record, string segment, long offset, RecordDescriber? describe)
    {
        json.WriteStartObject();
        json.WriteNumber("lsn", record.Lsn);
        json.WriteString("type", record.Type.ToString());
        json.WriteString("time", Time(record.TimeMs));
        json.WriteString("segment", segment);
        json.WriteNumber("offset", offset);
        json.WriteNumber("size", record.Size);
        json.WriteNumber("openSize", record.OpenLength);
        json.WriteNumber("secretSize", record.SecretLength);
        if (record.KeyId != 0)
        {
            json.WriteNumber("keyId", record.KeyId);
        }

        if (describe is not null)
        {
            json.WriteStartObject("open");
            describe(record.Type, record.Open, json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    internal static void WriteJson(TextWriter output, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        WriteLine(output, json, buffer);
    }

    private static void WriteLine(TextWriter output, Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.Flush();
        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
        buffer.ResetWrittenCount();
        json.Reset();
    }

    internal static string Time(long unixMs) =>
        unixMs is >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(unixMs)
                .ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : "-";
}
