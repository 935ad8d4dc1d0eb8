using Switch.Protocol.Masking;

namespace Switch.Tests.Protocol.Masking;

public sealed class FreeTextTests
{
    [Theory]
    [InlineData("card 4000001234567899 again", "card 400000******7899 again")]
    [InlineData("4000 0012 3456 7899", "4000 00** **** 7899")]
    [InlineData("4000-0012-3456-7899.", "4000-00**-****-7899.")]
    [InlineData("see 4000/0012/3456/7899!", "see 4000/00**/****/7899!")]
    [InlineData("4000_0012_3456_7899", "4000_00**_****_7899")]
    [InlineData("4000 - 0012 - 3456 - 7899", "4000 - 00** - **** - 7899")]
    [InlineData("4.0.0.0.0.0.1.2.3.4.5.6.7.8.9.9", "4.0.0.0.0.0.*.*.*.*.*.*.7.8.9.9")]
    [InlineData("4000\u00A00012\u00A03456\u00A07899", "4000\u00A000**\u00A0****\u00A07899")]
    [InlineData("４０００ ００１２ ３４５６ ７８９９", "４０００ ００** **** ７８９９")]
    [InlineData("card 4000 0012 3456 7899 12/28", "card 4000 00** **** 7899 12/28")]
    [InlineData("call 11 4000 0012 3456 7899", "call 11 4000 00** **** 7899")]
    [InlineData("5555555555554444 and 4000-0012-3456-7899", "555555******4444 and 4000-00**-****-7899")]
    [InlineData("3782 822463 10005", "3782 82**** *0005")]
    [InlineData("123456789012345678901234", "123456**************1234")]
    public void Mask_CardNumber_KeepsSixAndFour(string text, string masked) =>
        Assert.Equal(masked, FreeText.Mask(text));

    [Theory]
    [InlineData("")]
    [InlineData("maintenance window 42")]
    [InlineData("ticket 123456789012")]
    [InlineData("since 2026-11-28 09:30:15.123")]
    [InlineData("call +81 3 1234 5678")]
    [InlineData("4000 0012 3456 7898")]
    [InlineData("4000 x 0012 x 3456 x 7899")]
    public void Mask_NoCardNumber_ChangesNothing(string text) => Assert.Same(text, FreeText.Mask(text));
}
