using System.Buffers;
using Switch.Protocol.Framing;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Framing;

public class FrameFormatTests
{
    private static readonly byte[] Stream = [0, 4, (byte)'0', (byte)'8', (byte)'0', (byte)'0', 0, 0, 0, 1, (byte)'x'];

    private static FrameFormat Len2
    {
        get
        {
            Assert.True(FrameFormat.TryGet("len2", out FrameFormat? format));
            return format;
        }
    }

    /// <summary>TCP may cut a stream anywhere, so cut it everywhere, twice.</summary>
    [Fact]
    public void TryDecode_StreamInThreeSegments_GivesTheSameFrames()
    {
        for (int first = 0; first <= Stream.Length; first++)
        {
            for (int second = first; second <= Stream.Length; second++)
            {
                ReadOnlySequence<byte> buffer = Segments.Of(Stream[..first], Stream[first..second], Stream[second..]);

                Assert.Equal(FrameStatus.Complete, Len2.TryDecode(ref buffer, 100, out ReadOnlySequence<byte> frame));
                Assert.Equal("0800"u8.ToArray(), frame.ToArray());
                Assert.Equal(FrameStatus.Empty, Len2.TryDecode(ref buffer, 100, out frame));
                Assert.True(frame.IsEmpty);
                Assert.Equal(FrameStatus.Complete, Len2.TryDecode(ref buffer, 100, out frame));
                Assert.Equal("x"u8.ToArray(), frame.ToArray());
                Assert.Equal(FrameStatus.Incomplete, Len2.TryDecode(ref buffer, 100, out _));
                Assert.True(buffer.IsEmpty);
            }
        }
    }

    [Fact]
    public void TryDecode_PartOfAFrame_TakesNothing()
    {
        for (int size = 0; size < 6; size++)
        {
            var buffer = new ReadOnlySequence<byte>(Stream, 0, size);

            Assert.Equal(FrameStatus.Incomplete, Len2.TryDecode(ref buffer, 100, out ReadOnlySequence<byte> frame));
            Assert.Equal(size, buffer.Length);
            Assert.True(frame.IsEmpty);
        }
    }

    /// <summary>The claim is refused before any of the body is there.</summary>
    [Theory]
    [InlineData(0x01, 0x00, 256, FrameStatus.Incomplete)]
    [InlineData(0x01, 0x01, 256, FrameStatus.OverLimit)]
    [InlineData(0xFF, 0xFF, 65534, FrameStatus.OverLimit)]
    [InlineData(0xFF, 0xFF, 65535, FrameStatus.Incomplete)]
    public void TryDecode_HeaderAlone_IsHeldAgainstTheLimit(int high, int low, int limit, FrameStatus status)
    {
        var buffer = new ReadOnlySequence<byte>([(byte)high, (byte)low]);

        Assert.Equal(status, Len2.TryDecode(ref buffer, limit, out _));
    }

    [Theory]
    [InlineData(0, "0000")]
    [InlineData(4, "0004")]
    [InlineData(258, "0102")]
    [InlineData(65535, "FFFF")]
    public void WriteHeader_Size_IsBigEndian(int size, string header)
    {
        byte[] destination = new byte[2];

        Assert.Equal(2, Len2.WriteHeader(destination, size));
        Assert.Equal(header, Convert.ToHexString(destination));
        Assert.Equal(2, Len2.HeaderSizeMax);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void WriteHeader_SizeThatCannotBeStated_Throws(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Len2.WriteHeader(new byte[2], size));

    [Fact]
    public void TryGet_UnknownName_IsFalse()
    {
        Assert.False(FrameFormat.TryGet("len9", out _));
        Assert.Contains("len2", FrameFormat.Names);
    }
}
