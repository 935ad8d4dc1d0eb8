using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>Messages whose bitmaps are always both there, as one of 16 bytes whose first bit is never set.</summary>
public class BothBitmapsTests
{
    private const string Text = """{ "name": "both", "extends": "BASE", "bitmaps": "both" }""";

    [Theory]
    [InlineData("iso87-ascii", "0800" + "20200000000000000000000000000000" + "123456000777")]
    [InlineData("iso87-ascii", "0800" + "00000000000000000400000000000000" + "301")]
    public void Write_AnyFields_HasBothBitmapsAndNoContinuation(string parent, string expected)
    {
        Dialect dialect = Of(parent);
        var message = new Message(256);
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(expected);

        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        Dictionary<int, string> fields = [];
        foreach (int field in message.Fields)
        {
            fields[field] = Samples.Text(message, field);
        }

        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(Samples.Encode(dialect, message.Mti, fields)));
    }

    [Fact]
    public void Load_BinaryBitmap_ReadsFieldsOfBothHalves()
    {
        byte[] bytes = Convert.FromHexString("0800" + "00200000000000000400000000000000" + "000123" + "0301");
        var message = new Message(256);

        Assert.True(message.TryLoad(Of("iso87-binary"), bytes, out ParseFault fault), fault.ToString());
        Assert.Equal("11,70", message.Fields.ToString());
        Assert.Equal("000123", Samples.Text(message, Field.Stan));
    }

    /// <summary>A first bit that is set would announce a bitmap that is not described.</summary>
    [Theory]
    [InlineData("A0200000000000000000000000000000", 1, 4)]
    [InlineData("20200000000000008000000000000000", 65, 20)]
    [InlineData("2020000000000000", 1, 20)]
    public void Load_BitmapThatIsNone_IsABadBitmap(string bitmap, int field, int offset)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes("0800" + bitmap);
        var message = new Message(256);

        Assert.False(message.TryLoad(Of("iso87-ascii"), bytes, out ParseFault fault));
        Assert.Equal((field, offset), (fault.Field, fault.Offset));
    }

    [Fact]
    public void Json_OfDialect_StatesItAndChildrenInheritIt()
    {
        var catalog = new DialectCatalog();
        Assert.True(catalog.TryAdd(
            Text.Replace("BASE", "iso87-ascii", StringComparison.Ordinal), out Dialect? dialect, out _));
        Assert.True(catalog.TryAdd("""{ "name": "child", "extends": "both" }""", out Dialect? child, out _));
        Assert.True(catalog.TryAdd(
            """{ "name": "back", "extends": "both", "bitmaps": 2 }""", out Dialect? back, out _));
        Assert.True(new DialectCatalog().TryAdd(dialect.ToJson(), out Dialect? copy, out _));

        Assert.True(copy.HasBothBitmaps);
        Assert.True(child.HasBothBitmaps);
        Assert.False(back.HasBothBitmaps);
    }

    private static Dialect Of(string parent)
    {
        bool good = new DialectCatalog().TryAdd(
            Text.Replace("BASE", parent, StringComparison.Ordinal), out Dialect? dialect,
            out IReadOnlyList<string> mistakes);
        Assert.True(good, string.Join("; ", mistakes));
        return dialect!;
    }
}
