using System.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Fields;

public sealed class LongNumberTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("1234567", false)]
    [InlineData("12345678", true)]
    [InlineData("TERM0001 CITY", false)]
    [InlineData("SHOP 4000 0000 0000 0002", true)]
    [InlineData("SHOP 4000-0000", true)]
    [InlineData("4000/0000/0000", false)]
    [InlineData("\u0082S\u0082O\u0082O\u0082O\u0082O\u0082O\u0082O\u0082X", true)]
    [InlineData("\u0082S\u0082O\u0082O", false)]
    [InlineData("\u0082", false)]
    public void IsIn_Characters_IsWhatMayBeACardNumber(string text, bool expected) =>
        Assert.Equal(expected, LongNumber.IsIn(Encoding.Latin1.GetBytes(text), isBytes: false));

    [Theory]
    [InlineData("", false)]
    [InlineData("4000000F", false)]
    [InlineData("40000000", true)]
    [InlineData("A4000000", false)]
    [InlineData("A40000000000000B", true)]
    [InlineData("3430303030303030", true)]
    [InlineData("F4F0F0F0F0F0F0", false)]
    [InlineData("F4F0F0F0F0F0F0F2", true)]
    [InlineData("A1B2C3D4E5F60708", false)]
    public void IsIn_Bytes_IsWhatMayBeACardNumber(string hex, bool expected) =>
        Assert.Equal(expected, LongNumber.IsIn(Convert.FromHexString(hex), isBytes: true));

    /// <summary>Beside what every description hides: numbers in fields and in tags that are not sensitive.</summary>
    [Theory]
    [InlineData(Field.MerchantName, "SHOP 4000 0000 0000 0002", "***")]
    [InlineData(Field.MerchantName, "SHOP", "SHOP")]
    [InlineData(Field.OriginalData, "010000000111221200000000000000000000000000", null)]
    [InlineData(Field.Amount, "000000001500", "000000001500")]
    [InlineData(Field.TransmissionDateTime, "0706140325", "0706140325")]
    [InlineData(Field.RetrievalReference, "532614000123", "532614000123")]
    [InlineData(Field.MerchantId, "400000000000002", "***")]
    [InlineData(Field.Mac, "\u00F4\u00F0\u00F0\u00F0\u00F0\u00F0\u00F0\u00F2", "***")]
    [InlineData(Field.IccData, "9F3602000182023900", "[9F36=0001 82=3900]")]
    [InlineData(Field.IccData, "5A0840000000000000029F3602000157084000000000000002", "[5A=*** 9F36=0001 57=***]")]
    [InlineData(Field.IccData, "DF1108400000000000000282023900", "[DF11=*** 82=3900]")]
    [InlineData(Field.IccData, "710DDF1108400000000000000282023900", "***")]
    [InlineData(Field.IccData, "710FDF1108400000000000000282023900", "[71=[DF11=*** 82=3900]]")]
    [InlineData(Field.IccData, "710B5A084000000000000002009F", "***")]
    public void DescribeField_HidingNumbers_ShowsNoneThatMayBeACard(int field, string value, string? shown)
    {
        var fields = new Dictionary<int, string> { [field] = value };
        var text = new StringBuilder();

        Masker.DescribeField(
            Samples.Load(Samples.Ascii, Mti.AuthorizationRequest, fields), field, text, hidesNumbers: true);

        Assert.Equal(shown ?? value, text.ToString());
    }
}
