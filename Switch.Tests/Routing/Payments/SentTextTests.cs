using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Payments;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Payments;

/// <summary>Fields that a reply must have in common with its request.</summary>
public class SentTextTests
{
    [Theory]
    [InlineData("TERM0001", "TERM0001", true)]
    [InlineData("TERM001 ", "TERM001 ", true)]
    [InlineData("TERM0001", "TERM0002", false)]
    [InlineData("TERM0001", "TERM000 ", false)]
    [InlineData(null, "TERM0001", true)]
    [InlineData("TERM0001", null, true)]
    [InlineData(null, null, true)]
    public void Agrees_TwoMessages_ByTheirTextOrTheAbsenceOfOne(string? ours, string? theirs, bool expected)
    {
        Message sent = With(Field.TerminalId, ours);
        Message reply = With(Field.TerminalId, theirs);

        Assert.Equal(expected, SentText.Agrees(sent, reply, Field.TerminalId));
    }

    /// <summary>No identifier is so long: a text that cannot be compared agrees with none.</summary>
    [Theory]
    [InlineData(64, 64, true)]
    [InlineData(65, 65, false)]
    [InlineData(65, 64, false)]
    [InlineData(64, 65, false)]
    [InlineData(0, 65, true)]
    [InlineData(65, 0, true)]
    public void Agrees_TextsAtTheBound_OnlyUpToIt(int ours, int theirs, bool expected)
    {
        Message sent = With(Field.Private48, new string('A', ours));
        Message reply = With(Field.Private48, new string('A', theirs));

        Assert.Equal(expected, SentText.Agrees(sent, reply, Field.Private48));
    }

    [Theory]
    [InlineData("TERM0001", "TERM0001", true)]
    [InlineData("TERM01", "TERM01  ", true)]
    [InlineData("", "TERM01  ", false)]
    [InlineData("", null, true)]
    [InlineData("TERM01", null, false)]
    public void IsSame_TextAndMessage_WithoutBlanksAtTheEnd(string ours, string? theirs, bool expected)
    {
        Message message = With(Field.TerminalId, theirs);

        Assert.Equal(expected, SentText.IsSame(System.Text.Encoding.ASCII.GetBytes(ours), message, Field.TerminalId));
    }

    [Theory]
    [InlineData("978", 978)]
    [InlineData("036", 36)]
    [InlineData(null, 0)]
    [InlineData("EUR", 0)]
    [InlineData("+12", 0)]
    [InlineData("1 2", 0)]
    [InlineData("12:", 0)]
    public void Currency_OfAMessage_IsItsNumberOrNone(string? text, int expected) =>
        Assert.Equal(expected, RequestFactsReader.CurrencyOf(With(Field.Currency, text)));

    private static Message With(int field, string? text)
    {
        Message? made = null;
        new CoreRig().Request(
            change: fields =>
            {
                fields.Remove(field);
                if (!string.IsNullOrEmpty(text))
                {
                    fields[field] = text;
                }
            },
            send: message => made = message);
        return made!;
    }
}
