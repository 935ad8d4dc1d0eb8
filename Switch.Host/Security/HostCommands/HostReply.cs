using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Switch.Host.Security.HostCommands;

/// <summary>
/// What a module answered, behind the header: the command with its second letter one further, a code of two
/// characters, and fields. Any bytes can be read: what is not as it must be is no reply.
/// </summary>
internal readonly ref struct HostReply
{
    private const int CommandLength = 2;
    private const int CodeLength = 2;

    /// <summary>Begins the trailer, which the module echoes where one was sent.</summary>
    private const byte EndOfFields = 0x19;

    private readonly ReadOnlySpan<byte> _fields;

    private HostReply(string code, ReadOnlySpan<byte> fields)
    {
        Code = code;
        _fields = fields;
    }

    /// <summary>Two digits or letters; 00 is done.</summary>
    public string Code { get; }

    /// <param name="body">Behind the header.</param>
    /// <param name="command">The command that was sent, two letters.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, string command, out HostReply reply)
    {
        reply = default;
        if (body.Length < CommandLength + CodeLength || body[0] != command[0] || body[1] != command[1] + 1
            || !char.IsAsciiLetterOrDigit((char)body[2]) || !char.IsAsciiLetterOrDigit((char)body[3]))
        {
            return false;
        }

        ReadOnlySpan<byte> fields = body[(CommandLength + CodeLength)..];
        int end = fields.IndexOf(EndOfFields);
        reply = new HostReply(
            Encoding.ASCII.GetString(body.Slice(CommandLength, CodeLength)), end < 0 ? fields : fields[..end]);
        return true;
    }

    /// <summary>Length of the PIN, block and format: those of commands CA, CC and G0.</summary>
    public bool TryPinBlock(string format, [NotNullWhen(true)] out byte[]? block)
    {
        const int Length = 20;
        block = null;
        return _fields.Length == Length
            && TryDecimal(_fields[..2], out int digits)
            && digits is >= PinFormats.PinLengthMin and <= PinFormats.PinLengthMax
            && Is(_fields[18..], format)
            && TryHex(_fields.Slice(2, 16), out block);
    }

    /// <summary>A MAC. Some modules put its length before it, in four digits.</summary>
    public bool TryMac(int size, [NotNullWhen(true)] out byte[]? mac)
    {
        mac = null;
        ReadOnlySpan<byte> digits = _fields.Length == (size * 2) + 4 ? _fields[4..] : _fields;
        return digits.Length == size * 2 && TryHex(digits, out mac);
    }

    /// <summary>A key, another one where it was asked for, and the check value.</summary>
    public bool TryKeys(
        bool hasTwo, [NotNullWhen(true)] out WrappedKey? key, out WrappedKey? other,
        [NotNullWhen(true)] out string? checkValue)
    {
        ReadOnlySpan<byte> rest = _fields;
        other = null;
        checkValue = null;
        return TryKey(ref rest, out key) && (!hasTwo || TryKey(ref rest, out other))
            && TryCheckValue(rest, out checkValue);
    }

    /// <summary>The check value of command BU: 6 digits, or 16 of which the first are it.</summary>
    public bool TryCheckValue([NotNullWhen(true)] out string? checkValue) => TryCheckValue(_fields, out checkValue);

    /// <summary>Command NC: the check value of the master key; the firmware's number follows.</summary>
    public bool TryMasterKey([NotNullWhen(true)] out string? checkValue)
    {
        const int Length = 16;
        checkValue = null;
        return _fields.Length >= Length && TryCheckText(_fields[..Length], out checkValue);
    }

    private static bool TryCheckValue(ReadOnlySpan<byte> digits, [NotNullWhen(true)] out string? checkValue)
    {
        const int Shown = 6;
        checkValue = null;
        if (digits.Length is not (Shown or 16) || !TryCheckText(digits, out string? text))
        {
            return false;
        }

        checkValue = text[..Shown];
        return true;
    }

    private static bool TryCheckText(ReadOnlySpan<byte> digits, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryHex(digits, out byte[]? bytes))
        {
            return false;
        }

        text = Convert.ToHexString(bytes);
        return true;
    }

    private static bool TryKey(ref ReadOnlySpan<byte> rest, [NotNullWhen(true)] out WrappedKey? key)
    {
        key = null;
        int length = rest.IsEmpty ? 0 : (char)rest[0] switch
        {
            'U' or 'X' => 33,
            'T' or 'Y' => 49,
            'R' or 'S' when rest.Length > 6 && TryDecimal(rest.Slice(2, 4), out int block) => block + 1,
            _ => 0,
        };
        if (length == 0 || length > rest.Length || length > WrappedKey.LengthMax)
        {
            return false;
        }

        string text = Encoding.ASCII.GetString(rest[..length]);
        rest = rest[length..];
        return WrappedKey.TryParse(text, out key);
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, [NotNullWhen(true)] out byte[]? bytes)
    {
        byte[] read = new byte[digits.Length / 2];
        bool isHex = digits.Length % 2 == 0
            && Convert.FromHexString(digits, read, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == read.Length;
        bytes = isHex ? read : null;
        return isHex;
    }

    private static bool TryDecimal(ReadOnlySpan<byte> digits, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool Is(ReadOnlySpan<byte> bytes, string text) => Encoding.ASCII.GetString(bytes) == text;
}
