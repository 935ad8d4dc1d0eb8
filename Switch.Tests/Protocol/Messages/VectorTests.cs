using System.Text;
using System.Text.Json;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>Our codec against codecs that are not ours.</summary>
public class VectorTests
{
    public static TheoryData<string> Dialects => new(Vector.Dialects);

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_EveryVector_GivesItsFields(string dialect)
    {
        foreach (Vector vector in Vector.Of(dialect))
        {
            Message message = vector.Load();

            Assert.Equal(vector.Mti, message.Mti.ToString());
            Assert.Equal(string.Join(',', vector.Fields.Keys), message.Fields.ToString());
            foreach (int field in vector.Fields.Keys)
            {
                byte[] text = new byte[message.TextLength(field)];
                Assert.Equal(text.Length, message.CopyText(field, text));
                Assert.Equal(vector.TextOf(field), text);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryWrite_EveryVector_GivesItsBytes(string dialect)
    {
        var composer = new MessageComposer(8192);
        foreach (Vector vector in Vector.Of(dialect))
        {
            Assert.True(Mti.TryParse(Encoding.ASCII.GetBytes(vector.Mti), out Mti mti));
            composer.Start(vector.Dialect, mti);
            foreach (int field in vector.Fields.Keys)
            {
                composer.Set(field, vector.TextOf(field));
            }

            Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), $"{vector}: {fault}");
            Assert.Equal(Convert.ToHexString(vector.Bytes), Convert.ToHexString(bytes));
        }
    }

    /// <summary>The built-in dialects are the layouts of the vectors, field by field.</summary>
    [Theory]
    [MemberData(nameof(Dialects))]
    public void BuiltIn_EveryField_IsThatOfTheLayout(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Vector.PathOf($"{name}.fields.json")));
        Dialect dialect = Dialect.Get(name);

        for (int field = 2; field <= Field.Max; field++)
        {
            JsonElement layout = document.RootElement.GetProperty($"{field}");
            FieldSpec spec = Assert.IsType<FieldSpec>(dialect[field]);
            Assert.Equal(layout.GetProperty("length").GetInt32(), spec.LengthMax);
            Assert.Equal(layout.GetProperty("kind").GetString() == "var", spec.IsVariable);
            bool hasPrefix = layout.TryGetProperty("prefixDigits", out JsonElement digits);
            Assert.Equal(hasPrefix ? digits.GetInt32() : 0, spec.PrefixDigits);
            Assert.Equal(layout.GetProperty("data").GetString(), DataOf(spec));
            Assert.Equal(layout.GetProperty("type").GetString()!, TypeOf(spec));
            if (layout.TryGetProperty("prefix", out JsonElement prefix))
            {
                string expected = prefix.GetString() == "binary byte" ? "binary" : prefix.GetString()!;
                Assert.Equal(expected, spec.Prefix.ToString().ToLowerInvariant());
                Assert.Equal(PrefixCount.Units, spec.PrefixCounts);
            }

            if (layout.TryGetProperty("align", out JsonElement align))
            {
                Assert.Equal(align.GetString() == "right", spec.FillsLeft);
                Assert.Equal(layout.GetProperty("pad").GetString(), $"{(char)spec.Fill}");
            }

            if (layout.TryGetProperty("oddPad", out JsonElement odd))
            {
                Assert.Equal(odd.GetString(), spec.Odd.ToString().ToLowerInvariant());
            }
        }
    }

    private static string DataOf(FieldSpec spec) => spec switch
    {
        { Kind: FieldKind.XN, Encoding: FieldEncoding.Bcd } => "sign one ascii byte, digits bcd",
        { Encoding: FieldEncoding.Hex } => "hex-ascii",
        _ => spec.Encoding.ToString().ToLowerInvariant(),
    };

    // The layouts call every character field ans and a track n: kinds that differ in name but not in bytes.
    private static string TypeOf(FieldSpec spec) => spec.Kind switch
    {
        FieldKind.A or FieldKind.AN or FieldKind.ANS => "ans",
        FieldKind.XN => "x+n",
        FieldKind.Z => "n",
        _ => spec.Kind.ToString().ToLowerInvariant(),
    };
}
