using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

/// <summary>Hexadecimal of any length and any bytes, against the platform's own.</summary>
public class HexTests
{
    private static readonly byte[] s_all = [.. Enumerable.Range(0, 256).Select(value => (byte)((value * 167) + 13))];

    [Fact]
    public void EncodeHex_AnyBytes_IsThePlatforms()
    {
        for (int length = 0; length <= s_all.Length; length++)
        {
            byte[] bytes = s_all[^length..];
            byte[] hex = new byte[2 * length];
            byte[] inPlace = [.. bytes, .. new byte[length]];

            FieldCodec.EncodeHex(bytes, hex);
            FieldCodec.EncodeHexInPlace(inPlace, length);

            Assert.Equal(Convert.ToHexString(bytes), Encoding.ASCII.GetString(hex));
            Assert.Equal(hex, inPlace);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DecodeHex_OfEitherCase_GivesTheBytesAlsoInPlace(bool isUpper)
    {
        for (int length = 0; length <= s_all.Length; length++)
        {
            byte[] bytes = s_all[^length..];
            byte[] hex = Encoding.ASCII.GetBytes(
                isUpper ? Convert.ToHexString(bytes) : Convert.ToHexStringLower(bytes));
            byte[] decoded = new byte[length];

            FieldCodec.DecodeHex(hex, decoded);
            FieldCodec.DecodeHex(hex, hex.AsSpan(0, length));

            Assert.Equal(bytes, decoded);
            Assert.Equal(bytes, hex[..length]);
        }
    }
}
