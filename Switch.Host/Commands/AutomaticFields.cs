using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands;

/// <summary>What a host puts into a new message by itself: what "auto" stands for, in one message.</summary>
/// <param name="now">When the message is made.</param>
/// <param name="stan">Its trace number, six digits.</param>
internal sealed class AutomaticFields(DateTimeOffset now, string stan)
{
    private const int StanSize = 6;

    /// <summary>
    /// Takes the trace number that the message states. Else one by chance: a time of day is the same for all messages
    /// of a second, and those of one terminal are then taken for repeats of the first; a counter would have to be
    /// shared by every process that sends.
    /// </summary>
    public static AutomaticFields Of(DateTimeOffset now, JsonElement fields)
    {
        string? stated = fields.ValueKind == JsonValueKind.Object
            && fields.TryGetProperty(Field.Stan.ToString(CultureInfo.InvariantCulture), out JsonElement value)
            && value.ValueKind == JsonValueKind.String
                ? value.GetString() : null;
        bool isStated = stated?.Length is > 0 and <= StanSize && stated.All(char.IsAsciiDigit);
        return new AutomaticFields(
            now,
            isStated ? stated!.PadLeft(StanSize, '0')
                : RandomNumberGenerator.GetInt32(1, 1_000_000).ToString("D6", CultureInfo.InvariantCulture));
    }

    /// <summary>False: nothing can stand for "auto" in this field.</summary>
    public bool TryGet(int field, out string text)
    {
        text = field switch
        {
            Field.TransmissionDateTime => Time(now.ToUniversalTime(), "MMddHHmmss"),
            Field.Stan => stan,
            Field.LocalTime => Time(now.ToLocalTime(), "HHmmss"),
            Field.LocalDate => Time(now.ToLocalTime(), "MMdd"),
            Field.RetrievalReference => Reference(now.ToUniversalTime()),
            _ => "",
        };
        return text.Length != 0;
    }

    /// <summary>The usual form: the year's last digit, the day of the year, the hour, the trace number.</summary>
    private string Reference(DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture, $"{at.Year % 10}{at.DayOfYear:D3}{at.Hour:D2}{stan}");

    private static string Time(DateTimeOffset at, string format) => at.ToString(format, CultureInfo.InvariantCulture);
}
