using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Protocol.Messages;

public class MessageComposerTests
{
    private readonly MessageComposer _composer = new(8192);

    /// <summary>The second of these has the switch's own identity; every other byte is the acquirer's.</summary>
    [Fact]
    public void TryWrite_SameDialectSameLengths_TouchesOnlyWhatWasSet()
    {
        foreach (Dialect dialect in new[] { Samples.Ascii, Samples.Binary })
        {
            Message source = Samples.Load(dialect);
            SortedDictionary<int, string> expected = Samples.Purchase;
            expected[Field.Stan] = "987654";
            expected[Field.TransmissionDateTime] = "0101000000";

            _composer.Start(dialect, new Mti(101));
            _composer.Take(source);
            _composer.SetNumber(Field.Stan, 987654);
            _composer.Set(Field.TransmissionDateTime, "0101000000"u8);

            Assert.True(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
            byte[] wanted = Samples.Encode(dialect, new Mti(101), expected, withIcc: true);
            Assert.Equal(Convert.ToHexString(wanted), Convert.ToHexString(bytes));
        }
    }

    /// <summary>Patched, laid down, padded and converted: of none of them a byte stays.</summary>
    [Fact]
    public void Forget_AfterEachWayOfWriting_LeavesNothing()
    {
        foreach ((Dialect from, Dialect to) in new[]
        {
            (Samples.Ascii, Samples.Ascii), (Samples.Ascii, Samples.Binary), (Samples.Binary, Samples.Ascii),
        })
        {
            _composer.Start(to, new Mti(101));
            _composer.Take(Samples.Load(from));
            _composer.Set(Field.ProcessingCode, "12"u8);
            Assert.True(_composer.TryWrite(out _, out _));
            IReadOnlyList<byte[]> held = HeldBytes.Of(_composer, HoldersIn(_composer));
            Assert.True(held.HoldAnything());

            _composer.Forget();

            Assert.False(held.HoldAnything());
        }
    }

    // The composer's own parts; a dialect's tables are no secret.
    private static Type[] HoldersIn(MessageComposer composer) =>
        [.. composer.GetType().Assembly.GetTypes().Where(static type => type.Name is "TextScratch" or "EditionWriter")];

    /// <summary>An empty second bitmap is unusual, good, and not ours to remove.</summary>
    [Fact]
    public void TryWrite_SameDialectPatched_KeepsUnusualBytes()
    {
        byte[] unusual = Encoding.ASCII.GetBytes("0100" + "A000000000000000" + "0000000000000000" + "000000");
        var source = new Message(256);
        Assert.True(source.TryLoad(Samples.Ascii, unusual, out _));

        _composer.Start(Samples.Ascii, Mti.AuthorizationRequest);
        _composer.Take(source);
        _composer.Set(Field.ProcessingCode, "123456"u8);

        Assert.True(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
        Assert.Equal("0100A0000000000000000000000000000000123456", Encoding.ASCII.GetString(bytes));
    }

    [Fact]
    public void TryWrite_LengthChanges_LaysTheMessageDownAnew()
    {
        foreach (Dialect dialect in new[] { Samples.Ascii, Samples.Binary })
        {
            Message source = Samples.Load(dialect);
            _composer.Start(dialect, Mti.AuthorizationRequest);
            _composer.Take(source);
            _composer.Drop(FieldSet.Of(Field.Track2, Field.PinData));
            _composer.Drop(Field.Expiry);
            _composer.Set(Field.AcquirerId, "123"u8);
            _composer.Set(Field.ApprovalCode, "A1"u8);

            Message made = Samples.Reload(dialect, _composer);

            SortedDictionary<int, string> expected = Samples.Purchase;
            expected.Remove(Field.Track2);
            expected.Remove(Field.PinData);
            expected.Remove(Field.Expiry);
            expected[Field.AcquirerId] = "123";
            expected[Field.ApprovalCode] = "A1    ";
            AssertTexts(expected, made, except: Field.IccData);
            Assert.True(made.Raw(Field.IccData).SequenceEqual(source.Raw(Field.IccData)));
        }
    }

    /// <summary>The vectors' fields through the other dialect and back are the vectors again.</summary>
    [Theory]
    [InlineData("iso87-ascii", "iso87-binary")]
    [InlineData("iso87-binary", "iso87-ascii")]
    public void TryWrite_OtherDialectAndBack_GivesTheSameBytes(string from, string to)
    {
        var there = new Message(8192);
        Dialect other = Dialect.Get(to);
        foreach (Vector vector in Vector.Of(from))
        {
            Message source = vector.Load();

            // Field 55 of the ASCII vectors is chance, not hexadecimal, and some of the binary ones double beyond
            // 999.
            FieldSet fields = source.Fields.Without(Field.IccData);
            _composer.Start(other, source.Mti);
            _composer.Take(source, fields);
            Assert.True(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), $"{vector}: {fault}");
            Assert.True(there.TryLoad(other, bytes, out fault), $"{vector}: {fault}");
            Assert.Equal(fields, there.Fields);

            _composer.Start(vector.Dialect, there.Mti);
            _composer.Take(there);
            if (source.Has(Field.IccData))
            {
                _composer.Set(Field.IccData, source.Raw(Field.IccData));
            }

            Assert.True(_composer.TryWrite(out bytes, out fault), $"{vector}: {fault}");
            Assert.Equal(Convert.ToHexString(vector.Bytes), Convert.ToHexString(bytes));
        }
    }

    [Fact]
    public void TryWrite_ChipDataAcrossDialects_ChangesForm()
    {
        Message source = Samples.Load(Samples.Ascii);
        _composer.Start(Samples.Binary, source.Mti);
        _composer.Take(source);

        Message binary = Samples.Reload(Samples.Binary, _composer);
        Assert.Equal(Samples.IccHex, Convert.ToHexString(binary.Raw(Field.IccData)));

        _composer.Start(Samples.Ascii, source.Mti);
        _composer.Take(binary);
        Message ascii = Samples.Reload(Samples.Ascii, _composer);
        Assert.Equal(Samples.IccHex, Samples.Text(ascii, Field.IccData));
    }

    [Fact]
    public void TryWrite_ChipDataThatIsNotHex_NamesTheField()
    {
        var fields = new Dictionary<int, string> { [Field.IccData] = "not hex!" };
        Message source = Samples.Load(Samples.Ascii, Mti.AuthorizationRequest, fields);
        _composer.Start(Samples.Binary, source.Mti);
        _composer.Take(source);

        Assert.False(_composer.TryWrite(out _, out ParseFault fault));
        Assert.Equal(ParseError.ContentNotHex, fault.Error);
        Assert.Equal(Field.IccData, fault.Field);
    }

    /// <summary>
    /// An answer: identity from the request, outcome from the reply of the other side in its own dialect.
    /// </summary>
    [Fact]
    public void TryWrite_TwoSources_LaterWins()
    {
        Message request = Samples.Load(Samples.Ascii);
        var outcome = new Dictionary<int, string>
        {
            [Field.Stan] = "777777", [Field.ApprovalCode] = "OK1234", [Field.ResponseCode] = "00",
            [Field.EntryMode] = "012",
        };
        Message reply = Samples.Load(Samples.Binary, Mti.AuthorizationResponse, outcome);

        _composer.Start(Samples.Ascii, reply.Mti);
        _composer.Take(request, FieldSet.Of(Field.Stan, Field.TerminalId, Field.EntryMode, Field.Amount));
        _composer.Take(reply, FieldSet.Of(Field.ApprovalCode, Field.ResponseCode, Field.EntryMode));

        Message made = Samples.Reload(Samples.Ascii, _composer);
        AssertTexts(
            new()
            {
                [Field.Amount] = "000000012345", [Field.Stan] = "000123", [Field.EntryMode] = "012",
                [Field.ApprovalCode] = "OK1234", [Field.ResponseCode] = "00", [Field.TerminalId] = "TERM0001",
            },
            made);
    }

    [Fact]
    public void TryWrite_LastWordOnAField_Wins()
    {
        Message source = Samples.Load(Samples.Ascii);
        _composer.Start(Samples.Ascii, source.Mti);
        _composer.Set(Field.Stan, "111111"u8);
        _composer.Set(Field.Currency, "840"u8);
        _composer.Take(source, FieldSet.Of(Field.Stan, Field.Currency, Field.Amount));
        _composer.Drop(Field.Amount);
        _composer.Set(Field.Currency, "978"u8);
        _composer.Set(Field.Amount, "1"u8);
        _composer.Drop(Field.Currency);

        AssertTexts(
            new() { [Field.Amount] = "000000000001", [Field.Stan] = "000123" },
            Samples.Reload(Samples.Ascii, _composer));
    }

    [Theory]
    [InlineData(4, "1", "000000000001")]
    [InlineData(4, "0000000000000099", "000000000099")]
    [InlineData(41, "T1", "T1      ")]
    [InlineData(41, "TERMINAL    ", "TERMINAL")]
    [InlineData(28, "D5", "D00000005")]
    [InlineData(28, "C0000012345678", "C12345678")]
    [InlineData(22, "51", "051")]
    [InlineData(32, "007", "007")]
    [InlineData(44, "", "")]
    public void Set_OtherLength_IsPaddedOrFreedOfPadding(int field, string text, string expected)
    {
        foreach (Dialect dialect in new[] { Samples.Ascii, Samples.Binary })
        {
            _composer.Start(dialect, Mti.AuthorizationRequest);
            _composer.Set(field, Encoding.ASCII.GetBytes(text));

            Message made = Samples.Reload(dialect, _composer);
            Assert.Equal(expected, Samples.Text(made, field));
            Assert.True(made.Has(field));
        }
    }

    [Theory]
    [InlineData(4, "1234567890123", ParseError.TooLong)]
    [InlineData(4, "12x", ParseError.ContentNotNumeric)]
    [InlineData(4, " 12", ParseError.ContentNotNumeric)]
    [InlineData(2, "00004000001234567899", ParseError.TooLong)]
    [InlineData(28, "00000001", ParseError.BadSign)]
    [InlineData(28, "C1234567a", ParseError.ContentNotNumeric)]
    [InlineData(41, "TERMINAL1", ParseError.TooLong)]
    [InlineData(41, "TERM\n", ParseError.ContentNotPrintable)]
    [InlineData(52, "1234567", ParseError.TooShort)]
    [InlineData(52, "123456789", ParseError.TooLong)]
    [InlineData(35, "4000D12", ParseError.ContentNotNumeric)]
    [InlineData(65, "1", ParseError.UnknownField)]
    [InlineData(150, "1", ParseError.UnknownField)]
    public void Set_WhatCannotStandThere_NamesTheField(int field, string text, ParseError error)
    {
        foreach (Dialect dialect in new[] { Samples.Ascii, Samples.Binary })
        {
            _composer.Start(dialect, Mti.AuthorizationRequest);
            _composer.Set(Field.ProcessingCode, "000000"u8);
            _composer.Set(field, Encoding.ASCII.GetBytes(text));

            Assert.False(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault));
            Assert.Equal(error, fault.Error);
            Assert.Equal(field, fault.Field);
            Assert.True(bytes.IsEmpty);
        }
    }

    [Fact]
    public void Take_FieldsThatTheTargetLacks_AreLeftOutAndNamed()
    {
        var catalog = new DialectCatalog();
        Assert.True(catalog.TryAdd(
            """{ "name": "lean", "extends": "iso87-binary", "fields": { "43": null, "12": null } }""",
            out Dialect? lean, out _));
        Message source = Samples.Load(Samples.Ascii);

        _composer.Start(lean, source.Mti);
        _composer.Take(source);

        Message made = Samples.Reload(lean, _composer);
        Assert.Equal(FieldSet.Of(12, 43), _composer.LeftOut);
        Assert.Equal(source.Fields.Except(FieldSet.Of(12, 43)), made.Fields);
    }

    [Fact]
    public void TryWrite_EverySizeBelowTheNeed_IsTooLongAndNeverThrows()
    {
        Message source = Samples.Load(Samples.Ascii);
        foreach (Dialect target in new[] { Samples.Ascii, Samples.Binary })
        {
            _composer.Start(target, source.Mti);
            _composer.Take(source);
            Assert.True(_composer.TryWrite(out ReadOnlySpan<byte> whole, out _));
            for (int size = 1; size <= whole.Length; size++)
            {
                var small = new MessageComposer(size);
                small.Start(target, source.Mti);
                small.Take(source);

                Assert.Equal(size == whole.Length, small.TryWrite(out _, out ParseFault fault));
                Assert.Equal(size == whole.Length ? ParseError.None : ParseError.TooLong, fault.Error);
            }
        }
    }

    [Fact]
    public void Set_WithoutEnd_IsRefusedAtTheBound()
    {
        _composer.Start(Samples.Ascii, Mti.AuthorizationRequest);
        byte[] text = new byte[900];
        text.AsSpan().Fill((byte)'x');
        for (int round = 0; round < 100; round++)
        {
            _composer.Set(Field.Private48, text);
        }

        Assert.False(_composer.TryWrite(out _, out ParseFault fault));
        Assert.Equal(ParseError.TooLong, fault.Error);
    }

    [Fact]
    public void Take_NotAnImage_IsBadImage()
    {
        _composer.Start(Samples.Ascii, Mti.AuthorizationRequest);
        _composer.Take([9, 9, 9]);

        Assert.False(_composer.TryWrite(out _, out ParseFault fault));
        Assert.Equal(ParseError.BadImage, fault.Error);
    }

    /// <summary>A message that arrived with a fault is never copied whole: the faulty field stays behind.</summary>
    [Fact]
    public void Take_FaultyMessage_TakesOnlyItsGoodFields()
    {
        byte[] bytes = Samples.Encode(Samples.Ascii, Mti.AuthorizationRequest, Samples.Purchase);
        bytes[Encoding.ASCII.GetString(bytes).IndexOf("000000012345", StringComparison.Ordinal)] = (byte)'?';
        var source = new Message(1024);
        Assert.False(source.TryLoad(Samples.Ascii, bytes, out _));

        _composer.Start(Samples.Ascii, source.Mti.Response());
        _composer.Take(source);
        _composer.Set(Field.ResponseCode, "30"u8);

        Message made = Samples.Reload(Samples.Ascii, _composer);
        Assert.False(made.Has(Field.Amount));
        Assert.Equal("000123", Samples.Text(made, Field.Stan));
    }

    [Fact]
    public void TryWrite_NoFields_SendsZeroBitmap()
    {
        _composer.Start(Samples.Ascii, Mti.NetworkRequest);

        Assert.True(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
        Assert.Equal("08000000000000000000", Encoding.ASCII.GetString(bytes));
    }

    private static void AssertTexts(SortedDictionary<int, string> expected, Message message, int except = 0)
    {
        FieldSet fields = except == 0 ? message.Fields : message.Fields.Without(except);
        Assert.Equal(string.Join(',', expected.Keys), fields.ToString());
        foreach ((int field, string text) in expected)
        {
            Assert.Equal(text, Samples.Text(message, field));
        }
    }
}
