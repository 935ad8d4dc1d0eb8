using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

public class FieldImageTests
{
    private static readonly FieldSet Everything = FieldSet.Range(1, Field.MaxWithThirdBitmap);

    /// <summary>The layout is a promise to journals: byte by byte.</summary>
    [Fact]
    public void Write_SmallMessage_IsTheDocumentedBytes()
    {
        var fields = new Dictionary<int, string>
        {
            [Field.Amount] = "000000001000", [Field.Stan] = "000001", [Field.TransactionFee] = "D00000050",
        };
        Message message = Samples.Load(Samples.Binary, Mti.ReversalAdvice, fields);

        Assert.Equal(
            "01" + "A401" + "00" + "0300"
            + "04" + "00" + "0C00" + Hex("000000001000")
            + "0B" + "00" + "0600" + Hex("000001")
            + "1C" + "00" + "0900" + Hex("D00000050"),
            Convert.ToHexString(Write(message, Everything)));
    }

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void Write_Request_HoldsNoSensitiveData(string dialect)
    {
        Message message = Samples.Load(Dialect.Get(dialect));

        byte[] image = Write(message, Everything);

        Assert.True(FieldImage.IsValid(image));
        Assert.Equal(message.Fields.Except(message.Dialect.Sensitive), FieldImage.FieldsOf(image));
        Assert.Equal(message.Mti, FieldImage.MtiOf(image));
        Assert.Equal(IsoVersion.Iso1987, FieldImage.VersionOf(image));
        Assert.True(FieldImage.TryRead(image, Field.IccData, out ReadOnlySpan<byte> icc));
        Assert.Equal(Samples.IccScrubbedHex, Convert.ToHexString(icc));
        Assert.DoesNotContain("28122010000000000", Encoding.Latin1.GetString(image));
        Assert.DoesNotContain("4000001234567899D2812", Convert.ToHexString(image));
        Assert.False(FieldImage.TryRead(image, Field.PinData, out _));
    }

    /// <summary>Nothing sensitive lies in the unused part of the caller's buffer either.</summary>
    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void Write_ChipData_LeavesNothingBehindTheImage(string dialect)
    {
        byte[] buffer = new byte[FieldImage.SizeMax(2048)];

        FieldImage.Write(Samples.Load(Dialect.Get(dialect)), FieldSet.Of(Field.IccData), buffer);

        Assert.DoesNotContain("4000001234567899", Convert.ToHexString(buffer));
        Assert.DoesNotContain("4000001234567899", Encoding.Latin1.GetString(buffer));
    }

    [Fact]
    public void Write_OnlyTrack2_KeepsTheCardNumberAsField2()
    {
        var fields = new Dictionary<int, string>
        {
            [Field.Track2] = Samples.PanDigits + "=2812201", [Field.Stan] = "000001",
        };
        Message message = Samples.Load(Samples.Binary, Mti.AuthorizationRequest, fields);

        byte[] image = Write(message, Everything);
        byte[] withoutPan = Write(message, Everything.Without(Field.Pan));

        Assert.Equal("2,11", FieldImage.FieldsOf(image).ToString());
        Assert.True(FieldImage.TryRead(image, Field.Pan, out ReadOnlySpan<byte> pan));
        Assert.Equal(Samples.PanDigits, Encoding.ASCII.GetString(pan));
        Assert.Equal("11", FieldImage.FieldsOf(withoutPan).ToString());
    }

    [Theory]
    [InlineData("9F26")]
    [InlineData("zz")]
    [InlineData("571")]
    public void Write_ChipDataThatCannotBeWalked_IsDropped(string icc)
    {
        var fields = new Dictionary<int, string> { [Field.IccData] = icc, [Field.Stan] = "000001" };
        byte[] image = Write(Samples.Load(Samples.Ascii, Mti.AuthorizationRequest, fields), Everything);

        Assert.Equal("11", FieldImage.FieldsOf(image).ToString());
        Assert.True(FieldImage.IsValid(image));
    }

    /// <summary>What was stored of a message in one dialect is sent in another, chip data included.</summary>
    [Theory]
    [InlineData("iso87-ascii", "iso87-ascii")]
    [InlineData("iso87-ascii", "iso87-binary")]
    [InlineData("iso87-binary", "iso87-ascii")]
    [InlineData("iso87-binary", "iso87-binary")]
    public void Take_ImageOfAnyDialect_GivesTheFieldsInAny(string from, string to)
    {
        Message source = Samples.Load(Dialect.Get(from));
        byte[] image = Write(source, Retention.StorableFromRequest(source.Dialect));
        Dialect target = Dialect.Get(to);
        var composer = new MessageComposer(2048);

        composer.Start(target, Mti.AuthorizationAdvice);
        composer.Take(image);
        composer.Set(Field.ResponseCode, "00"u8);
        Message made = Samples.Reload(target, composer);

        Assert.Equal(FieldImage.FieldsOf(image).With(Field.ResponseCode), made.Fields);
        Assert.Equal(Samples.PanDigits, Samples.Text(made, Field.Pan));
        string icc = target[Field.IccData]!.Kind == FieldKind.B
            ? Convert.ToHexString(made.Raw(Field.IccData))
            : Samples.Text(made, Field.IccData);
        Assert.Equal(Samples.IccScrubbedHex, icc);
    }

    /// <summary>An image straight from a composer is the image of the message that it would have made.</summary>
    [Theory]
    [InlineData("iso87-ascii", "iso87-ascii")]
    [InlineData("iso87-ascii", "iso87-binary")]
    [InlineData("iso87-binary", "iso87-ascii")]
    public void TryWriteImage_AnyComposition_IsTheImageOfItsMessage(string from, string to)
    {
        Dialect target = Dialect.Get(to);
        Message source = Samples.Load(Dialect.Get(from));
        var composer = new MessageComposer(2048);
        composer.Start(target, Mti.AuthorizationAdvice);
        composer.Take(source, source.Fields.Except(FieldSet.Of(Field.Track2, Field.LocalTime)));
        composer.Set(Field.ResponseCode, "00"u8);
        composer.Set(Field.Amount, "77"u8);
        byte[] image = new byte[FieldImage.SizeMax(2048)];

        Assert.True(composer.TryWriteImage(image, out int size, out ParseFault fault), fault.ToString());

        Message made = Samples.Reload(target, composer);
        Assert.Equal(Convert.ToHexString(Write(made, Everything)), Convert.ToHexString(image.AsSpan(0, size)));
    }

    [Fact]
    public void Image_CutOrChangedAnywhere_NeverThrows()
    {
        byte[] image = Write(Samples.Load(Samples.Ascii), Everything);
        var composer = new MessageComposer(2048);
        for (int index = 0; index < image.Length; index++)
        {
            Assert.False(FieldImage.IsValid(image.AsSpan(0, index)));
            for (int bit = 1; bit < 256; bit <<= 1)
            {
                image[index] ^= (byte)bit;
                bool valid = FieldImage.IsValid(image);
                FieldImage.FieldsOf(image);
                FieldImage.MtiOf(image);
                FieldImage.TryRead(image, Field.MerchantName, out _);
                composer.Start(Samples.Binary, Mti.AuthorizationAdvice);
                composer.Take(image);
                composer.TryWrite(out _, out ParseFault fault);
                Assert.True(valid || fault.Error == ParseError.BadImage);
                image[index] ^= (byte)bit;
            }
        }
    }

    [Fact]
    public void Write_DestinationTooSmall_Throws()
    {
        Message message = Samples.Load(Samples.Ascii);
        int size = Write(message, Everything).Length;

        Assert.Throws<ArgumentException>(() => FieldImage.Write(message, Everything, new byte[size - 1]));
    }

    [Fact]
    public void Retention_RequestAndAdvice_DifferByPrivateFields()
    {
        FieldSet request = Retention.StorableFromRequest(Samples.Ascii);
        FieldSet advice = Retention.StorableFromAdvice(Samples.Ascii);

        FieldSet reserved = FieldSet.Range(46, 48) | FieldSet.Range(56, 63) | FieldSet.Range(105, 127);

        Assert.Equal(reserved, advice.Except(request));
        Assert.Equal("35,36,45,52,53", Samples.Ascii.Defined.Except(advice).ToString());
    }

    private static byte[] Write(Message message, FieldSet keep)
    {
        byte[] buffer = new byte[FieldImage.SizeMax(message.Capacity)];
        return buffer[..FieldImage.Write(message, keep, buffer)];
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.ASCII.GetBytes(text));
}
