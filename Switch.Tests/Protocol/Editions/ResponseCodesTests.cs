using System.Text;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Editions;

public class ResponseCodesTests
{
    private static readonly Mti Answer = Mti.AuthorizationResponse;

    [Fact]
    public void Read_EveryActionCodeOfBothEditions_IsItsRow()
    {
        foreach ((string action, string code) in ResponseCodes.Reading)
        {
            Assert.Equal(code, Read(IsoVersion.Iso1993, action));
            Assert.Equal(code, Read(IsoVersion.Iso2003, In2003(action)));
        }
    }

    [Fact]
    public void Write_EveryCodeInBothEditions_IsItsRow()
    {
        foreach ((string code, string action) in ResponseCodes.Writing)
        {
            Assert.Equal(action, Write(IsoVersion.Iso1993, code, Answer));
            Assert.Equal(In2003(action), Write(IsoVersion.Iso2003, code, Answer));
        }
    }

    // The direction of a decision must survive: an approval stays one, a decline does not become one.
    [Fact]
    public void WriteAndRead_EveryCode_KeepsApprovalApproval()
    {
        string[] approvals = ["00", "08", "10", "11", "16", "85"];
        foreach ((string code, _) in ResponseCodes.Writing)
        {
            string back = Read(IsoVersion.Iso1993, Write(IsoVersion.Iso1993, code, Answer));
            Assert.Equal(approvals.Contains(code), approvals.Contains(back));
        }
    }

    // What may be decided by the switch itself comes back as what it was.
    [Theory]
    [InlineData("00")]
    [InlineData("05")]
    [InlineData("10")]
    [InlineData("12")]
    [InlineData("14")]
    [InlineData("30")]
    [InlineData("41")]
    [InlineData("43")]
    [InlineData("51")]
    [InlineData("54")]
    [InlineData("61")]
    [InlineData("65")]
    [InlineData("91")]
    [InlineData("92")]
    [InlineData("94")]
    [InlineData("96")]
    public void WriteAndRead_CodesOfTheSwitch_ComeBack(string code)
    {
        Assert.Equal(code, Read(IsoVersion.Iso1993, Write(IsoVersion.Iso1993, code, Answer)));
        Assert.Equal(code, Read(IsoVersion.Iso2003, Write(IsoVersion.Iso2003, code, Answer)));
    }

    [Theory]
    [InlineData(130, "00", "900")]
    [InlineData(230, "00", "900")]
    [InlineData(310, "00", "300")]
    [InlineData(310, "25", "302")]
    [InlineData(410, "00", "400")]
    [InlineData(430, "00", "400")]
    [InlineData(430, "25", "914")]
    [InlineData(510, "00", "500")]
    [InlineData(510, "95", "501")]
    [InlineData(630, "00", "600")]
    [InlineData(810, "00", "800")]
    [InlineData(120, "00", "000")]
    [InlineData(420, "00", "000")]
    public void Write_ByTheClassOfTheMessage_SaysWhatWasAccepted(int mti, string code, string action)
    {
        Assert.Equal(action, Write(IsoVersion.Iso1993, code, new Mti(mti)));
        Assert.Equal(code, Read(IsoVersion.Iso1993, action));
    }

    [Theory]
    [InlineData("077", "00")]
    [InlineData("177", "05")]
    [InlineData("277", "04")]
    [InlineData("577", "95")]
    [InlineData("977", "96")]
    public void Read_ActionCodeWithoutRow_IsThatOfItsFamily(string action, string code) =>
        Assert.Equal(code, Read(IsoVersion.Iso1993, action));

    [Theory]
    [InlineData("1116", "05")]
    [InlineData("9907", "96")]
    [InlineData("1067", "05")]
    public void Read_CodeOf2003OutsideThePattern_IsThatOfItsFamily(string action, string code) =>
        Assert.Equal(code, Read(IsoVersion.Iso2003, action));

    [Theory]
    [InlineData("A0")]
    [InlineData("")]
    [InlineData("1X6")]
    public void Read_NotAnActionCode_IsNone(string text) => Assert.Equal("", Read(IsoVersion.Iso1993, text));

    [Fact]
    public void Write_UnknownCode_IsARefusal() => Assert.Equal("100", Write(IsoVersion.Iso1993, "ZZ", Answer));

    [Fact]
    public void OwnRows_OfADialect_ComeFirstBothWays()
    {
        var codes = new ResponseCodes(IsoVersion.Iso1993, new Dictionary<string, string> { ["180"] = "51" });
        byte[] text = new byte[8];

        Assert.True(codes.TryRead("180"u8, text.AsSpan(0, 2)));
        Assert.Equal("51", Encoding.ASCII.GetString(text, 0, 2));
        Assert.Equal("180", Encoding.ASCII.GetString(text, 0, codes.Write("51"u8, Answer, text)));
        Assert.True(codes.TryRead("116"u8, text.AsSpan(0, 2)));
        Assert.Equal("51", Encoding.ASCII.GetString(text, 0, 2));
    }

    private static string In2003(string action) => $"{action[0]}{(action[0] == '9' ? '1' : '0')}{action[1..]}";

    private static string Read(IsoVersion version, string action)
    {
        byte[] code = new byte[2];
        return new ResponseCodes(version, null).TryRead(Encoding.ASCII.GetBytes(action), code)
            ? Encoding.ASCII.GetString(code)
            : "";
    }

    private static string Write(IsoVersion version, string code, Mti mti)
    {
        byte[] text = new byte[8];
        int size = new ResponseCodes(version, null).Write(Encoding.ASCII.GetBytes(code), mti, text);
        return Encoding.ASCII.GetString(text, 0, size);
    }
}
