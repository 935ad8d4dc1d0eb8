using Switch.Protocol.Composites;

namespace Switch.Tests.Protocol.Composites;

/// <summary>Chip data are copied whole where that is right, and object by object where it is not.</summary>
public class IccDataScrubTests
{
    private static readonly string[] Harmless =
        ["9F2608A1B2C3D4E5F60708", "9F270180", "82023900", "9C0100", "DF810100"];

    private static readonly string[] Secret = ["5A084000001234567899", "9F6B00", "56025858", "9908AABBCCDDEEFF0011"];

    private static readonly string[] Padding = ["00", "FF", "0000"];

    /// <summary>With its own harmless content, and with a card number inside.</summary>
    private static readonly string[] Templates = ["70039C0100", "70065A0440000012"];

    [Fact]
    public void TryScrub_RandomObjects_KeepsTheHarmlessInTheirOrder()
    {
        var random = new Random(7);
        int whole = 0;
        int cut = 0;
        for (int round = 0; round < 20_000; round++)
        {
            string data = "";
            string kept = "";
            bool isRare = round % 2 == 0;
            for (int i = random.Next(8); i > 0; i--)
            {
                int kind = random.Next(isRare ? 10 : 7);
                string[] kinds = kind < 7 ? Harmless : kind == 7 ? Secret : kind == 8 ? Padding : Templates;
                string element = kinds[random.Next(kinds.Length)];
                data += element;
                kept += kind < 7 || element == Templates[0] ? element : "";
            }

            byte[] bytes = Convert.FromHexString(data);
            byte[] destination = new byte[bytes.Length];
            Assert.True(IccData.TryScrub(bytes, destination, out int written), data);
            Assert.Equal(kept, Convert.ToHexString(destination.AsSpan(0, written)));
            Assert.True(IccData.TryScrub(bytes, bytes, out int inPlace));
            Assert.Equal(kept, Convert.ToHexString(bytes.AsSpan(0, inPlace)));
            whole += kept == data ? 1 : 0;
            cut += kept == data ? 0 : 1;
        }

        Assert.True(whole > 1_000 && cut > 1_000, $"{whole} whole, {cut} cut");
    }

    [Theory]
    [InlineData("9C")]
    [InlineData("9C02AA")]
    [InlineData("9C01009F")]
    [InlineData("9C01009F2680")]
    public void TryScrub_MalformedAnywhere_KeepsNothing(string data) =>
        Assert.False(IccData.TryScrub(Convert.FromHexString(data), new byte[64], out _));
}
