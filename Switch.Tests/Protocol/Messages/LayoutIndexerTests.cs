using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>The index by bitmaps that are known, against the one that goes by the rules, field by field.</summary>
public class LayoutIndexerTests
{
    private const int Rounds = 60;
    private const int ChangesEach = 200;

    public static TheoryData<string> Names =>
        new([.. Vector.Dialects, "iso03-ascii", "iso03-binary", "odd-packed", "odd-mainframe"]);

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_GoodAndChangedMessages_IsWhatTheRulesSay(string name)
    {
        Dialect dialect = Fresh(name);
        var general = new IndexScratch();
        int good = 0;
        int bad = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var random = new Random(round);
            byte[] bytes = RandomMessages.Encode(dialect, RandomMessages.Fields(dialect, random, 2 + round));
            byte[] buffer = new byte[(2 * bytes.Length) + MessageIndexer.Slack];
            if (!Learn(dialect, bytes, buffer, general))
            {
                continue;
            }

            FieldSlot[] slots = [];
            for (int change = 0; change < ChangesEach; change++)
            {
                int size = Change(bytes, HeaderSizeOf(dialect, bytes), buffer, change, random);
                var layouts = new LayoutIndexer(dialect, buffer, size);
                bool isRead = layouts.TryRead(ref slots, out Mti mti, out FieldSet fields);
                bool isGood = new MessageIndexer(dialect, buffer, size, general)
                    .TryRead(out Mti expectedMti, out FieldSet expected, out _);
                string what = $"{name} round {round} change {change}";
                Assert.True(isRead == isGood, what);
                good += isGood ? 1 : 0;
                bad += isGood ? 0 : 1;
                if (isGood)
                {
                    Assert.True(mti == expectedMti && fields == expected, what);
                    Assert.True(
                        slots.AsSpan(0, fields.Count).SequenceEqual(general.Slots.AsSpan(0, general.SlotCount)), what);
                }
            }
        }

        Assert.True(good > Rounds / 2 && bad > Rounds, $"{good} good, {bad} bad");
    }

    [Fact]
    public void Find_MoreBitmapsThanThereIsRoom_KnowsTheFirstAndReadsAll()
    {
        Dialect dialect = Fresh("iso87-binary");
        var message = new Message(2_048);
        var composer = new MessageComposer(2_048);
        int known = 0;
        for (int number = 0; number < 2 * LayoutTable.Capacity; number++)
        {
            // Field 3, and others of one digit pair each by the bits of the number.
            composer.Start(dialect, Mti.AuthorizationRequest);
            composer.Set(Field.ProcessingCode, "000000"u8);
            for (int bit = 0; bit < 10; bit++)
            {
                if ((number >> bit & 1) != 0)
                {
                    composer.SetNumber(4 + bit, 1);
                }
            }

            Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
            byte[] buffer = [.. bytes, .. new byte[MessageIndexer.Slack]];
            Assert.Null(dialect.Layouts.Find(ref buffer[dialect.MtiSize], bytes.Length - dialect.MtiSize));
            Assert.True(message.TryLoad(dialect, bytes, out _));
            Assert.Equal(1 + int.PopCount(number), message.Fields.Count);
            FieldLayout? learned =
                dialect.Layouts.Find(ref buffer[dialect.MtiSize], bytes.Length - dialect.MtiSize);
            Assert.True(learned is null || learned.Fields == message.Fields);
            Assert.True(message.TryLoad(dialect, bytes, out _));
            Assert.Equal(learned?.Fields ?? message.Fields, message.Fields);
            known += learned is null ? 0 : 1;
        }

        Assert.InRange(known, LayoutTable.Capacity / 2, LayoutTable.Capacity);
    }

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("odd-mainframe")]
    public void Find_BitmapInLowerCase_IsNotLearned(string name)
    {
        Dialect dialect = Fresh(name);
        byte[] bytes = RandomMessages.Encode(dialect, RandomMessages.Fields(dialect, new Random(7), share: 60));
        int letters = 0;
        foreach (ref byte character in bytes.AsSpan(dialect.MtiSize, dialect.BitmapSize))
        {
            bool isAscii = dialect.Bitmap == BitmapEncoding.Hex;
            bool isLetter = isAscii ? character is >= 0x41 and <= 0x46 : character is >= 0xC1 and <= 0xC6;
            character ^= (byte)(!isLetter ? 0 : isAscii ? 0x20 : 0x40);
            letters += isLetter ? 1 : 0;
        }

        Assert.NotEqual(0, letters);

        var message = new Message(20_000);
        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        Assert.False(message.IsIntact);
        byte[] buffer = [.. bytes, .. new byte[MessageIndexer.Slack]];
        Assert.Null(dialect.Layouts.Find(ref buffer[dialect.MtiSize], bytes.Length - dialect.MtiSize));
        Assert.True(message.TryLoad(dialect, bytes, out _));
        Assert.False(message.IsIntact);
    }

    // A table of its own, whatever other tests have sent.
    private static Dialect Fresh(string name)
    {
        Dialect known = name == "odd-packed" ? OddDialects.PackedDigits
            : name == "odd-mainframe" ? OddDialects.EbcdicText
            : Dialect.Get(name);
        bool isGood = new DialectCatalog().TryAdd(
            known.ToJson("fresh"), out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(isGood, string.Join('\n', mistakes));
        return dialect!;
    }

    private static bool Learn(Dialect dialect, byte[] bytes, byte[] buffer, IndexScratch scratch)
    {
        bytes.CopyTo(buffer, 0);
        bool isGood = new Message(200_000).TryLoad(dialect, bytes, out ParseFault fault);
        Assert.True(isGood, fault.ToString());
        FieldLayout? layout =
            dialect.Layouts.Find(ref buffer[dialect.MtiSize], bytes.Length - dialect.MtiSize);
        var general = new MessageIndexer(dialect, buffer, bytes.Length, scratch);
        Assert.True(general.TryRead(out _, out FieldSet fields, out _));
        return layout is not null && layout.Fields == fields;
    }

    private static int HeaderSizeOf(Dialect dialect, byte[] bytes)
    {
        var message = new Message(200_000);
        Assert.True(message.TryLoad(dialect, bytes, out _));
        return MessageHeader.SizeOf(dialect, message.Fields);
    }

    /// <summary>
    /// A message with bytes of its fields changed, cut or longer; as it is at first. What was behind it before stays
    /// there: slack may hold anything.
    /// </summary>
    private static int Change(byte[] bytes, int header, byte[] buffer, int change, Random random)
    {
        bytes.CopyTo(buffer, 0);
        if (change == 0 || bytes.Length == header)
        {
            return bytes.Length;
        }

        for (int count = random.Next(1, 3); count > 0; count--)
        {
            int at = random.Next(header, bytes.Length);
            buffer[at] = random.Next(4) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)random.Next('0', '9' + 1),
                2 => (byte)(buffer[at] ^ (1 << random.Next(8))),
                _ => (byte)(buffer[at] + 1),
            };
        }

        int size = bytes.Length;
        switch (random.Next(4))
        {
            case 0:
                size = random.Next(header, bytes.Length);
                break;
            case 1:
                size += random.Next(1, 4);
                break;
            case 2:
                // A byte less or more in the middle, so that a changed length may be right.
                int at = random.Next(header, bytes.Length);
                int move = random.Next(2) == 0 ? -1 : 1;
                bytes.AsSpan(at).CopyTo(buffer.AsSpan(at + move));
                size += move;
                break;
            default:
                break;
        }

        return size;
    }
}
