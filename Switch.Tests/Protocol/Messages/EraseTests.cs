using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Messages;

public sealed class EraseTests
{
    private const string Control = "1234567890120001";

    /// <summary>DE 53 of 1993 may be there twice: as bytes, and as sixteen digits made of them.</summary>
    [Theory]
    [InlineData(LaterField.SecurityControl)]
    [InlineData(Field.SecurityControl)]
    public void Erase_ConvertedField_ZeroesTheWireAndWhatWasMadeOfIt(int field)
    {
        Message message = Load();
        Assert.Equal(Control, Convert.ToHexString(message.Raw(53)));

        message.Erase(field);

        Assert.False(message.Raw(53).ContainsAnyExcept((byte)0));
        if (field == Field.SecurityControl)
        {
            byte[] text = new byte[message.TextLength(field)];
            Assert.Equal(16, message.CopyText(field, text));
            Assert.Equal(new byte[16], text);
        }

        byte[] pan = new byte[19];
        Assert.Equal("4000000000000002"u8.ToArray(), pan[..message.CopyText(Field.Pan, pan)]);
    }

    [Fact]
    public void Erase_FieldThatIsNotThere_ChangesNothing()
    {
        Message message = Load();
        byte[] before = message.Bytes.ToArray();

        message.Erase(Field.PinData);

        Assert.Equal(before, message.Bytes.ToArray());
    }

    [Theory]
    [InlineData("iso87-ascii", 53, 53)]
    [InlineData("iso87-ascii", 62, 62)]
    [InlineData("iso93-ascii", 53, LaterField.SecurityControl)]
    [InlineData("iso93-ascii", 59, LaterField.TransportData)]
    [InlineData("iso03-binary", 62, 62)]
    [InlineData("iso93-ascii", 56, 0)]
    [InlineData("iso93-ascii", 12, 0)]
    [InlineData("iso03-ascii", 4, 0)]
    public void CanonicalOf_FieldOnTheWire_IsTheOneThatHasItsTextAsItIs(string dialect, int wire, int canonical) =>
        Assert.Equal(canonical, Dialect.Get(dialect).Edition.CanonicalOf(wire));

    private static Message Load()
    {
        var composer = new MessageComposer(1_024);
        Dialect dialect = Dialect.Get("iso93-binary");
        Assert.True(Mti.TryParse("1100"u8, out Mti mti));
        composer.Start(dialect, mti);
        composer.Set(Field.Pan, "4000000000000002"u8);
        composer.Set(53, Convert.FromHexString(Control));
        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        var message = new Message(1_024, FieldTerms.Canonical);
        Assert.True(message.TryLoad(dialect, bytes, out fault), fault.ToString());
        return message;
    }
}
