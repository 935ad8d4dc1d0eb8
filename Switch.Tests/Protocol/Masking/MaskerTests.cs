using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Masking;

public class MaskerTests
{
    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void Describe_Purchase_ShowsNothingThatItMustNot(string dialect)
    {
        Message message = Samples.Load(Dialect.Get(dialect));
        var text = new StringBuilder();

        Masker.Describe(message, text);

        Assert.Equal(
            "0100 2=400000******7899 3=000000 4=000000012345 7=1122140154 11=000123 12=230154 13=1122 14=***"
            + " 18=5411 22=051 25=00 32=12345678901 35=*** 37=532614000123 41=TERM0001 42=MERCHANT0000001"
            + " 43=CORNER SHOP              TOKYO        JP"
            + " 49=392 52=*** 55=[9F26=A1B2C3D4E5F60708 9F36=0042 57=*** 5A=*** 82=3900]",
            text.ToString());
    }

    [Theory]
    [InlineData(Field.Pan, "123", "***")]
    [InlineData(Field.PanExtended, "4000001234567899", "400000******7899")]
    [InlineData(Field.PanExtended, "JP4000001234567899", "***")]
    [InlineData(Field.Private48, "CVV=123", "***")]
    [InlineData(Field.Account1, "0012345678", "***")]
    [InlineData(Field.IccData, "not hex!", "***")]
    [InlineData(Field.IccData, "5A08", "***")]
    [InlineData(Field.Mac, "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u00FF", "01020304050607FF")]
    public void DescribeField_OddContent_IsMaskedRatherThanShown(int field, string value, string shown)
    {
        var fields = new Dictionary<int, string> { [field] = value };
        var text = new StringBuilder();

        Masker.DescribeField(Samples.Load(Samples.Ascii, Mti.AuthorizationRequest, fields), field, text);

        Assert.Equal(shown, text.ToString());
    }

    /// <summary>
    /// Whatever the vectors hold, no run of thirteen digits from a field of card data comes through.
    /// </summary>
    [Fact]
    public void Describe_EveryVector_HidesWhatIsSensitive()
    {
        foreach (Vector vector in Vector.Dialects.SelectMany(Vector.Of))
        {
            var text = new StringBuilder();
            Masker.Describe(vector.Load(), text);
            foreach (int field in (int[])[Field.Track2, Field.Track3, Field.Track1, Field.PinData])
            {
                if (vector.Fields.TryGetValue(field, out string? value) && value.Length >= 6)
                {
                    Assert.DoesNotContain(value, text.ToString());
                }
            }
        }
    }
}
