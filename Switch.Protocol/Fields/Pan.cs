using System.Buffers.Binary;

namespace Switch.Protocol.Fields;

/// <summary>
/// A primary account number of 8 to 19 digits, packed so that no string of it ever exists. People see the first six
/// and last four digits; whole digits leave only through <see cref="CopyDigits"/>.
/// </summary>
public readonly struct Pan : IEquatable<Pan>
{
    public const int LengthMin = 8;
    public const int LengthMax = 19;

    // Below this length six and four digits leave too little hidden: only the last four are shown (PCI DSS 3.4.1, FAQ
    // 1091).
    private const int LengthForBin = 13;

    // Ten to the power of the position, to 10^19.
    private static readonly ulong[] TenTo = PowersOfTen();

    private readonly ulong _digits;
    private readonly byte _length;

    private Pan(ulong digits, int length)
    {
        _digits = digits;
        _length = (byte)length;
    }

    /// <summary>Count of digits; 0 in the default value, which is no number at all.</summary>
    public int Length => _length;

    public bool IsNone => _length == 0;

    /// <summary>All digits as one number. It is card data.</summary>
    internal ulong Number => _digits;

    /// <summary>Whether the last digit is the check digit of ISO/IEC 7812-1 annex B.</summary>
    public bool IsLuhnValid
    {
        get
        {
            ulong rest = _digits;
            uint sum = 0;
            for (int index = 0; index < _length; index++)
            {
                (rest, ulong digit) = ulong.DivRem(rest, 10);
                uint weighted = (uint)digit << (index & 1);
                sum += weighted > 9 ? weighted - 9 : weighted;
            }

            return _length != 0 && sum % 10 == 0;
        }
    }

    /// <summary>Reads 8 to 19 ASCII digits and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> ascii, out Pan pan)
    {
        pan = default;
        if (ascii.Length is < LengthMin or > LengthMax)
        {
            return false;
        }

        ulong digits = 0;
        foreach (byte character in ascii)
        {
            uint digit = (uint)character - '0';
            if (digit > 9)
            {
                return false;
            }

            digits = (digits * 10) + digit; // 19 nines are below 2^64.
        }

        pan = new Pan(digits, ascii.Length);
        return true;
    }

    /// <summary>Writes all digits in ASCII and returns their count. The destination then holds card data.</summary>
    public int CopyDigits(Span<byte> destination)
    {
        const int Block = 8;
        Span<byte> text = destination[.._length];
        ulong rest = _digits;
        while (text.Length >= Block)
        {
            (rest, ulong eight) = ulong.DivRem(rest, 100_000_000);
            BinaryPrimitives.WriteUInt64LittleEndian(text[^Block..], CharactersOf((uint)eight));
            text = text[..^Block];
        }

        for (int index = text.Length - 1; index >= 0; index--)
        {
            (rest, ulong digit) = ulong.DivRem(rest, 10);
            text[index] = (byte)('0' + digit);
        }

        return _length;
    }

    private static ulong[] PowersOfTen()
    {
        ulong[] powers = new ulong[LengthMax + 1];
        powers[0] = 1;
        for (int power = 1; power < powers.Length; power++)
        {
            powers[power] = powers[power - 1] * 10;
        }

        return powers;
    }

    // Eight digits as ASCII, the first in the lowest byte: halves of four, of two, of one, all at once. Dividing by 100
    // and by 10 is multiplying, exact for so few digits.
    private static ulong CharactersOf(uint eight)
    {
        ulong fours = (eight / 10_000) | ((ulong)(eight % 10_000) << 32);
        ulong hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
        ulong twos = hundreds | ((fours - (hundreds * 100)) << 16);
        ulong tens = ((twos * 103) >> 10) & 0x000F_000F_000F_000F;
        return (tens | ((twos - (tens * 10)) << 8)) + 0x3030_3030_3030_3030;
    }

    /// <summary>
    /// The leading digits as a number with leading zeros kept by position: the first six of 4000001234567899 are
    /// 400000. Asking for more digits than there are gives all of them.
    /// </summary>
    public ulong Leading(int count)
    {
        int left = _length - count;
        return left <= 0 ? _digits : _digits / TenTo[left];
    }

    /// <summary>Writes the masked form: stars in place of hidden digits. Returns the count of bytes.</summary>
    public int CopyMasked(Span<byte> destination)
    {
        CopyDigits(destination);
        int shownFirst = _length >= LengthForBin ? 6 : 0;
        if (_length != 0)
        {
            destination[shownFirst..(_length - 4)].Fill((byte)'*');
        }

        return _length;
    }

    public static bool operator ==(Pan left, Pan right) =>
        left._digits == right._digits && left._length == right._length;

    public static bool operator !=(Pan left, Pan right) => !(left == right);

    public bool Equals(Pan other) => this == other;

    public override bool Equals(object? obj) => obj is Pan other && this == other;

    public override int GetHashCode() => HashCode.Combine(_digits, _length);

    /// <summary>The masked form, safe to show: 400000******7899.</summary>
    public override string ToString()
    {
        Span<byte> masked = stackalloc byte[LengthMax];
        return System.Text.Encoding.ASCII.GetString(masked[..CopyMasked(masked)]);
    }
}
