using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.Core;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Records;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Recovery;

/// <summary>A record that cannot be read whole is refused, and leaves the core as it was.</summary>
public sealed class CoreReplayTests
{
    // Card, amount, STAN, DE 37, place and local time.
    private const int RecalledNameSize = 8 + 8 + 4 + 4 + 4 + 4;

    [Fact]
    public void Recover_RecordCutShort_IsRefusedAndChangesNothing()
    {
        var (configuration, history) = RichHistory.Make(isMixed: true);
        StoredRecord[] records = [.. history, .. OthersAfter(history[^1].Lsn, configuration.Issuers[0].Name)];
        var core = new AuthorizationCore(configuration, new SilentWorld());
        int refused = 0;
        foreach (StoredRecord record in records)
        {
            var before = CoreStateTests.StateOf(core);
            foreach (int length in Enumerable.Range(0, record.Open.Length).Where(length => !IsWhole(record, length)))
            {
                Assert.Throws<RecordFormatException>(() =>
                    core.Recover(record.Lsn, record.Type, record.Open.AsSpan(0, length), record.Secret));
                refused++;
            }

            Assert.Equal(before, CoreStateTests.StateOf(core));
            core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        Assert.True(refused > 10 * records.Length, $"{refused} of {records.Length} records");
        RecordType[] formatsOwn =
        [
            RecordType.None, RecordType.Incident, RecordType.Checkpoint, RecordType.Group, RecordType.Lost,
            RecordType.Seal, RecordType.Padding,
        ];
        IEnumerable<RecordType> covered = records.Select(static record => record.Type).Distinct().Order();
        Assert.Equal(Enum.GetValues<RecordType>().Except(formatsOwn), covered);
    }

    [Theory]
    [InlineData(RecordType.Incident)]
    [InlineData(RecordType.Checkpoint)]
    [InlineData((RecordType)200)]
    public void Recover_TypeOfAnotherVersion_IsRefusedByName(RecordType type)
    {
        var core = new AuthorizationCore(RichHistory.Make(isMixed: false).Configuration, new SilentWorld());
        byte[] open = new byte[32];
        open[0] = 1;

        var refusal = Assert.Throws<RecordFormatException>(() => core.Recover(5, type, open, []));

        Assert.Contains($"{type} is no record type that this version knows", refusal.Message, StringComparison.Ordinal);
    }

    // The types that the history lacks.
    private static IEnumerable<StoredRecord> OthersAfter(long lsn, string issuer)
    {
        byte[] open = new byte[256];
        RecordType[] others =
            [RecordType.Leg, RecordType.Late, RecordType.Recalled, RecordType.HealthChanged, RecordType.Audit];
        foreach (RecordType type in others)
        {
            yield return new StoredRecord(++lsn, type, Written(type, issuer, open), []);
        }
    }

    private static byte[] Written(RecordType type, string issuer, byte[] open)
    {
        var writer = new RecordWriter(open);
        writer.Byte(RecordParser.Version);
        writer.Number64(77L);
        writer.Number64(0L);
        if (type == RecordType.Recalled)
        {
            new RecalledBlock { Key = 99, Issuer = Encoding.ASCII.GetBytes(issuer), Stan = 42 }.Write(ref writer);
            return writer.Written.ToArray();
        }

        if (type == RecordType.HealthChanged)
        {
            var change = new HealthChange(
                HealthScope.Route, 0, 1, HealthState.Good, HealthState.Down, 0, HealthCause.Silence, 9, 10, 10_000, 1,
                50);
            new HealthRecord { Issuer = Encoding.ASCII.GetBytes(issuer), Prefix = "41"u8, Change = change }
                .Write(ref writer);
            return writer.Written.ToArray();
        }

        if (type == RecordType.Audit)
        {
            new AuditRecord { Outcome = AuditOutcome.Begun, Command = "reload-tls"u8, Who = "anna"u8 }
                .Write(ref writer);
            return writer.Written.ToArray();
        }

        LegBlock.Write(ref writer, ReadyName.Of(issuer), 42, Mti.AuthorizationRequest);
        if (type == RecordType.Late)
        {
            writer.Number16(ResponseCode.Approved.Value);
            writer.Byte(0); // No entries in totals.
        }

        return writer.Written.ToArray();
    }

    // What a later version added at the end is absent in a journal of 0.1: without it the record is whole.
    private static bool IsWhole(StoredRecord record, int length) => (record.Open.Length - length) switch
    {
        sizeof(ulong) or sizeof(ulong) + sizeof(byte) => record.Type == RecordType.NodeStarted,
        sizeof(uint) => record.Type is RecordType.Intent or RecordType.Decision or RecordType.Owed
            or RecordType.Recalled,
        RecalledNameSize => record.Type == RecordType.Recalled,
        _ => false,
    };
}
