using System.Text;
using Switch.Host.Security;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Host.Security;

/// <summary>
/// Goal: a message that was composed without a MAC reads, after the field was added, as the same message with one more
/// field, which is its last. Method: each dialect's own reader looks at the result.
/// </summary>
public sealed class MacLayoutTests
{
    private static readonly string[] _dialects =
        ["iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary", "base24"];

    public static TheoryData<string, int, bool> Cases()
    {
        var cases = new TheoryData<string, int, bool>();
        foreach (string dialect in _dialects)
        {
            cases.Add(dialect, 64, false);
            cases.Add(dialect, 64, true);
            cases.Add(dialect, 128, false);
            cases.Add(dialect, 128, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TryAdd_ReadByItsDialect_IsTheSameMessageWithTheFieldLast(string name, int field, bool hasSecond)
    {
        Dialect dialect = Dialect.Get(name);
        byte[] plain = Composed(dialect, hasSecond);
        byte[] grown = new byte[plain.Length + MacLayout.GrowthMax];

        Assert.True(new MacLayout(dialect, field).TryAdd(plain, grown, out int length, out int offset));

        Message before = Load(dialect, plain);
        Message after = Load(dialect, grown.AsSpan(0, length));
        int expected = hasSecond || field == 128 || dialect.HasBothBitmaps ? 128 : 64;
        Assert.Equal(before.Fields.With(expected), after.Fields);
        Assert.Equal((offset, length), (after.OffsetOf(expected), offset + after.Raw(expected).Length));
        Assert.Equal(expected, new MessageMac(new MacTerms(MacAlgorithm.Retail, field, [])).FieldOf(after));
        foreach (int other in before.Fields)
        {
            Assert.Equal(before.Raw(other).ToArray(), after.Raw(other).ToArray());
        }
    }

    [Fact]
    public void TryAdd_FieldIsThereAlready_IsRefused()
    {
        Dialect dialect = Dialect.Get("iso87-ascii");
        byte[] plain = Composed(dialect, hasSecond: false);
        byte[] once = new byte[plain.Length + MacLayout.GrowthMax];
        byte[] twice = new byte[once.Length + MacLayout.GrowthMax];
        var layout = new MacLayout(dialect, 64);
        Assert.True(layout.TryAdd(plain, once, out int length, out _));

        Assert.False(layout.TryAdd(once.AsSpan(0, length), twice, out _, out _));
    }

    /// <summary>Any bytes are refused or make a longer message; nothing is thrown.</summary>
    [Fact]
    public void TryAdd_AnyBytes_ThrowsNothing()
    {
        var random = new Random(11);
        byte[] grown = new byte[256];
        foreach (string name in _dialects)
        {
            var layout = new MacLayout(Dialect.Get(name), random.Next(2) == 0 ? 64 : 128);
            for (int i = 0; i < 2_000; i++)
            {
                byte[] bytes = new byte[random.Next(80)];
                random.NextBytes(bytes);
                if (layout.TryAdd(bytes, grown, out int length, out int offset))
                {
                    Assert.InRange(offset, bytes.Length, length);
                }
            }
        }
    }

    private static byte[] Composed(Dialect dialect, bool hasSecond)
    {
        var composer = new MessageComposer(1_024, FieldTerms.Canonical);
        Assert.True(Mti.TryParse("0800"u8, out Mti mti));
        composer.Start(dialect, mti);
        composer.Set(Field.TransmissionDateTime, "1122100000"u8);
        composer.Set(Field.Stan, "000042"u8);
        if (hasSecond)
        {
            composer.Set(102, Encoding.ASCII.GetBytes("12345"));
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        return bytes.ToArray();
    }

    private static Message Load(Dialect dialect, ReadOnlySpan<byte> bytes)
    {
        var message = new Message(1_024);
        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        return message;
    }
}
