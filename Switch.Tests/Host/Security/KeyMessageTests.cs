using Switch.Host.Security;
using Switch.Host.Security.Keys;

namespace Switch.Tests.Host.Security;

public sealed class KeyMessageTests
{
    private const string Double = "0123456789ABCDEF0123456789ABCDEF";
    private const string Triple = Double + "FEDCBA9876543210";
    private const string Block = "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D2"
        + "07E2E417C07156A27E8E31DA05F7425509593D03A457DC34";

    [Theory]
    [InlineData("PX" + Double + "08D7B4", "", "X" + Double, "08D7B4")]
    [InlineData("MU" + Double + "08D7B4", "", "U" + Double, "08D7B4")]
    [InlineData("MT" + Triple + "08D7B4  ", "", "T" + Triple, "08D7B4")]
    [InlineData("M" + Double + "08D7B4", "", "X" + Double, "08D7B4")]
    [InlineData("M" + Triple + "08D7B4", "", "Y" + Triple, "08D7B4")]
    [InlineData("M" + Double, "08D7B4", "X" + Double, "08D7B4")]
    [InlineData("PR" + Block, "", "R" + Block, "")]
    [InlineData("PR" + Block + "0123456789", "", "R" + Block, "0123456789")]
    public void TryParse_AKey_IsReadWithItsKindAndCheckValue(string text, string check, string key, string checkValue)
    {
        Assert.True(KeyMessage.TryParse(text, check, out KeyMessage? message));
        Assert.Equal(
            (text[0] == 'P' ? KeyKind.Zpk : KeyKind.Zak, key, checkValue),
            (message.Kind, message.Key.Text, message.CheckValue));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("P", "")]
    [InlineData("Q" + Double + "08D7B4", "")]
    [InlineData("PX" + Double, "")] // Without a check value.
    [InlineData("PX" + Double + "08D7B", "")]
    [InlineData("PX" + Double + "08D7B40123456", "")]
    [InlineData("PX" + Double + "08d7b4", "")]
    [InlineData("PX" + Double + "08D7B4", "08D7B4")] // Which of the two?
    [InlineData("PX0123", "")]
    [InlineData("PR", "")]
    [InlineData("PRD01", "")]
    [InlineData("PRD9999" + Double, "")]
    [InlineData("PRDabcd" + Double, "")]
    [InlineData("PRD0000", "")]
    public void TryParse_WhatIsNone_IsRefused(string text, string check) =>
        Assert.False(KeyMessage.TryParse(text, check, out _));

    [Fact]
    public void TryParse_AnyText_ThrowsNothing()
    {
        var random = new Random(5);
        const string Characters = "PMXUTYRDB0123456789ABCDEF ";
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = new char[random.Next(140)];
            for (int at = 0; at < text.Length; at++)
            {
                text[at] = random.Next(40) == 0 ? (char)random.Next(256) : Characters[random.Next(Characters.Length)];
            }

            KeyMessage.TryParse(text, random.Next(4) == 0 ? "08D7B4" : "", out _);
        }
    }
}
