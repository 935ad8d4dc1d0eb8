using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Security.Macs;

/// <summary>How a partner's messages are sealed.</summary>
/// <param name="Algorithm">With padding by zeros; CMAC pads by itself.</param>
/// <param name="Field">
/// Where the MAC stands. 64: there in a message with one bitmap, and in 128 where there are two (ISO 8583). 128: there
/// always, also where nothing else needs the second bitmap. It is the last field of a message in any case.
/// </param>
/// <param name="Covers">Numbers of the fields that it covers, in this order; empty: all bytes before it.</param>
/// <param name="Size">Bytes: 8; or 4, which stand first in the field, with zeros behind them.</param>
internal sealed record MacTerms(MacAlgorithm Algorithm, int Field, IReadOnlyList<int> Covers, int Size = 8);

/// <summary>What can be said of a received message's MAC without a key.</summary>
internal enum MacPresence : byte
{
    /// <summary>It is there, and must now be verified.</summary>
    There,

    /// <summary>The message has none.</summary>
    Missing,

    /// <summary>
    /// The field is there and is no MAC: another length, other characters, or something behind its
    /// bytes.
    /// </summary>
    Malformed,

    /// <summary>A field that it must cover is missing, or one stands behind it.</summary>
    NotCovered,
}

/// <summary>
/// Which bytes of a message its MAC covers, and where it stands, by the index of its dialect. It works on the bytes
/// that are received or sent, in the partner's own encoding; it has no key.
/// </summary>
/// <remarks>
/// All bytes before the MAC: from the message type on, with bitmaps in which its own bit is set. A list of fields: the
/// values as they stand on the wire, without length prefixes, one after the other; 0 is the message type.
/// The MAC is eight bytes, or sixteen hexadecimal digits in dialects that write bytes so.
/// </remarks>
internal sealed class MessageMac
{
    /// <summary>Bytes of the field.</summary>
    public const int FieldSize = 8;

    /// <summary>Bytes of the field in hexadecimal digits.</summary>
    public const int HexLength = FieldSize * 2;

    private const byte EbcdicZero = 0xF0;

    private readonly MacTerms _terms;

    /// <exception cref="ArgumentException">Terms that no message can have.</exception>
    public MessageMac(MacTerms terms)
    {
        if (terms.Field is not (64 or 128) || terms.Size is not (4 or FieldSize)
            || terms.Covers.Any(field => field is < 0 or > 128 || field == terms.Field))
        {
            throw new ArgumentException("is no MAC that a message can have.", nameof(terms));
        }

        _terms = terms;
    }

    public MacAlgorithm Algorithm => _terms.Algorithm;

    public MacPadding Padding => _terms.Algorithm == MacAlgorithm.Cmac ? MacPadding.None : MacPadding.Zeros;

    /// <summary>Bytes of the MAC that count.</summary>
    public int Size => _terms.Size;

    /// <summary>Takes from a received message what is to be verified.</summary>
    /// <param name="covered">Receives the bytes that the MAC covers.</param>
    /// <param name="mac">Receives <see cref="Size"/> bytes.</param>
    /// <param name="length">How many bytes are covered.</param>
    public MacPresence Read(Message message, Span<byte> covered, Span<byte> mac, out int length)
    {
        Span<byte> whole = stackalloc byte[FieldSize];
        length = 0;
        int field = FieldOf(message);
        if (message.OffsetOf(field) < 0)
        {
            return MacPresence.Missing;
        }

        if (!TryBytes(message.Raw(field), whole) || whole[Size..].ContainsAnyExcept((byte)0))
        {
            return MacPresence.Malformed;
        }

        if (!TryCover(message, covered, out length))
        {
            return MacPresence.NotCovered;
        }

        whole[..Size].CopyTo(mac);
        return MacPresence.There;
    }

    /// <summary>
    /// The bytes that a MAC of this message covers. False when one of the fields is missing, or too
    /// long.
    /// </summary>
    /// <param name="message">With the MAC's field, whatever it holds: also one that is about to be sealed.</param>
    public bool TryCover(Message message, Span<byte> covered, out int length)
    {
        length = 0;
        int field = FieldOf(message);
        int end = message.OffsetOf(field);
        if (end < 0 || end + message.Raw(field).Length != message.Size)
        {
            return false; // Nothing may stand behind it: it would not be covered.
        }

        if (_terms.Covers.Count == 0)
        {
            return TryAdd(message.Bytes[..end], covered, ref length);
        }

        for (int i = 0; i < _terms.Covers.Count; i++)
        {
            int listed = _terms.Covers[i];
            bool isThere = listed == 0 || message.OffsetOf(listed) >= 0;
            if (!isThere || !TryAdd(listed == 0 ? TypeOf(message) : message.Raw(listed), covered, ref length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes the MAC into a composed message whose field was left as zeros.</summary>
    /// <param name="bytes">The bytes that will be sent, from the message type on.</param>
    /// <param name="offset">Where the field's value begins in them.</param>
    /// <param name="fieldLength">8, or 16 for hexadecimal digits.</param>
    /// <param name="mac"><see cref="Size"/> bytes.</param>
    /// <returns>False when the field is no such field.</returns>
    public bool TryWrite(Span<byte> bytes, int offset, int fieldLength, ReadOnlySpan<byte> mac)
    {
        if (mac.Length != Size || fieldLength is not (FieldSize or HexLength) || offset < 0
            || offset > bytes.Length - fieldLength)
        {
            return false;
        }

        Span<byte> whole = stackalloc byte[FieldSize];
        whole.Clear();
        mac.CopyTo(whole);
        Span<byte> field = bytes.Slice(offset, fieldLength);
        if (fieldLength == FieldSize)
        {
            whole.CopyTo(field);
            return true;
        }

        bool isEbcdic = field[0] == EbcdicZero;
        for (int i = 0; i < HexLength; i++)
        {
            int digit = (whole[i / 2] >> ((i & 1) == 0 ? 4 : 0)) & 0xF;
            field[i] = (byte)(digit < 10
                ? (isEbcdic ? EbcdicZero : '0') + digit : (isEbcdic ? 0xC1 : 'A') + digit - 10);
        }

        return true;
    }

    /// <summary>Where the MAC of this message stands: 64 or 128.</summary>
    public int FieldOf(Message message)
    {
        const int LastOfFirst = 64;
        if (_terms.Field == Field.Mac2 || message.Dialect.HasBothBitmaps)
        {
            return Field.Mac2;
        }

        for (int field = LastOfFirst + 1; field <= Field.Max; field++)
        {
            if (message.OffsetOf(field) >= 0)
            {
                return Field.Mac2;
            }
        }

        return Field.Mac;
    }

    private static ReadOnlySpan<byte> TypeOf(Message message)
    {
        // The type ends where the first bitmap begins: four characters, or two bytes of packed digits.
        const int Characters = 4;
        ReadOnlySpan<byte> bytes = message.Bytes;
        byte first = bytes.IsEmpty ? (byte)0 : bytes[0];
        bool isText = first is >= (byte)'0' and <= (byte)'9' or >= EbcdicZero;
        return bytes[..Math.Min(bytes.Length, isText ? Characters : 2)];
    }

    private static bool TryAdd(ReadOnlySpan<byte> bytes, Span<byte> covered, ref int length)
    {
        if (bytes.Length > covered.Length - length)
        {
            return false;
        }

        bytes.CopyTo(covered[length..]);
        length += bytes.Length;
        return true;
    }

    private static bool TryBytes(ReadOnlySpan<byte> value, Span<byte> bytes)
    {
        if (value.Length == FieldSize)
        {
            value.CopyTo(bytes);
            return true;
        }

        if (value.Length != HexLength)
        {
            return false;
        }

        for (int i = 0; i < HexLength; i++)
        {
            int digit = DigitOf(value[i]);
            if (digit < 0)
            {
                return false;
            }

            bytes[i / 2] = (byte)((i & 1) == 0 ? digit << 4 : bytes[i / 2] | digit);
        }

        return true;
    }

    // ASCII and EBCDIC digits and letters lie apart, so that both can be read without asking for the dialect.
    private static int DigitOf(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= EbcdicZero and <= 0xF9 => character - EbcdicZero,
        >= 0xC1 and <= 0xC6 => character - 0xC1 + 10,
        >= 0x81 and <= 0x86 => character - 0x81 + 10,
        _ => -1,
    };
}
