using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Recovery;

/// <summary>A record that cannot be read whole is refused, and leaves the core as it was.</summary>
public sealed class CoreReplayTests
{
    [Fact]
    public void Recover_RecordCutShort_IsRefusedAndChangesNothing()
    {
        var (configuration, records) = RichHistory.Make(isMixed: true);
        var core = new AuthorizationCore(configuration, new SilentWorld());
        int refused = 0;
        foreach (StoredRecord record in records)
        {
            var before = CoreStateTests.StateOf(core);
            for (int length = 0; length < record.Open.Length && !IsWhole(record, length); length++)
            {
                Assert.Throws<RecordFormatException>(() =>
                    core.Recover(record.Lsn, record.Type, record.Open.AsSpan(0, length), record.Secret));
                refused++;
            }

            Assert.Equal(before, CoreStateTests.StateOf(core));
            core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        Assert.True(refused > 10 * records.Count, $"{refused} of {records.Count} records");
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

    // What a later version added at the end is absent in a journal of 0.1: without it the record is whole.
    private static bool IsWhole(StoredRecord record, int length) => record.Type == RecordType.Recalled
        || (record.Type is RecordType.Intent or RecordType.Decision or RecordType.Owed
            && length == record.Open.Length - sizeof(uint));
}
