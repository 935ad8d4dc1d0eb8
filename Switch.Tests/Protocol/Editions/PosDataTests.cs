using System.Text;
using Switch.Protocol.Editions;

namespace Switch.Tests.Protocol.Editions;

public class PosDataTests
{
    // What one form of DE 22 cannot tell from another way of entry, and what it comes back as.
    private static readonly Dictionary<string, string> NotIn1993 = new()
    {
        ["79"] = "01", ["80"] = "02", ["95"] = "05",
    };

    private static readonly Dictionary<string, string> NotIn2003 = new()
    {
        ["04"] = "01", ["06"] = "01", ["82"] = "10", ["90"] = "02", ["95"] = "05",
    };

    [Fact]
    public void Entries_ThroughEachEdition_ComeBackOrAsTheNearest()
    {
        foreach (PosData.EntryRow entry in PosData.Entries)
        {
            Assert.Equal(NotIn1993.GetValueOrDefault(entry.Code, entry.Code) + "1", Through1993(entry.Code + "1"));
            string maps = Through2003(entry.Code + "0");
            Assert.Equal(NotIn2003.GetValueOrDefault(entry.Code, entry.Code) + "0", maps);
        }
    }

    [Fact]
    public void Pins_Through1993_ComeBack()
    {
        foreach ((char pin, _) in PosData.Pins)
        {
            Assert.Equal($"05{pin}", Through1993($"05{pin}"));
        }
    }

    [Theory]
    [InlineData("00", "00", "00")]
    [InlineData("01", "01", "")]
    [InlineData("02", "02", "02")]
    [InlineData("05", "05", "00")]
    [InlineData("08", "08", "08")]
    [InlineData("27", "27", "02")]
    [InlineData("59", "59", "59")]
    [InlineData("77", "", "")]
    public void Conditions_ThroughEachEdition_ComeBackOrAsTheNearest(string condition, string in1993, string in2003)
    {
        byte[] text = new byte[16];
        byte[] back = new byte[2];
        Assert.True(PosData.TryTo1993("051"u8, Encoding.ASCII.GetBytes(condition), false, text));
        Assert.Equal(in1993, PosData.TryConditionFrom1993(text, back) ? Encoding.ASCII.GetString(back) : "");
        Assert.True(PosData.TryTo2003("051"u8, Encoding.ASCII.GetBytes(condition), false, text));
        Assert.Equal(in2003, PosData.TryConditionFrom2003(text, back) ? Encoding.ASCII.GetString(back) : "");
    }

    [Fact]
    public void To1993_ChipPurchaseWithPin_IsWrittenOut()
    {
        byte[] text = new byte[12];
        Assert.True(PosData.TryTo1993("051"u8, "00"u8, hasPin: true, text));
        Assert.Equal("519901513001", Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void To2003_ChipPurchaseWithPin_IsWrittenOut()
    {
        byte[] maps = new byte[16];
        Assert.True(PosData.TryTo2003("051"u8, "00"u8, hasPin: true, maps));
        Assert.Equal("20000000" + "08000000" + "02000000" + "01000000", Convert.ToHexString(maps));
    }

    [Fact]
    public void From1993_AnyPositions_AreThreeDigits()
    {
        for (int value = 0; value < 256; value++)
        {
            byte[] positions = [.. Enumerable.Repeat((byte)value, 12)];
            byte[] mode = new byte[3];
            PosData.From1993(positions, mode);
            Assert.True(Digits.AreAll(mode));
        }
    }

    private static string Through1993(string mode)
    {
        byte[] positions = new byte[12];
        byte[] back = new byte[3];
        Assert.True(PosData.TryTo1993(Encoding.ASCII.GetBytes(mode), default, false, positions));
        PosData.From1993(positions, back);
        return Encoding.ASCII.GetString(back);
    }

    private static string Through2003(string mode)
    {
        byte[] maps = new byte[16];
        byte[] back = new byte[3];
        Assert.True(PosData.TryTo2003(Encoding.ASCII.GetBytes(mode), default, false, maps));
        PosData.From2003(maps, back);
        return Encoding.ASCII.GetString(back);
    }
}
