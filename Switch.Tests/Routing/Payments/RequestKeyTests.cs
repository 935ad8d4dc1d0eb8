using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Payments;
using Switch.Tests.Host;

namespace Switch.Tests.Routing.Payments;

public sealed class RequestKeyTests
{
    [Fact]
    public void TryOf_ARepeat_IsItsFirstsKey()
    {
        ulong acquirer = RequestKey.OfAcquirer("acq-a");

        ulong first = KeyOf(acquirer, 100, 7);

        Assert.Equal(first, KeyOf(acquirer, 101, 7));
        Assert.NotEqual(first, KeyOf(acquirer, 100, 8));
        Assert.NotEqual(first, KeyOf(acquirer, 200, 7));
        Assert.NotEqual(first, KeyOf(RequestKey.OfAcquirer("acq-b"), 100, 7));
    }

    [Theory]
    [InlineData(120)]
    [InlineData(420)]
    [InlineData(110)]
    public void TryOf_WhatIsNoRequestOfMoney_IsFalse(int mti) =>
        Assert.False(RequestKey.TryOf(1, Loaded(EdgeParts.Message(mti, 7)), out _));

    /// <summary>The core answers it 30; with a key, all such requests would be one another's copies.</summary>
    [Fact]
    public void TryOf_RequestThatNamesNothing_IsFalse()
    {
        var composer = new MessageComposer(2_048);
        composer.Start(EdgeParts.Ascii, new Mti(100));
        composer.Set(Field.ProcessingCode, "000000"u8);
        composer.Set(Field.TerminalId, "TERM0001"u8);
        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));

        Assert.False(RequestKey.TryOf(1, Loaded(bytes), out _));
    }

    private static ulong KeyOf(ulong acquirer, int mti, int stan)
    {
        Assert.True(RequestKey.TryOf(acquirer, Loaded(EdgeParts.Message(mti, stan)), out ulong key));
        return key;
    }

    private static Message Loaded(ReadOnlySpan<byte> bytes)
    {
        var message = new Message(2_048);
        Assert.True(message.TryLoad(EdgeParts.Ascii, bytes, out _));
        return message;
    }
}
