using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>
/// No bytes whatever make the index throw, and on all of them it says what a slow and obvious decoder says.
/// </summary>
public class MutationTests
{
    // The whole square of line x byte x value is large; these lines carry every kind of field, and the fuzzer goes on
    // from all lines.
    private const int LineStep = 50;

    public static TheoryData<string> Dialects => new(Vector.Dialects);

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_CutAtEveryByte_AgreesWithReference(string dialect)
    {
        var message = new Message(8192);
        foreach (Vector vector in Vector.Of(dialect).Where(vector => vector.Line % 12 == 0))
        {
            for (int size = 0; size < vector.Bytes.Length; size++)
            {
                AssertAgrees(vector.Dialect, vector.Bytes[..size], message, $"{vector} cut at {size}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_EveryByteChanged_AgreesWithReference(string dialect)
    {
        byte[] replacements = [0x00, 0x0A, 0x2F, 0x30, 0x39, 0x3A, 0x3D, 0x41, 0x7E, 0x7F, 0x99, 0xA0, 0xD0, 0xFF];
        var message = new Message(8192);
        Vector[] vectors = Vector.Of(dialect);
        for (int line = 0; line < vectors.Length; line += LineStep)
        {
            byte[] bytes = (byte[])vectors[line].Bytes.Clone();
            for (int index = 0; index < bytes.Length; index++)
            {
                byte original = bytes[index];
                foreach (byte replacement in replacements)
                {
                    bytes[index] = replacement;
                    string what = $"{vectors[line]} byte {index} = {replacement:X2}";
                    AssertAgrees(vectors[line].Dialect, bytes, message, what);
                }

                for (int bit = 1; bit < 256; bit <<= 1)
                {
                    bytes[index] = (byte)(original ^ bit);
                    AssertAgrees(vectors[line].Dialect, bytes, message, $"{vectors[line]} byte {index} ^ {bit:X2}");
                }

                bytes[index] = original;
            }
        }
    }

    /// <summary>Chance that is the same on every run: splices of two vectors at places of their own.</summary>
    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_SplicedVectors_AgreesWithReference(string dialect)
    {
        var random = new Random(8583);
        var message = new Message(8192);
        Vector[] vectors = Vector.Of(dialect);
        for (int round = 0; round < 5_000; round++)
        {
            byte[] left = vectors[random.Next(vectors.Length)].Bytes;
            byte[] right = vectors[random.Next(vectors.Length)].Bytes;
            byte[] spliced = [.. left[..random.Next(left.Length)], .. right[random.Next(right.Length)..]];
            AssertAgrees(vectors[0].Dialect, spliced, message, $"{dialect} round {round}");
        }
    }

    private static void AssertAgrees(Dialect dialect, byte[] bytes, Message message, string what)
    {
        ReferenceDecoder expected = ReferenceDecoder.Decode(dialect, bytes);
        bool loaded = message.TryLoad(dialect, bytes, out ParseFault fault);

        bool agrees = fault == expected.Fault && loaded == fault.IsNone && message.Mti.ToString() == expected.Mti
            && message.Fields.ToString() == string.Join(',', expected.Texts.Keys);
        foreach ((int field, string text) in expected.Texts)
        {
            agrees = agrees && Samples.Text(message, field) == text;
        }

        if (!agrees)
        {
            Assert.Fail($"{what}: expected {expected.Fault} fields {string.Join(',', expected.Texts.Keys)}, "
                + $"got {fault} fields {message.Fields}");
        }

        if (loaded && bytes.Length > 4)
        {
            AssertSameBytesAgain(message, expected.Normal, what);
        }
    }

    /// <summary>What is accepted can be laid down again, field by field, to the bytes it came from.</summary>
    private static void AssertSameBytesAgain(Message message, byte[] bytes, string what)
    {
        var composer = new MessageComposer(8192);
        composer.Start(message.Dialect, message.Mti);
        Span<byte> text = stackalloc byte[1024];
        foreach (int field in message.Fields)
        {
            composer.Set(field, text[..message.CopyText(field, text)]);
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> again, out ParseFault fault), $"{what}: {fault}");

        // A second bitmap that announces nothing is good, and is not sent again.
        bool hasEmptySecond = message.Fields.Second == 0 && again.Length < bytes.Length;
        Assert.True(hasEmptySecond || again.SequenceEqual(bytes), $"{what}: {Convert.ToHexString(again)}");
    }
}
