using System.Text;
using Switch.Host.Security;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Host.Security;

/// <summary>
/// Goal: a message of which one byte was changed on the way is never taken for a sealed one. Method: messages of
/// several dialects, sealed by the software module, and each of their bits flipped.
/// </summary>
public sealed class MessageMacTests : IAsyncLifetime, IAsyncDisposable
{
    private const int Room = 2048;

    private readonly TestModule _test = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _test.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    public static TheoryData<string, int, int, int> Terms() => new()
    {
        { "iso87-ascii", (int)MacAlgorithm.Retail, 64, 8 },
        { "iso87-ascii", (int)MacAlgorithm.Retail, 128, 4 },
        { "iso87-binary", (int)MacAlgorithm.Alg1, 64, 4 },
        { "iso87-binary", (int)MacAlgorithm.Cmac, 128, 8 },
        { "iso87-ebcdic", (int)MacAlgorithm.Retail, 64, 8 },
    };

    [Theory]
    [MemberData(nameof(Terms))]
    public async Task Sealed_OverAllBytes_IsVerifiedAndNoFlippedBitIs(
        string dialect, int algorithm, int field, int size)
    {
        var mac = new MessageMac(new MacTerms((MacAlgorithm)algorithm, field, [], size));
        byte[] bytes = await SealedAsync(dialect, mac, field);

        Assert.Equal((MacPresence.There, SecurityStatus.Done), await VerifyAsync(dialect, mac, bytes));
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            (MacPresence presence, SecurityStatus status) = await VerifyAsync(dialect, mac, flipped);

            Assert.False(presence == MacPresence.There && status == SecurityStatus.Done, $"bit {bit}");
        }
    }

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    [InlineData("iso87-ebcdic")]
    public async Task Sealed_OverListedFields_CoversThemAndNoOther(string dialect)
    {
        var mac = new MessageMac(new MacTerms(MacAlgorithm.Retail, 64, [0, 3, 4, 11]));
        byte[] bytes = await SealedAsync(dialect, mac, 64);
        Assert.Equal((MacPresence.There, SecurityStatus.Done), await VerifyAsync(dialect, mac, bytes));

        Message message = Load(dialect, bytes);
        foreach ((int field, bool isCovered) in new[] { (3, true), (4, true), (11, true), (41, false) })
        {
            byte[] changed = [.. bytes];
            changed[message.OffsetOf(field) + 1] ^= 1;
            Assert.Equal(
                (MacPresence.There, isCovered ? SecurityStatus.NotVerified : SecurityStatus.Done),
                await VerifyAsync(dialect, mac, changed));
        }
    }

    [Fact]
    public async Task Read_WithoutMacOrCoveredField_SaysWhich()
    {
        var all = new MessageMac(new MacTerms(MacAlgorithm.Retail, 64, []));
        var listed = new MessageMac(new MacTerms(MacAlgorithm.Retail, 64, [0, 37]));
        byte[] bytes = await SealedAsync("iso87-ascii", all, 64);

        Assert.Equal(MacPresence.Missing, (await VerifyAsync("iso87-ascii", all, Composed("iso87-ascii", 0))).Presence);
        Assert.Equal(MacPresence.NotCovered, (await VerifyAsync("iso87-ascii", listed, bytes)).Presence);
    }

    [Fact]
    public async Task Read_ShortMacWithSomethingBehind_IsMalformed()
    {
        var mac = new MessageMac(new MacTerms(MacAlgorithm.Retail, 64, [], 4));
        byte[] bytes = await SealedAsync("iso87-binary", mac, 64);
        bytes[^1] = 1;

        Assert.Equal(MacPresence.Malformed, (await VerifyAsync("iso87-binary", mac, bytes)).Presence);
    }

    [Theory]
    [InlineData(65, 8, 3)]
    [InlineData(64, 5, 3)]
    [InlineData(64, 8, 129)]
    [InlineData(64, 8, 64)]
    [InlineData(64, 8, -1)]
    public void Terms_ThatNoMessageHas_AreRefused(int field, int size, int covered) => Assert.Throws<ArgumentException>(
        () => new MessageMac(new MacTerms(MacAlgorithm.Retail, field, [covered], size)));

    [Fact]
    public void Write_WhereNoMacCanBe_IsRefused()
    {
        var mac = new MessageMac(new MacTerms(MacAlgorithm.Retail, 64, []));
        byte[] bytes = new byte[20];

        Assert.False(mac.TryWrite(bytes, 13, 8, new byte[8]));
        Assert.False(mac.TryWrite(bytes, -1, 8, new byte[8]));
        Assert.False(mac.TryWrite(bytes, 0, 12, new byte[8]));
        Assert.False(mac.TryWrite(bytes, 0, 8, new byte[4]));
        Assert.True(mac.TryWrite(bytes, 12, 8, new byte[8]));
    }

    private static byte[] Composed(string dialect, int macField)
    {
        var composer = new MessageComposer(Room);
        composer.Start(DialectOf(dialect), new Mti(200));
        composer.Set(3, "000000"u8);
        composer.Set(4, "000000001500"u8);
        composer.Set(11, "000042"u8);
        composer.Set(41, "TERM0001"u8);
        if (macField > 0)
        {
            composer.Set(macField, new byte[8]);
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), $"{fault}");
        return bytes.ToArray();
    }

    private static Dialect DialectOf(string name)
    {
        Assert.True(new DialectCatalog().TryGet(name, out Dialect? dialect));
        return dialect;
    }

    private static Message Load(string dialect, byte[] bytes)
    {
        var message = new Message(Room);
        Assert.True(message.TryLoad(DialectOf(dialect), bytes, out ParseFault fault), $"{fault}");
        return message;
    }

    private async Task<byte[]> SealedAsync(string dialect, MessageMac mac, int field)
    {
        byte[] bytes = Composed(dialect, field);
        Message message = Load(dialect, bytes);
        byte[] covered = new byte[Room];
        Assert.True(mac.TryCover(message, covered, out int length));
        MacAnswer answer = await _test.Module.MakeMacAsync(Request(mac, covered.AsMemory(0, length)), default);
        Assert.Equal(SecurityStatus.Done, answer.Status);
        Assert.True(mac.TryWrite(bytes, message.OffsetOf(field), message.Raw(field).Length, answer.Mac.Span));
        return bytes;
    }

    private async Task<(MacPresence Presence, SecurityStatus Status)> VerifyAsync(
        string dialect, MessageMac mac, byte[] bytes)
    {
        var message = new Message(Room);
        if (!message.TryLoad(DialectOf(dialect), bytes, out _))
        {
            return (MacPresence.Malformed, SecurityStatus.NotVerified);
        }

        byte[] covered = new byte[Room];
        byte[] value = new byte[8];
        MacPresence presence = mac.Read(message, covered, value, out int length);
        return presence != MacPresence.There
            ? (presence, SecurityStatus.NotVerified)
            : (presence, await _test.Module.VerifyMacAsync(
                Request(mac, covered.AsMemory(0, length)), value.AsMemory(0, mac.Size), default));
    }

    private MacRequest Request(MessageMac mac, ReadOnlyMemory<byte> covered) => new(
        KeyKind.Zak,
        mac.Algorithm == MacAlgorithm.Cmac
            ? _test.Block("M6", 'A', TestModule.AesA) : _test.Tdes(KeyKind.Zak, TestModule.TdesA),
        mac.Algorithm, mac.Padding, mac.Size, covered);
}
