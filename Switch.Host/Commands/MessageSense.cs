using System.Globalization;
using System.Text;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>
/// Judges whether messages make sense: bytes of one dialect often read as another, but then dates are no dates and
/// card numbers fail their check digit.
/// </summary>
internal sealed class MessageSense
{
    public int Good { get; private set; }

    public int Judged { get; private set; }

    public void Judge(Message message)
    {
        Mti mti = message.Mti;
        bool is1987 = message.Dialect.IsoVersion == IsoVersion.Iso1987;
        Count(mti.Version == (int)message.Dialect.IsoVersion);
        Count(mti.Class is >= 1 and <= 8 && mti.Function <= 7 && mti.Origin <= 5);
        Count(!message.Fields.IsEmpty);
        JudgePan(message);
        JudgeTime(message, Field.TransmissionDateTime, "MMddHHmmss");
        JudgeTime(message, Field.LocalTime, is1987 ? "HHmmss" : "yyMMddHHmmss", "yyyyMMddHHmmss");
        if (is1987)
        {
            JudgeTime(message, Field.LocalDate, "MMdd");
        }

        JudgeCharacters(message, Field.TerminalId);
        JudgeCharacters(message, Field.MerchantId);
    }

    private void Count(bool isGood)
    {
        Judged++;
        Good += isGood ? 1 : 0;
    }

    private void JudgePan(Message message)
    {
        if (message.Has(Field.Pan))
        {
            Count(message.TryGetPan(out Pan pan) && pan.IsLuhnValid);
        }
    }

    private void JudgeTime(Message message, int field, params string[] formats)
    {
        if (message.Has(field))
        {
            Count(DateTime.TryParseExact(
                TextOf(message, field), formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
        }
    }

    /// <summary>Identifiers are letters and digits, with spaces at their end.</summary>
    private void JudgeCharacters(Message message, int field)
    {
        if (message.Has(field))
        {
            Count(TextOf(message, field).TrimEnd(' ').All(character => char.IsAsciiLetterOrDigit(character)
                || character is ' ' or '-' or '.'));
        }
    }

    private static string TextOf(Message message, int field)
    {
        byte[] text = new byte[message.TextLength(field)];
        message.CopyText(field, text);
        return Encoding.Latin1.GetString(text);
    }
}
