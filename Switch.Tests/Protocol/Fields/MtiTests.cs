using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

public class MtiTests
{
    /// <summary>docs/domain.md section 1.2: the next function, from the form that is no repeat.</summary>
    [Theory]
    [InlineData("0100", "0110")]
    [InlineData("0101", "0110")]
    [InlineData("0120", "0130")]
    [InlineData("0121", "0130")]
    [InlineData("0200", "0210")]
    [InlineData("0220", "0230")]
    [InlineData("0400", "0410")]
    [InlineData("0401", "0410")]
    [InlineData("0420", "0430")]
    [InlineData("0421", "0430")]
    [InlineData("0302", "0312")]
    [InlineData("0522", "0532")]
    [InlineData("0523", "0532")]
    [InlineData("0604", "0614")]
    [InlineData("0800", "0810")]
    [InlineData("0804", "0814")]
    [InlineData("0805", "0814")]
    [InlineData("1420", "1430")]
    [InlineData("1804", "1814")]
    [InlineData("2140", "2150")]
    public void Response_OfRequest_IsItsAnswer(string request, string response) =>
        Assert.Equal(response, Parse(request).Response().ToString());

    [Theory]
    [InlineData("0100", "0101")]
    [InlineData("0120", "0121")]
    [InlineData("0421", "0421")]
    [InlineData("0804", "0805")]
    [InlineData("0806", "0806")]
    public void Repeat_OfMessage_IsFlagged(string mti, string repeat) =>
        Assert.Equal(repeat, Parse(mti).Repeat().ToString());

    [Fact]
    public void EveryValue_RoundTrips_AndAnswersAreNeverRepeats()
    {
        Span<byte> text = stackalloc byte[Mti.Size];
        for (int value = 0; value <= 9999; value++)
        {
            var mti = new Mti(value);
            Assert.Equal(Mti.Size, mti.CopyTo(text));
            Assert.True(Mti.TryParse(text, out Mti again));
            Assert.Equal(mti, again);
            Assert.Equal(value, (mti.Version * 1000) + (mti.Class * 100) + (mti.Function * 10) + mti.Origin);
            Assert.Equal(mti.Repeat().WithoutRepeat(), mti.WithoutRepeat());
            Assert.False(mti.Origin < 6 && mti.Response().IsRepeat);
        }
    }

    [Fact]
    public void Facts_OfCommonTypes_AreRight()
    {
        Assert.True(Mti.AuthorizationRequest.IsRequest);
        Assert.True(Mti.AuthorizationAdvice.IsAdvice);
        Assert.True(Mti.ReversalAdviceResponse.IsResponse);
        Assert.True(Mti.ReversalRequest.IsReversal);
        Assert.True(Mti.NetworkRequest.IsNetworkManagement);
        Assert.True(Parse("0421").IsRepeat);
        Assert.False(Mti.ReversalAdvice.IsRepeat);
        Assert.Equal("1110", Mti.AuthorizationResponse.WithVersion(1).ToString());
        Assert.Equal("0110", Parse("2110").WithVersion(0).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("010")]
    [InlineData("01000")]
    [InlineData("01O0")]
    [InlineData("-100")]
    public void TryParse_NotFourDigits_IsFalse(string text) =>
        Assert.False(Mti.TryParse(Encoding.ASCII.GetBytes(text), out _));

    private static Mti Parse(string text)
    {
        Assert.True(Mti.TryParse(Encoding.ASCII.GetBytes(text), out Mti mti));
        return mti;
    }
}
