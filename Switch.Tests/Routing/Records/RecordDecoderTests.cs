using System.Text;
using Switch.Routing.Journal;
using Switch.Routing.Records;

namespace Switch.Tests.Routing.Records;

public sealed class RecordDecoderTests
{
    [Fact]
    public void Read_LostRecords_SaysWhichAndWhy()
    {
        var said = new Said();
        byte[] open = new LostRecords(LastLsn: 12, Offset: 5_000, RepairedMs: 777, "zeros").ToBytes();

        Assert.True(RecordDecoder.Read(9, RecordType.Lost, open, said));

        Assert.Equal((9, 12, 777, "zeros"), (said.Lsn, said.Number, said.WallMs, said.Why));
        Assert.False(RecordDecoder.Read(9, RecordType.Lost, open.AsSpan(0, 20), said));
    }

    [Theory]
    [InlineData(RecordType.Incident)]
    [InlineData((RecordType)200)]
    public void Read_TypeOfAnotherProgram_IsUnknown(RecordType type)
    {
        Assert.False(RecordDecoder.Read(1, type, new byte[32], new Said()));
    }

    private sealed class Said : IRecordFacts
    {
        public long Lsn { get; private set; }

        public long WallMs { get; private set; }

        public long Number { get; private set; }

        public string Why { get; private set; } = "";

        public void Take(in RecordHead head, in PaymentFact payment)
        {
        }

        public void Take(in RecordHead head, in DecisionFact decision)
        {
        }

        public void Take(in RecordHead head, in OwedFact owed)
        {
        }

        public void Take(in RecordHead head, in EventFact happened)
        {
            (Lsn, WallMs, Number) = (head.Lsn, head.WallMs, happened.Number);
            Why = Encoding.UTF8.GetString(happened.Why);
        }
    }
}
