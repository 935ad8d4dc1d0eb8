using System.Text;
using Switch.Protocol.Fields;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Fields;

public class ByteClassTests
{
    private static readonly (ByteClassName Name, Func<byte, bool> Contains)[] Expected =
    [
        (ByteClassName.Any, _ => true),
        (ByteClassName.Digits, b => char.IsAsciiDigit((char)b)),
        (ByteClassName.Printable, b => b is >= 32 and <= 126),
        (ByteClassName.Letters, b => char.IsAsciiLetter((char)b) || b == ' '),
        (ByteClassName.LettersDigits, b => char.IsAsciiLetterOrDigit((char)b) || b == ' '),
        (ByteClassName.Track, b => char.IsAsciiDigit((char)b) || b == '='),
        (ByteClassName.Hex, b => "0123456789ABCDEF".Contains((char)b)),
        (ByteClassName.PackedDigits, b => Convert.ToHexString([b]).All(char.IsAsciiDigit)),
        (ByteClassName.PackedTrack, b => Convert.ToHexString([b]).All(c => char.IsAsciiDigit(c) || c == 'D')),
        (ByteClassName.TrackD, b => char.IsAsciiDigit((char)b) || b == 'D'),
        (ByteClassName.EbcdicDigits, b => b is >= 0xF0 and <= 0xF9),
        (ByteClassName.EbcdicTrack, b => b is (>= 0xF0 and <= 0xF9) or 0x7E),
        (ByteClassName.EbcdicTrackD, b => b is (>= 0xF0 and <= 0xF9) or 0xC4),
        (ByteClassName.EbcdicLetters, b => b == 0x40 || char.IsAsciiLetter(In(37, b))),
        (ByteClassName.EbcdicLettersDigits, b => b == 0x40 || char.IsAsciiLetterOrDigit(In(37, b))),
        (ByteClassName.EbcdicHex, b => b is (>= 0xF0 and <= 0xF9) or (>= 0xC1 and <= 0xC6)),
        (ByteClassName.Ebcdic, b => In(37, b) is >= ' ' and <= '~'),
        (ByteClassName.Ebcdic500, b => In(500, b) is >= ' ' and <= '~'),
        (ByteClassName.Ebcdic1047, b => In(1047, b) is >= ' ' and <= '~'),
        (ByteClassName.Jis201, b => b is (>= 0x20 and <= 0x7E) or (>= 0xA1 and <= 0xDF)),
        (ByteClassName.ShiftJis, b => b is (>= 0x20 and <= 0x7E) or (>= 0x80 and <= 0xFC)),
        (ByteClassName.Ebcdic930, b => IsIn(FieldEncoding.Ebcdic930, b)),
        (ByteClassName.Ebcdic939, b => IsIn(FieldEncoding.Ebcdic939, b)),
        (ByteClassName.HexOfBothCases, b => char.IsAsciiHexDigit((char)b)),
        (ByteClassName.EbcdicHexOfBothCases, b => char.IsAsciiHexDigit(In(37, b))),
    ];

    private static bool IsIn(FieldEncoding encoding, byte value) =>
        JapaneseReference.Read(encoding, [value]).Error == ParseError.None;

    private static char In(int codePage, byte value) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage)!.GetString([value])[0];

    [Fact]
    public void Contains_EveryByteOfEveryClass_IsRight()
    {
        Assert.Equal((int)ByteClassName.Count, Expected.Length);
        foreach ((ByteClassName name, Func<byte, bool> contains) in Expected)
        {
            for (int value = 0; value < 256; value++)
            {
                Assert.Equal(contains((byte)value), ByteClasses.Of(name).Contains((byte)value));
            }
        }
    }

    /// <summary>A stranger at any place in a run of any length is seen; one just past its end is not.</summary>
    [Fact]
    public void Holds_StrangerAtEveryPlace_IsSeenOnlyInside()
    {
        ref readonly ByteClass digits = ref ByteClasses.Of(ByteClassName.Digits);
        for (int size = 1; size <= 100; size++)
        {
            byte[] bytes = new byte[size + ByteClass.Slack];
            bytes.AsSpan(0, size).Fill((byte)'5');
            Assert.True(digits.Holds(ref bytes[0], size) && digits.HoldsNarrow(ref bytes[0], size));
            for (int index = 0; index < size; index++)
            {
                bytes[index] = (byte)'x';
                Assert.False(digits.Holds(ref bytes[0], size) || digits.HoldsNarrow(ref bytes[0], size));
                Assert.True(digits.Holds(ref bytes[0], index) && digits.HoldsNarrow(ref bytes[0], index));
                Assert.Equal(index, digits.FirstStranger(bytes));
                bytes[index] = (byte)'5';
            }
        }
    }

    [Fact]
    public void Holds_NoBytes_IsTrue()
    {
        byte[] slack = new byte[ByteClass.Slack];

        Assert.True(ByteClasses.Of(ByteClassName.Digits).Holds(ref slack[0], 0));
    }
}
