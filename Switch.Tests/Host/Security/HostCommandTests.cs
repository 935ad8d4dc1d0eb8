using System.Text;
using Switch.Host.Security;
using Switch.Host.Security.HostCommands;
using Switch.Protocol.Fields;

namespace Switch.Tests.Host.Security;

/// <summary>
/// Goal: the bytes of commands and replies are those of public examples. Method: the examples of an open codec for the
/// payShield family, header taken off.
/// </summary>
public class HostCommandTests
{
    private const string Zmk = "UE6565E2D55B9463120398E7729DA524E";

    private static readonly byte[] Data =
        Encoding.Latin1.GetBytes("22\u001c002000001\u001c\u001c05151009\u001cF\u001c60000");

    [Fact]
    public void TranslatePin_ZoneAndTerminal_AreTheExamples()
    {
        var request = new PinTranslation(
            KeyKind.Zpk, Key("UBB224A0D70899E7D216A4DDDA615C078"), Key("UEE424E608E9CF0071E239F9E15032C81"),
            Convert.FromHexString("E870CDC8E067EB2E"), PinFormat.Iso0, PinFormat.Iso0,
            TestModule.PanOf("2390100000125"));
        const string Rest = "UBB224A0D70899E7D216A4DDDA615C078UEE424E608E9CF0071E239F9E15032C8112E870CDC8E067EB2E"
            + "0101239010000012";

        Assert.Equal("CC" + Rest, Text(HostCommand.TranslatePin(request)));
        Assert.Equal("CA" + Rest, Text(HostCommand.TranslatePin(request with { SourceKind = KeyKind.Tpk })));
        Assert.Contains(
            "E870CDC8E067EB2E0547", Text(HostCommand.TranslatePin(
                request with { SourceFormat = PinFormat.Iso1, DestinationFormat = PinFormat.Iso3 })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TranslatePin_ShortCard_HasZerosBefore() => Assert.EndsWith(
        "000004012345", Text(HostCommand.TranslatePin(new PinTranslation(
            KeyKind.Zpk, Key(Zmk), Key(Zmk), new byte[8], PinFormat.Iso0, PinFormat.Iso0,
            TestModule.PanOf("40123456")))), StringComparison.Ordinal);

    [Theory]
    [InlineData("A05")]
    [InlineData("609")]
    public void TranslateDukpt_OfAnExample_IsIt(string descriptor)
    {
        Assert.True(KeySerialNumber.TryParse(
            Convert.FromHexString("FFFF000001315240003A"), out KeySerialNumber number));

        byte[] command = HostCommand.TranslateDukpt(new DukptTranslation(
            Key("U3702EF0DEF15CB6DD5367784A7102C3E"), number, Key("U3CBFC71309FC372E9A32EA67BE4C81C9"),
            Convert.FromHexString("496F07B85222517D"), PinFormat.Iso0, PinFormat.Iso0,
            TestModule.PanOf("5400089000091"), descriptor));

        Assert.Equal(
            $"G0U3702EF0DEF15CB6DD5367784A7102C3EU3CBFC71309FC372E9A32EA67BE4C81C9{descriptor}FFFF000001315240003A"
            + "496F07B85222517D0101540008900009",
            Text(command));
    }

    [Fact]
    public void Mac_MadeAndVerified_AreTheExamples()
    {
        var request = new MacRequest(
            KeyKind.Zak, Key("UF759EF72F15F88933CB9B86E54C9DC83"), MacAlgorithm.Retail, MacPadding.Zeros, 4, Data);
        string rest = "00031008UF759EF72F15F88933CB9B86E54C9DC83001E" + Encoding.Latin1.GetString(Data);

        Assert.Equal("M6" + rest, Text(HostCommand.Mac(request, [])));
        Assert.Equal("M8" + rest + "BF26765E", Text(HostCommand.Mac(request, Convert.FromHexString("BF26765E"))));
        Assert.StartsWith(
            "M600112003UF7",
            Text(HostCommand.Mac(
                request with
                {
                    Kind = KeyKind.Tak,
                    Algorithm = MacAlgorithm.Alg1,
                    Padding = MacPadding.OneAndZeros,
                    Size = 8,
                },
                [])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mac_UnderAKeyBlock_SaysThatTheBlockKnowsItsUse() => Assert.StartsWith(
        "M600131FFFS",
        Text(HostCommand.Mac(
            new MacRequest(
                KeyKind.Zak, Key("S10096M3TN00S0000" + new string('0', 79)), MacAlgorithm.Retail, MacPadding.Zeros, 8,
                Data), [])),
        StringComparison.Ordinal);

    [Fact]
    public void Keys_GeneratedImportedExportedAndChecked_AreTheExamples()
    {
        WrappedKey zmk = Key("U99D8FC778055B63D3FD53CDA9EEEFB9E");

        Assert.Equal("A00002U", Text(HostCommand.Generate(KeyKind.Tpk, null, KeyScheme.Variant)));
        Assert.Equal(
            "A01002U;0U99D8FC778055B63D3FD53CDA9EEEFB9EX",
            Text(HostCommand.Generate(KeyKind.Tpk, zmk, KeyScheme.Ansi)));
        Assert.Equal(
            $"A6002{Zmk}XA921158D2F2571942EA0B770637F005CU",
            Text(HostCommand.Import(KeyKind.Tpk, Key(Zmk), Key("XA921158D2F2571942EA0B770637F005C"))));
        Assert.Equal(
            $"A8001{Zmk}U7E717639AE951BBD85C280216DD3289EX",
            Text(HostCommand.Export(
                KeyKind.Zpk, Key(Zmk), Key("U7E717639AE951BBD85C280216DD3289E"), KeyScheme.Ansi)));
        Assert.Equal($"BUFF1{Zmk};000", Text(HostCommand.CheckValue(KeyKind.Zmk, Key(Zmk))));
    }

    [Fact]
    public void Replies_OfExamples_AreRead()
    {
        Assert.True(Reply("CD00060E4A2BFA78E244FF01", "CC").TryPinBlock("01", out byte[]? block));
        Assert.Equal("0E4A2BFA78E244FF", Convert.ToHexString(block));
        Assert.True(Reply("M700C57E4295", "M6").TryMac(4, out byte[]? mac));
        Assert.Equal("C57E4295", Convert.ToHexString(mac));
        Assert.True(Reply("M7000008C57E4295", "M6").TryMac(4, out mac));
        Assert.Equal("C57E4295", Convert.ToHexString(mac));
        Assert.True(Reply("A700UC13E9E92DBA05F2DF2379B821C5766A38FFED1", "A6").TryKeys(
            hasTwo: false, out WrappedKey? key, out _, out string? value));
        Assert.Equal(("UC13E9E92DBA05F2DF2379B821C5766A3", "8FFED1"), (key.Text, value));
        Assert.True(Reply(
            "A100UAE79B4FFA40D7B229CC683DE461BC734X4DC5B9381D893C6626A37D2F40809FEA1C96B6", "A0").TryKeys(
            hasTwo: true, out key, out WrappedKey? other, out value));
        Assert.Equal(
            ("UAE79B4FFA40D7B229CC683DE461BC734", "X4DC5B9381D893C6626A37D2F40809FEA", "1C96B6"),
            (key.Text, other?.Text, value));
        Assert.True(Reply("ND0026860476000000000007-E000", "NC").TryMasterKey(out value));
        Assert.Equal("2686047600000000", value);
        Assert.True(Reply("M700C57E4295\u0019trailer", "M6").TryMac(4, out mac));
        Assert.Equal("10", Reply("CD10", "CC").Code);
    }

    [Theory]
    [InlineData("CD00060E4A2BFA78E244FF05")]
    [InlineData("CD00030E4A2BFA78E244FF01")]
    [InlineData("CD00130E4A2BFA78E244FF01")]
    [InlineData("CD00060E4A2BFA78E244F01")]
    [InlineData("CD00060E4A2BFA78E244FF0100")]
    [InlineData("CD00060E4A2BFA78E244FG01")]
    [InlineData("CD00")]
    public void PinBlock_OfAnotherFormThanAsked_IsNone(string text) =>
        Assert.False(Reply(text, "CC").TryPinBlock("01", out _));

    [Theory]
    [InlineData("")]
    [InlineData("CD0")]
    [InlineData("CB00")]
    [InlineData("DD00")]
    [InlineData("CD\u00000")]
    [InlineData("CD0 ")]
    public void Reply_ToAnotherCommandOrCut_IsNone(string text) =>
        Assert.False(HostReply.TryRead(Encoding.Latin1.GetBytes(text), "CC", out _));

    /// <summary>Whatever comes, nothing is thrown, and what is taken has the size that was asked for.</summary>
    [Fact]
    public void Replies_OfAnyBytes_AreReadOrNot()
    {
        var chance = new Random(15);
        string[] samples =
        [
            "CD00060E4A2BFA78E244FF01", "M700C57E4295", "A700UC13E9E92DBA05F2DF2379B821C5766A38FFED1",
            "A100R9999P0TE00E0000X4DC5B9381D893C6626A37D2F40809FEA1C96B6", "ND0026860476000000000007-E000",
        ];
        for (int round = 0; round < 50_000; round++)
        {
            byte[] body = Encoding.Latin1.GetBytes(samples[round % samples.Length]);
            body = body[..chance.Next(body.Length + 1)];
            for (int i = chance.Next(6); i > 0 && body.Length > 0; i--)
            {
                body[chance.Next(body.Length)] = (byte)chance.Next(256);
            }

            string command = samples[round % samples.Length][..1] + (char)(samples[round % samples.Length][1] - 1);
            if (HostReply.TryRead(body, command, out HostReply reply))
            {
                Assert.True(!reply.TryPinBlock("01", out byte[]? block) || block.Length == 8);
                Assert.True(!reply.TryMac(4, out byte[]? mac) || mac.Length == 4);
                Assert.True(!reply.TryKeys(round % 2 == 0, out _, out _, out string? value) || value.Length == 6);
                Assert.True(!reply.TryMasterKey(out value) || value.Length == 16);
                _ = HsmCode.Read(reply.Code);
            }
        }
    }

    [Theory]
    [InlineData("00", nameof(SecurityStatus.Done), nameof(HsmHealth.Sound))]
    [InlineData("10", nameof(SecurityStatus.SourceKeyRejected), nameof(HsmHealth.Sound))]
    [InlineData("11", nameof(SecurityStatus.DestinationKeyRejected), nameof(HsmHealth.Sound))]
    [InlineData("12", nameof(SecurityStatus.Unavailable), nameof(HsmHealth.Useless))]
    [InlineData("13", nameof(SecurityStatus.Unavailable), nameof(HsmHealth.Useless))]
    [InlineData("21", nameof(SecurityStatus.Unavailable), nameof(HsmHealth.Useless))]
    [InlineData("15", nameof(SecurityStatus.InputRefused), nameof(HsmHealth.Sound))]
    [InlineData("80", nameof(SecurityStatus.InputRefused), nameof(HsmHealth.Sound))]
    [InlineData("17", nameof(SecurityStatus.NotAuthorized), nameof(HsmHealth.Sound))]
    [InlineData("68", nameof(SecurityStatus.NotAuthorized), nameof(HsmHealth.Sound))]
    [InlineData("20", nameof(SecurityStatus.PinBlockInvalid), nameof(HsmHealth.Sound))]
    [InlineData("22", nameof(SecurityStatus.AccountInvalid), nameof(HsmHealth.Sound))]
    [InlineData("23", nameof(SecurityStatus.FormatNotAllowed), nameof(HsmHealth.Sound))]
    [InlineData("24", nameof(SecurityStatus.PinLengthInvalid), nameof(HsmHealth.Sound))]
    [InlineData("41", nameof(SecurityStatus.Unavailable), nameof(HsmHealth.Failing))]
    [InlineData("91", nameof(SecurityStatus.Unavailable), nameof(HsmHealth.Failing))]
    [InlineData("ZZ", nameof(SecurityStatus.Unavailable), nameof(HsmHealth.Failing))]
    public void Code_Each_SaysWhatTheSwitchDoesAndHowTheModuleIs(string code, string status, string health)
    {
        (SecurityStatus readStatus, HsmHealth readHealth) = HsmCode.Read(code);

        Assert.Equal((status, health), ($"{readStatus}", $"{readHealth}"));
    }

    private static WrappedKey Key(string text) => TestModule.Parsed(text);

    private static string Text(byte[] command) => Encoding.Latin1.GetString(command);

    private static HostReply Reply(string text, string command)
    {
        Assert.True(HostReply.TryRead(Encoding.Latin1.GetBytes(text), command, out HostReply reply));
        return reply;
    }
}
