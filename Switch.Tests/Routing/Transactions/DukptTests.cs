using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// The key serial number of a terminal (DUKPT) goes to the security module with the block that it is about, and to no
/// issuer and no record.
/// </summary>
public sealed class DukptTests
{
    private const string Block = "1B9C1845EB993A7A";
    private const string ForPrimary = "1111111111111111";
    private const string ForStandby = "2222222222222222";
    private const string Serial = "FFFF9876543210E00001";
    private const string ShortSerial = "9876543210E00001"; // The same without its leading FF FF.
    private const string Digits = "1234567890120001"; // Without letters, so that 1987 could have it as digits.

    private static readonly Dialect Bytes = MakeDialect("bytes", """{ "53": { "format": "b 10" } }""");
    private static readonly Dialect Text = MakeDialect("text", """{ "53": { "format": "ans 24" } }""");
    private static readonly Dialect Packed = MakeDialect(
        "packed", """{ "53": { "format": "b..48" } }""", "iso87-binary");
    private static readonly Dialect Private = MakeDialect(
        "private", """{ "62": { "format": "b..48" } }""", sensitive: "62");
    private static readonly Dialect Ascii93 = Dialect.Get("iso93-ascii");

    /// <summary>Each place that a dialect may have for it: its name, its canonical field, what stands there.</summary>
    public static TheoryData<string, int, string> Places() => new()
    {
        { "bytes", 53, Serial },
        { "packed", 53, Serial },
        { "packed", 53, ShortSerial },
        { "text", 53, "as characters" },
        { "private", 62, Serial },
        { "iso93-ascii", LaterField.SecurityControl, Serial },
        { "iso93-ascii", LaterField.SecurityControl, ShortSerial },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Translate_EachDialect_ModuleHasTheNumberAndNoIssuerDoes(string dialect, int field, string serial)
    {
        CoreRig rig = Rig(DialectOf(dialect), field);

        Ask(rig, field, serial == "as characters" ? Serial : serial);

        AskedPin asked = Assert.Single(rig.World.AskedPins);
        Assert.Equal(Serial, TextOf(asked));
        Answer(rig, PinOutcome.Translated, ForPrimary);
        SentMessage sent = Assert.Single(rig.World.ToLinks);
        AssertClean(sent, field);
        rig.Reply(sent);
        Assert.StartsWith("00", Assert.Single(rig.Answers)[39], StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_OfAes_HasTwelveBytes()
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);

        Ask(rig, LaterField.SecurityControl, "123456789012345600000001");

        Assert.Equal("123456789012345600000001", TextOf(Assert.Single(rig.World.AskedPins)));
    }

    /// <summary>The standby's block is made of the same block, under the same terminal's key.</summary>
    [Fact]
    public void Translate_PrimaryIsSilent_StandbyIsAskedWithTheSameNumber()
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);
        Ask(rig, LaterField.SecurityControl, Serial);
        Answer(rig, PinOutcome.Translated, ForPrimary);

        rig.Advance(TimeSpan.FromSeconds(3.1));

        AskedPin second = rig.World.AskedPins[^1];
        Assert.Equal((2, 1), (rig.World.AskedPins.Count, second.Issuer));
        Assert.Equal((rig.World.AskedPins[0].Raw, Serial), (second.Raw, TextOf(second)));
        Answer(rig, PinOutcome.Translated, ForStandby);
        AssertClean(rig.World.ToLinks.Single(one => one.Target == CoreRig.StandbyLink && one.Mti.IsRequest), 53);
    }

    /// <summary>Two payments at once: each block goes with its own number.</summary>
    [Fact]
    public void Translate_TwoTerminalsAtOnce_EachHasItsOwnNumber()
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);

        Ask(rig, LaterField.SecurityControl, Serial);
        Ask(rig, LaterField.SecurityControl, "FFFF9876543210E00002", stan: 2);
        Answer(rig, PinOutcome.IssuerKeyRejected, "");
        Tell(rig, rig.World.AskedPins[0], PinOutcome.IssuerKeyRejected, "");

        Assert.Equal(
            [Serial, "FFFF9876543210E00002", "FFFF9876543210E00002", Serial], rig.World.AskedPins.Select(TextOf));
    }

    /// <summary>Declined at once, by the code of the edition, and the module is not asked.</summary>
    [Theory]
    [InlineData("86", "920", null)]
    [InlineData("81", "126", null)]
    [InlineData("86", "920", "FFFF9876543210E000")]
    [InlineData("86", "920", "FFFF9876543210E0000101")]
    [InlineData("86", "920", "FFFF9876543210E00001FFFF9876543210E00001")]
    [InlineData("86", "920", "FFFF9876543210E00000")] // No terminal counts from zero.
    [InlineData("86", "920", "FFFF9876543210FFFFFF")] // Nor uses counters of so many ones.
    [InlineData("86", "920", "123456789012345600000000")]
    [InlineData("86", "920", "01")]
    public void Request_NumberIsMissingOrNone_IsDeclinedAndNothingIsAsked(string code, string said, string? serial)
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl, code);

        Ask(rig, LaterField.SecurityControl, serial);

        Assert.Equal(said, Assert.Single(rig.Answers)[39]);
        Assert.Empty(rig.World.AskedPins);
        Assert.Empty(rig.World.ToLinks);
        Assert.Equal((1, 0, 0), (
            rig.Counters.PinSerialNumbersRefused, rig.Counters.OwedNow, rig.Counters.PinsRefused));
    }

    [Theory]
    [InlineData("FFFF9876543210E0000G")]
    [InlineData("FFFF9876543210E000")]
    [InlineData("FFFF 876543210E00001")]
    public void Request_CharactersThatAreNoNumber_AreDeclined(string text)
    {
        CoreRig rig = Rig(Text, 53);

        rig.Request(change: fields => (fields[52], fields[53]) = (Block, text));

        Assert.Equal("86", Assert.Single(rig.Answers)[39]);
        Assert.Empty(rig.World.AskedPins);
    }

    /// <summary>Whatever stands where the number should be, it ends in an answer.</summary>
    [Fact]
    public void Request_NumbersOfAnyBytes_AreAskedWithOrDeclined()
    {
        var chance = new Random(20261130);
        for (int round = 1; round <= 500; round++)
        {
            CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);
            byte[] bytes = new byte[chance.Next(1, 49)];
            chance.NextBytes(bytes);

            Ask(rig, LaterField.SecurityControl, Convert.ToHexString(bytes));

            Assert.Equal(1, rig.World.AskedPins.Count + rig.Answers.Count(static answer => answer[39] == "920"));
            Assert.True(bytes.Length is 8 or 10 or 12 || rig.World.AskedPins.Count == 0, $"{bytes.Length} bytes");
        }
    }

    /// <summary>What names a terminal's key is nothing for an issuer, with or without a PIN.</summary>
    [Theory]
    [InlineData("FFFF9876543210E00001")]
    [InlineData("01")]
    [InlineData(Digits)]
    public void Request_NumberWithoutPin_IsAskedWithoutIt(string serial)
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);

        rig.Request(change: fields => fields[LaterField.SecurityControl] = serial);

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        AssertClean(sent, LaterField.SecurityControl);
        Assert.False(sent.Has(52));
        Assert.Empty(rig.World.AskedPins);
    }

    /// <summary>A terminal that repeats a message may encipher its PIN anew, under its next key.</summary>
    [Fact]
    public void Repeat_WithAnotherNumber_IsTheSameRequest()
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);
        Ask(rig, LaterField.SecurityControl, Serial);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        rig.Reply(rig.World.ToLinks[^1]);

        foreach (string serial in (string[])["FFFF9876543210E00002", "01"])
        {
            rig.Request(mti: "0101", change: fields =>
                (fields[52], fields[LaterField.SecurityControl]) = ("FEDCBA9876543210", serial));
        }

        Assert.Equal(["000", "000", "000"], rig.Answers.Select(answer => answer[39]));
        Assert.Single(rig.World.AskedPins);
        Assert.Equal(0, rig.Counters.DuplicateConflicts);
    }

    /// <summary>A number without letters is there twice: as bytes, and as the digits that 1987 has.</summary>
    [Theory]
    [InlineData(Serial)]
    [InlineData(Digits)]
    public void Decision_Made_NumberIsErased(string serial)
    {
        CoreRig rig = Rig(Ascii93, LaterField.SecurityControl);
        Message request = rig.MakeRequest(
            stan: 1, fields => (fields[52], fields[LaterField.SecurityControl]) = (Block, serial));
        rig.Core.AcquirerMessage(CoreRig.Session, 0, request);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        Assert.True(request.Raw(53).ContainsAnyExcept((byte)0)); // A standby may still need it.
        rig.CommitsAtOnce = false;

        rig.Reply(rig.World.ToLinks[^1]);

        Assert.False(request.Raw(53).ContainsAnyExcept((byte)0));
        Assert.False(request.Raw(52).ContainsAnyExcept((byte)'0', (byte)0));
        byte[] text = new byte[request.TextLength(53)];
        request.CopyText(53, text);
        Assert.Equal(new byte[text.Length], text);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Records_OfEveryEnd_HoldNoNumber(string dialect, int field, string serial)
    {
        CoreRig rig = Rig(DialectOf(dialect), field);
        serial = serial == "as characters" ? Serial : serial;
        Ask(rig, field, serial);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        rig.Reply(rig.World.ToLinks[^1]);
        Ask(rig, field, serial, stan: 2);
        Answer(rig, PinOutcome.Unreadable, "");
        Ask(rig, field, serial, stan: 3);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        rig.Reversal(originalStan: 1, stan: 4, change: fields => fields[field] = serial);
        rig.Reversal(originalStan: 3, stan: 5, change: fields => fields[field] = serial);
        rig.Request(mti: "0120", stan: 6, change: fields =>
        {
            fields[39] = "00";
            fields[field] = serial;
        });
        rig.Advance(TimeSpan.FromSeconds(10));
        var scanner = new LeakScanner();
        scanner.AddBytes("the number", Convert.FromHexString(ShortSerial));
        scanner.AddBytes("its text", System.Text.Encoding.ASCII.GetBytes(ShortSerial));

        Assert.NotEmpty(rig.World.Records);
        Assert.All(
            rig.World.Records,
            record => Assert.Empty(scanner.Scan([.. record.Open, .. record.Secret])));
        Assert.All(rig.World.ToLinks, sent => Assert.Empty(scanner.Scan(sent.Message.Bytes)));
        Assert.All(rig.Answers, sent => Assert.Empty(scanner.Scan(sent.Message.Bytes)));
    }

    /// <summary>
    /// DE 53 of a later edition, as bytes, tells of the acquirer's key too, and is none of the issuer's.
    /// </summary>
    [Theory]
    [InlineData("9701100000000000")]
    [InlineData("A1B2C3D4E5F60718")]
    public void ZoneKey_SecurityControlOfALaterEdition_StaysBehind(string control)
    {
        CoreRig rig = Rig(Ascii93, field: 0);

        Ask(rig, LaterField.SecurityControl, control);
        Answer(rig, PinOutcome.Translated, ForPrimary);

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.True(sent.Has(52));
        AssertClean(sent, LaterField.SecurityControl);
        rig.Reply(sent, change: fields => fields[53] = control);
        AssertClean(Assert.Single(rig.Answers), LaterField.SecurityControl);
    }

    private static void AssertClean(SentMessage sent, int field)
    {
        Assert.False(sent.Has(field) || sent.Has(53) || sent.Has(LaterField.SecurityControl), "It has the number.");
        Assert.True(sent.Message.Raw(53).IsEmpty);
    }

    private static string TextOf(AskedPin asked)
    {
        byte[] bytes = new byte[12];
        return Convert.ToHexString(bytes[..asked.SerialNumber.CopyTo(bytes)]);
    }

    private static CoreRig Rig(Dialect dialect, int field, string code = "86")
    {
        var rig = new CoreRig(core => core with
        {
            PinTime = TimeSpan.FromMilliseconds(700),
            Acquirers =
            [
                core.Acquirers[0] with
                {
                    Dialect = dialect,
                    Pin = new PinSettings
                    {
                        Handling = PinHandling.Translate, UnreadableCode = code, SerialNumberField = field,
                    },
                },
            ],
            Issuers =
            [
                .. core.Issuers.Select((issuer, index) => issuer with
                {
                    HasPinKey = true,
                    Dialect = index == 0 ? Ascii93 : dialect, // As close to the acquirer's as it can be.
                }),
            ],
        });
        rig.LinksUp();
        return rig;
    }

    private static void Ask(CoreRig rig, int field, string? serial, int stan = 1) =>
        rig.Request(stan: stan, change: fields =>
        {
            fields[52] = Block;
            if (serial is not null)
            {
                fields[field == 0 ? LaterField.SecurityControl : field] = serial;
            }
        });

    private static void Answer(CoreRig rig, PinOutcome outcome, string block) =>
        Tell(rig, rig.World.AskedPins[^1], outcome, block);

    private static void Tell(CoreRig rig, AskedPin asked, PinOutcome outcome, string block)
    {
        rig.Core.PinTranslated(asked.Tag, outcome, Convert.FromHexString(block));
        rig.Settle();
    }

    private static Dialect DialectOf(string name) =>
        new[] { Bytes, Text, Packed, Private, Ascii93 }.Single(one => one.Name == name);

    private static Dialect MakeDialect(
        string name, string fields, string parent = "iso87-ascii", string sensitive = "53")
    {
        string text = $$"""
            { "name": "{{name}}", "extends": "{{parent}}", "sensitive": "{{sensitive}}", "fields": {{fields}} }
            """;
        Assert.True(
            new DialectCatalog().TryAdd(text, out Dialect? dialect, out IReadOnlyList<string> mistakes),
            string.Join("; ", mistakes));
        return dialect;
    }
}
