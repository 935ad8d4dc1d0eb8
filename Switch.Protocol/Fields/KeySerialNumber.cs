using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Switch.Protocol.Fields;

/// <summary>
/// The key serial number of a terminal that enciphers with a key for each payment (DUKPT). It names the terminal's
/// initial key and counts its payments. It is not secret.
/// </summary>
/// <remarks>
/// Of TDES (ANSI X9.24-1) it has 10 bytes: 59 bits of identifier and 21 bits of counter. Of AES (ANSI X9.24-3) it has
/// 12: 8 bytes of identifier and 4 of counter.
/// <code>
/// TDES   FF FF 98 76 54 32 10 E|0 00 01     the counter begins with the lowest bit of the E's byte: 21 bits
/// AES    12 34 56 78 90 12 34 56|00 00 00 01
/// </code>
/// </remarks>
public readonly struct KeySerialNumber : IEquatable<KeySerialNumber>
{
    /// <summary>Bytes of a TDES key serial number.</summary>
    public const int TdesSize = 10;

    /// <summary>Bytes of an AES key serial number.</summary>
    public const int AesSize = 12;

    private const int TdesCounterBits = 21;
    private const uint TdesCounterMask = (1 << TdesCounterBits) - 1;

    // A terminal leaves out counters with more ones, so that no key is more steps away (X9.24-1 annex A, X9.24-3).
    private const int TdesOnesMax = 10;
    private const int AesOnesMax = 16;

    private readonly ulong _high;
    private readonly uint _low;
    private readonly byte _size;

    private KeySerialNumber(ulong high, uint low, int size)
    {
        _high = high;
        _low = low;
        _size = (byte)size;
    }

    /// <summary>Bytes: <see cref="TdesSize"/> or <see cref="AesSize"/>; 0 in the default value.</summary>
    public int Size => _size;

    /// <summary>Whether it is one of AES.</summary>
    public bool IsAes => _size == AesSize;

    /// <summary>Number of the terminal's payment: 21 bits of TDES, 32 bits of AES.</summary>
    public uint Counter => IsAes ? _low : (uint)((_high << 16) | _low) & TdesCounterMask;

    /// <summary>
    /// Whether a terminal can have this counter: it is not zero, and has at most 10 ones of TDES or 16 of AES.
    /// </summary>
    public bool IsCounterValid =>
        _size != 0 && Counter != 0 && BitOperations.PopCount(Counter) <= (IsAes ? AesOnesMax : TdesOnesMax);

    /// <summary>Whether both are the same number of the same size.</summary>
    public static bool operator ==(KeySerialNumber left, KeySerialNumber right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(KeySerialNumber left, KeySerialNumber right) => !left.Equals(right);

    /// <summary>
    /// Reads 10 or 12 bytes; or 8 bytes, which is a TDES number whose leading FF FF is not sent.
    /// </summary>
    public static bool TryParse(scoped ReadOnlySpan<byte> bytes, out KeySerialNumber number)
    {
        Span<byte> whole = stackalloc byte[TdesSize];
        if (bytes.Length == sizeof(ulong))
        {
            whole[..2].Fill(0xff);
            bytes.CopyTo(whole[2..]);
            bytes = whole;
        }

        number = bytes.Length switch
        {
            TdesSize => new KeySerialNumber(
                BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]),
                TdesSize),
            AesSize => new KeySerialNumber(
                BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]), AesSize),
            _ => default,
        };
        return number._size != 0;
    }

    /// <summary>Reads 16, 20 or 24 hexadecimal digits in ASCII, of either case.</summary>
    public static bool TryParseText(ReadOnlySpan<byte> digits, out KeySerialNumber number)
    {
        Span<byte> bytes = stackalloc byte[AesSize];
        number = default;
        return digits.Length <= AesSize * 2
            && Convert.FromHexString(digits, bytes, out int read, out int written) == OperationStatus.Done
            && read == digits.Length
            && TryParse(bytes[..written], out number);
    }

    /// <summary>Writes all <see cref="Size"/> bytes and returns their count.</summary>
    public int CopyTo(Span<byte> destination)
    {
        Span<byte> whole = stackalloc byte[AesSize];
        BinaryPrimitives.WriteUInt64BigEndian(whole, _high);
        if (IsAes)
        {
            BinaryPrimitives.WriteUInt32BigEndian(whole[8..], _low);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(whole[8..], (ushort)_low);
        }

        whole[.._size].CopyTo(destination);
        return _size;
    }

    /// <inheritdoc/>
    public bool Equals(KeySerialNumber other) => _high == other._high && _low == other._low && _size == other._size;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KeySerialNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low, _size);
}
