using Switch.Protocol.Framing;

namespace Switch.Host.Simulators;

/// <summary>
/// A message as the simulators think of it: the MTI as a number (0100 is 100) and each field as text. Binary fields
/// hold one character per byte. Slower than the switch's own message, and on purpose another piece of code: the
/// simulators are the parties whose books the switch is checked against.
/// </summary>
internal sealed class PlainMessage
{
    /// <summary>One more than the highest field of both bitmaps.</summary>
    public const int FieldsEnd = 129;

    private readonly string?[] _fields = new string?[FieldsEnd];

    public PlainMessage(int mti) => Mti = mti;

    public int Mti { get; set; }

    /// <summary>Of a message that came: the header of the frame that answers it, where frames have one.</summary>
    public FrameHeader ReplyHeader { get; set; }

    /// <summary>Of a message that goes: its frame's header; empty for the connection's own.</summary>
    public FrameHeader Header { get; set; }

    /// <summary>The field's text, or null when it is absent.</summary>
    public string? this[int field]
    {
        get => _fields[field];
        set => _fields[field] = value;
    }

    /// <summary>01xx to 08xx: the second digit.</summary>
    public int Class => Mti / 100 % 10;

    /// <summary>0 request, 1 response, 2 advice, 3 advice response: the third digit.</summary>
    public int Function => Mti / 10 % 10;

    public bool IsResponse => Function % 2 == 1;

    /// <summary>The last digit is odd: the sender says that it sends this again.</summary>
    public bool IsRepeat => Mti % 2 == 1;

    /// <summary>The MTI that the first sending of this message had: 0421 was 0420.</summary>
    public int FirstMti => Mti - (Mti % 2);

    /// <summary>
    /// The MTI of the answer (docs/domain.md section 1.2): function plus one, origin in its even form.
    /// </summary>
    public static int ResponseTo(int mti) => mti - (mti % 2) + 10;

    /// <summary>DE 11, or -1.</summary>
    public int Stan => ToInt32(_fields[11]);

    /// <summary>DE 7 as a number, or -1.</summary>
    public long TransmissionDateTime => ToInt64(_fields[7]);

    /// <summary>Whether its sender names earlier messages by their local date and time, and not by DE 7.</summary>
    public bool NamesByLocalTime { get; init; }

    /// <summary>The time by which its sender will name this message again, as a number, or -1.</summary>
    public long NamingTime => NamesByLocalTime && _fields[12] is { } time && _fields[13] is { } date
        ? ToInt64(date + time)
        : TransmissionDateTime;

    /// <summary>DE 4, or 0 when it is absent.</summary>
    public long Amount => Math.Max(0, ToInt64(_fields[4]));

    /// <summary>
    /// The card number: DE 2, else the part of track 2 in front of its separator; null when neither is there.
    /// </summary>
    public string? Pan => _fields[2] ?? PanOfTrack2(_fields[35]);

    public static int ToInt32(string? digits) => (int)ToInt64(digits);

    public static long ToInt64(string? digits) => long.TryParse(digits, out long value) ? value : -1;

    private static string? PanOfTrack2(string? track)
    {
        int separator = track is null ? -1 : track.AsSpan().IndexOfAny('=', 'D');
        return separator > 0 ? track![..separator] : null;
    }
}
