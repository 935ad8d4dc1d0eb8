using System.Buffers;
using Switch.Protocol.Framing;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Framing;

public class FrameFormatTests
{
    /// <summary>A header for each way that a framing can have one: none, a TPDU, a fixed one.</summary>
    private static readonly (string Suffix, string? Header)[] Headers =
        [("", null), ("+tpdu", "6000010002"), ("", "ISO025000077"), ("", "hex:1601020304050607")];

    public static TheoryData<string> Names => new(FrameFormat.Names);

    /// <summary>Every framing by hand: the message 0800 alone, with a TPDU, and a keep-alive.</summary>
    [Theory]
    [InlineData("len2", "0004 30383030", "0009 6000010002 30383030", "0000")]
    [InlineData("len2-inclusive", "0006 30383030", "000B 6000010002 30383030", "0000")]
    [InlineData("len2-little", "0400 30383030", "0900 6000010002 30383030", "0000")]
    [InlineData("len2-bcd", "0004 30383030", "0009 6000010002 30383030", "0000")]
    [InlineData("len3-binary", "000004 30383030", "000009 6000010002 30383030", "000000")]
    [InlineData("len4-ascii", "30303034 30383030", "30303039 6000010002 30383030", "30303030")]
    [InlineData("len4-hex", "30303034 30383030", "30303039 6000010002 30383030", "30303030")]
    [InlineData("len4-binary", "00000004 30383030", "00000009 6000010002 30383030", "00000000")]
    [InlineData("vap", "00040000 30383030", "00090000 6000010002 30383030", "00000000")]
    [InlineData("gicc", "00000004 30383030", "00000009 6000010002 30383030", "00000000")]
    [InlineData("len2-etx", "0005 30383030 03", "000A 6000010002 30383030 03", "0000")]
    [InlineData("etx", "30383030 03", "6000010002 30383030 03", "03")]
    [InlineData("stx-etx", "02 30383030 03", "02 6000010002 30383030 03", "0203")]
    public void Write_Message_GivesTheFrame(string name, string plain, string withTpdu, string keepAlive)
    {
        byte[] message = "0800"u8.ToArray();

        Assert.Equal(Bytes(plain), Frame(Get(name, null), message));
        Assert.Equal(Bytes(withTpdu), Frame(Get(name + "+tpdu", "6000010002"), message));
        var buffer = new ReadOnlySequence<byte>(Bytes(keepAlive));
        Assert.Equal(FrameStatus.Empty, Get(name, null).TryDecode(ref buffer, 100, out _));
        Assert.True(buffer.IsEmpty);
    }

    /// <summary>TCP may cut a stream anywhere, so cut it everywhere, twice.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_StreamInThreeSegments_GivesTheSameFrames(string name)
    {
        foreach ((string suffix, string? header) in Headers)
        {
            FrameFormat format = Get(name + suffix, header);
            byte[] first = Frame(format, "0800"u8.ToArray());
            byte[] empty = Frame(format, []);
            byte[] stream = [.. first, .. empty, .. Frame(format, "x"u8.ToArray())];
            for (int one = 0; one <= stream.Length; one++)
            {
                for (int two = one; two <= stream.Length; two++)
                {
                    ReadOnlySequence<byte> buffer = Segments.Of(stream[..one], stream[one..two], stream[two..]);

                    AssertFrame(format, ref buffer, "0800");
                    Assert.Equal(FrameStatus.Empty, format.TryDecode(ref buffer, 100, out _));
                    AssertFrame(format, ref buffer, "x");
                    Assert.Equal(FrameStatus.Incomplete, format.TryDecode(ref buffer, 100, out _));
                    Assert.True(buffer.IsEmpty);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_PartOfAFrame_TakesNothing(string name)
    {
        foreach ((string suffix, string? header) in Headers)
        {
            FrameFormat format = Get(name + suffix, header);
            byte[] stream = Frame(format, "0800"u8.ToArray());
            for (int size = 0; size < stream.Length; size++)
            {
                var buffer = new ReadOnlySequence<byte>(stream, 0, size);

                Assert.Equal(FrameStatus.Incomplete, format.TryDecode(ref buffer, 100, out _));
                Assert.Equal(size, buffer.Length);
            }
        }
    }

    /// <summary>A message at the limit passes; one byte more is refused, before it is waited for.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_SizeAtTheLimit_IsTheLast(string name)
    {
        foreach ((string suffix, string? header) in Headers)
        {
            FrameFormat format = Get(name + suffix, header);
            byte[] atLimit = Frame(format, new byte[300]);
            byte[] over = Frame(format, new byte[301]);
            var buffer = new ReadOnlySequence<byte>(atLimit);
            Assert.Equal(FrameStatus.Complete, format.TryDecode(ref buffer, 300, out _));

            int known = format.IsDelimited ? over.Length - 1 : over.Length - 301 - format.Header.Size - 1;
            buffer = new ReadOnlySequence<byte>(over, 0, Math.Max(known, 4));
            Assert.Equal(FrameStatus.OverLimit, format.TryDecode(ref buffer, 300, out _));
        }
    }

    /// <summary>The claim is refused before any of the body is there.</summary>
    [Theory]
    [InlineData("len2", "0100", 256, FrameStatus.Incomplete)]
    [InlineData("len2", "0101", 256, FrameStatus.OverLimit)]
    [InlineData("len2", "FFFF", 65534, FrameStatus.OverLimit)]
    [InlineData("len2", "FFFF", 65535, FrameStatus.Incomplete)]
    [InlineData("len2-inclusive", "0102", 256, FrameStatus.Incomplete)]
    [InlineData("len2-inclusive", "0001", 256, FrameStatus.Malformed)]
    [InlineData("len2-inclusive", "0002", 256, FrameStatus.Empty)]
    [InlineData("len2-little", "0101", 256, FrameStatus.OverLimit)]
    [InlineData("len2-bcd", "0257", 256, FrameStatus.OverLimit)]
    [InlineData("len2-bcd", "02A0", 256, FrameStatus.Malformed)]
    [InlineData("len3-binary", "FFFFFF", 256, FrameStatus.OverLimit)]
    [InlineData("len4-ascii", "30303A30", 256, FrameStatus.Malformed)]
    [InlineData("len4-ascii", "30323537", 256, FrameStatus.OverLimit)]
    [InlineData("len4-hex", "30316631", 256, FrameStatus.OverLimit)]
    [InlineData("len4-hex", "30304766", 256, FrameStatus.Malformed)]
    [InlineData("len4-binary", "FFFFFFFF", int.MaxValue - 1, FrameStatus.OverLimit)]
    [InlineData("len4-binary", "80000000", 256, FrameStatus.OverLimit)]
    [InlineData("vap", "00040001", 256, FrameStatus.Malformed)]
    [InlineData("gicc", "00010004", 256, FrameStatus.Malformed)]
    [InlineData("len2-etx", "000330303030", 256, FrameStatus.Malformed)]
    [InlineData("len2-etx", "000103", 256, FrameStatus.Empty)]
    [InlineData("stx-etx", "30", 256, FrameStatus.Malformed)]
    [InlineData("len2+tpdu", "000460000001", 256, FrameStatus.Malformed)]
    [InlineData("len2+tpdu", "000560000000", 256, FrameStatus.Incomplete)]
    [InlineData("len2+tpdu", "00056000000001FF", 256, FrameStatus.Empty)]
    [InlineData("etx+tpdu", "600003000303", 256, FrameStatus.Empty)]
    [InlineData("len2+tpdu", "0106", 256, FrameStatus.OverLimit)]
    public void TryDecode_Front_IsJudgedAtOnce(string name, string front, int limit, FrameStatus status)
    {
        var buffer = new ReadOnlySequence<byte>(Bytes(front));

        Assert.Equal(status, Get(name, null).TryDecode(ref buffer, limit, out _));
    }

    /// <summary>A TPDU goes back with its addresses changed round, any other header as it came.</summary>
    [Fact]
    public void TryDecode_Header_GoesBackOnTheReply()
    {
        FrameFormat tpdu = Get("len2+tpdu", "6011112222");
        var buffer = new ReadOnlySequence<byte>(Bytes("0006 6000010002 30"));
        Assert.Equal(FrameStatus.Complete, tpdu.TryDecode(ref buffer, 9, out _, out FrameHeader reply));
        Assert.Equal("6000020001", reply.ToString());
        Assert.Equal("0006600002000131", Convert.ToHexString(Frame(tpdu, "1"u8.ToArray(), reply)));
        Assert.Equal("0006601111222231", Convert.ToHexString(Frame(tpdu, "1"u8.ToArray())));

        FrameFormat fixedHeader = Get("len2", "ISO025000077");
        buffer = new ReadOnlySequence<byte>([0, 13, .. "ISO0160000150"u8]);
        Assert.Equal(FrameStatus.Complete, fixedHeader.TryDecode(ref buffer, 9, out _, out reply));
        Assert.Equal([0, 13, .. "ISO0160000151"u8], Frame(fixedHeader, "1"u8.ToArray(), reply));
        Assert.Equal([0, 13, .. "ISO0250000771"u8], Frame(fixedHeader, "1"u8.ToArray()));
    }

    [Theory]
    [InlineData("len2", 65535)]
    [InlineData("len2-inclusive", 65533)]
    [InlineData("len2-etx", 65534)]
    [InlineData("len2-bcd", 9999)]
    [InlineData("len4-ascii", 9999)]
    [InlineData("len4-hex", 65535)]
    [InlineData("len3-binary", 16_777_215)]
    [InlineData("len2+tpdu", 65530)]
    public void Write_MoreThanTheLengthCanState_Throws(string name, int most)
    {
        FrameFormat format = Get(name, null);
        byte[] destination = new byte[most + 1 + format.OverheadSize];

        Assert.Equal(most, format.BodySizeMax);
        Assert.Throws<ArgumentOutOfRangeException>(() => format.Write(destination, new byte[most + 1]));
        Assert.Equal(most + format.OverheadSize, format.Write(destination, new byte[most]));
    }

    [Theory]
    [InlineData("len9", null, "not a framing")]
    [InlineData("len9+tpdu", null, "not a framing")]
    [InlineData("len2+tpdu", "60000100", "not a TPDU")]
    [InlineData("len2+tpdu", "ISO02", "not a TPDU")]
    [InlineData("len2", "ISO0250000770000000000000", "not a header")]
    [InlineData("len2", "ISO\n", "not a header")]
    [InlineData("len2", "hex:", "not a header")]
    [InlineData("len2", "hex:0", "not a header")]
    public void TryGet_Wrong_SaysWhy(string name, string? header, string reason)
    {
        Assert.False(FrameFormat.TryGet(name, header, out _, out string why));
        Assert.Contains(reason, why);
    }

    private static void AssertFrame(FrameFormat format, ref ReadOnlySequence<byte> buffer, string text)
    {
        Assert.Equal(
            FrameStatus.Complete,
            format.TryDecode(ref buffer, 100, out ReadOnlySequence<byte> frame, out FrameHeader reply));
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(frame.ToArray()));
        Assert.Equal(format.HasTpdu ? format.Header.Swapped() : format.Header, reply);
    }

    private static FrameFormat Get(string name, string? header)
    {
        Assert.True(FrameFormat.TryGet(name, header, out FrameFormat? format, out string reason), reason);
        return format;
    }

    private static byte[] Frame(FrameFormat format, byte[] message, FrameHeader header = default)
    {
        byte[] frame = new byte[format.OverheadSize + message.Length];
        Assert.Equal(frame.Length, format.Write(frame, message, in header));
        return frame;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
