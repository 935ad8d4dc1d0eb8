using Switch.Protocol.Composites;

namespace Switch.Tests.Protocol.Composites;

public class IccDataTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("9F26081122334455667788", "9F26081122334455667788")]
    [InlineData("5A084000001234567899", "")]
    [InlineData("82023900" + "5711" + "4000001234567899D281220100000000FF" + "950500", null)]
    [InlineData("82023900" + "5708" + "4000001234567899" + "95050000000000", "8202390095050000000000")]
    [InlineData("9F1F03313233" + "9F200131" + "560131" + "9F6B0131" + "9902AABB" + "9A03251122", "9A03251122")]
    [InlineData("00" + "82023900" + "0000" + "9A03251122" + "00", "820239009A03251122")]
    [InlineData("FF" + "82023900" + "FFFF" + "9A03251122" + "00FFFF", "820239009A03251122")]
    [InlineData("FF" + "5A084000001234567899" + "FF" + "5708" + "4000001234567899" + "82023900", "82023900")]
    [InlineData("FF810505" + "9A03251122" + "82023900", "FF8105059A0325112282023900")] // A kernel's own tag.
    [InlineData("FF81050A" + "5A084000001234567899" + "82023900", "82023900")]
    [InlineData("7706" + "FF82023900FF", "7706FF82023900FF")]
    [InlineData("DF812903010203", "DF812903010203")]
    [InlineData("9F10810411223344", "9F10810411223344")]
    [InlineData("9F1082000411223344", "9F1082000411223344")]
    [InlineData("7106" + "9F180400000001" + "00", null)]
    [InlineData("7107" + "9F180400000001", "71079F180400000001")]
    [InlineData("770B" + "82023900" + "5A054000001234", "")]
    [InlineData("770D" + "700B" + "82023900" + "5A054000001234" + "9A03251122", "9A03251122")]
    [InlineData("5A80", null)]
    [InlineData("5A84000000", null)]
    [InlineData("5A0511", null)]
    [InlineData("9F", null)]
    [InlineData("9F26", null)]
    [InlineData("9FFFFFFF0100", null)]
    [InlineData("5A8204", null)]
    [InlineData("770282FF", null)]
    public void TryScrub_DataObjects_KeepsTheHarmlessOnes(string hex, string? kept)
    {
        byte[] data = Convert.FromHexString(hex);
        byte[] destination = new byte[data.Length];

        bool good = IccData.TryScrub(data, destination, out int size);

        Assert.Equal(kept is not null, good);
        if (good)
        {
            Assert.Equal(kept, Convert.ToHexString(destination.AsSpan(0, size)));
            Assert.True(IccData.TryScrub(data, data, out size)); // In place.
            Assert.Equal(kept, Convert.ToHexString(data.AsSpan(0, size)));
        }
    }

    [Fact]
    public void TryScrub_NestedBeyondTheBound_IsRefused()
    {
        byte[] data = [0x82, 0x00];
        for (int depth = 1; depth <= IccData.DepthMax + 1; depth++)
        {
            Assert.Equal(depth <= IccData.DepthMax, IccData.TryScrub(data, new byte[data.Length], out _));
            data = [0x70, (byte)data.Length, .. data];
        }
    }

    [Fact]
    public void TryScrub_MoreObjectsThanTheBound_IsRefused()
    {
        byte[] data = [.. Enumerable.Repeat(new byte[] { 0x82, 0x00 }, IccData.CountMax).SelectMany(pair => pair)];

        Assert.True(IccData.TryScrub(data, new byte[data.Length], out _));
        Assert.False(IccData.TryScrub([.. data, 0x82, 0x00], new byte[data.Length + 2], out _));
    }

    /// <summary>Any bytes end in a verdict, and what is kept is never more than what came.</summary>
    [Fact]
    public void TryScrub_RandomBytes_NeverThrowsOrGrows()
    {
        var random = new Random(55);
        byte[] destination = new byte[64];
        for (int round = 0; round < 20_000; round++)
        {
            byte[] data = new byte[random.Next(64)];
            random.NextBytes(data);
            if (round % 2 == 0 && data.Length > 4)
            {
                data[0] = 0x70;
                data[1] = (byte)(data.Length - 2);
            }

            if (IccData.TryScrub(data, destination, out int size))
            {
                Assert.True(size <= data.Length);
                Assert.True(IccData.TryScrub(destination.AsSpan(0, size), destination, out int again));
                Assert.Equal(size, again);
            }
        }
    }
}
