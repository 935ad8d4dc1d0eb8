using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Protocol.Fields;

namespace Switch.Host.Security.Ciphers;

/// <summary>What a terminal's key of one payment is used for.</summary>
internal enum DukptUse : byte
{
    /// <summary>PIN blocks.</summary>
    Pin,

    /// <summary>MACs of what the terminal sends.</summary>
    MacOfRequest,

    /// <summary>MACs of what it receives.</summary>
    MacOfResponse,

    /// <summary>Data that the terminal enciphers; AES only.</summary>
    Data,

    /// <summary>The payment's key itself.</summary>
    Transaction,
}

/// <summary>
/// Derived unique key per transaction: from a base key and a key serial number to the key of one payment. TDES of ANSI
/// X9.24-1:2009, AES-128 of ANSI X9.24-3:2017.
/// </summary>
internal static class Dukpt
{
    public const int KeySize = 16;

    private const int Half = KeySize / 2;
    private const int CounterBits = 21;

    private const ushort InitialKey = 0x8001;
    private const ushort DerivationKey = 0x8000;

    // The pattern that makes the other half: C0 C0 C0 C0 00 00 00 00, twice.
    private static ReadOnlySpan<byte> RightHalf => [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0];

    /// <summary>The key of one payment for one use, 16 bytes.</summary>
    public static SecurityStatus Derive(
        ReadOnlySpan<byte> bdk, KeySerialNumber number, DukptUse use, Span<byte> key)
    {
        if (!number.IsCounterValid)
        {
            return SecurityStatus.KsnInvalid;
        }

        if (bdk.Length != KeySize)
        {
            return SecurityStatus.SourceKeyRejected;
        }

        return number.IsAes ? DeriveAes(bdk, number, use, key) : DeriveTdes(bdk, number, use, key);
    }

    /// <summary>The key that a terminal is given, 16 bytes; false for a key that none may be.</summary>
    public static bool TryInitialKey(ReadOnlySpan<byte> bdk, KeySerialNumber number, Span<byte> key)
    {
        Span<byte> serial = stackalloc byte[KeySerialNumber.AesSize];
        number.CopyTo(serial);
        if (number.IsAes)
        {
            return TryStep(bdk, InitialKey, serial, 0, key);
        }

        serial[Half - 1] &= 0xE0; // The counter's highest bits; its others are not among the eight bytes.
        Span<byte> other = stackalloc byte[KeySize];
        bdk.CopyTo(other);
        AddRightHalf(other);
        bool isMade = TryEncrypt(bdk, serial[..Half], key[..Half]) && TryEncrypt(other, serial[..Half], key[Half..]);
        CryptographicOperations.ZeroMemory(other);
        return isMade;
    }

    private static SecurityStatus DeriveTdes(
        ReadOnlySpan<byte> bdk, KeySerialNumber number, DukptUse use, Span<byte> key)
    {
        Span<byte> serial = stackalloc byte[KeySerialNumber.TdesSize];
        number.CopyTo(serial);
        bool isMade = TryInitialKey(bdk, number, key);
        uint counter = number.Counter;
        Span<byte> register = serial[2..];
        register[5] &= 0xE0;
        register[6] = register[7] = 0;
        ulong steps = BinaryPrimitives.ReadUInt64BigEndian(register);
        for (uint bit = 1u << (CounterBits - 1); bit != 0 && isMade; bit >>= 1)
        {
            if ((counter & bit) != 0)
            {
                steps |= bit;
                BinaryPrimitives.WriteUInt64BigEndian(register, steps);
                isMade = TryStep(key, register);
            }
        }

        // A variant for each use: FF at one byte of both halves.
        int at = use switch { DukptUse.Pin => 7, DukptUse.MacOfRequest => 6, DukptUse.MacOfResponse => 4, _ => -1 };
        if (at >= 0)
        {
            key[at] ^= 0xFF;
            key[at + Half] ^= 0xFF;
        }

        return !isMade ? SecurityStatus.SourceKeyRejected
            : use == DukptUse.Data ? SecurityStatus.InputRefused : SecurityStatus.Done;
    }

    // X9.24-1 annex A, the process that cannot be reversed: each half from the register, by DES with the left half
    // between two additions of the right half.
    private static bool TryStep(Span<byte> key, ReadOnlySpan<byte> register)
    {
        Span<byte> other = stackalloc byte[KeySize];
        Span<byte> made = stackalloc byte[KeySize];
        key[..KeySize].CopyTo(other);
        AddRightHalf(other);
        bool isMade = TryHalf(key, register, made[Half..]) && TryHalf(other, register, made[..Half]);
        made.CopyTo(key);
        CryptographicOperations.ZeroMemory(other);
        CryptographicOperations.ZeroMemory(made);
        return isMade;
    }

    private static bool TryHalf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> register, Span<byte> half)
    {
        for (int i = 0; i < Half; i++)
        {
            half[i] = (byte)(register[i] ^ key[Half + i]);
        }

        if (!BlockCipher.TryDes(key[..Half], out BlockCipher? des))
        {
            return false;
        }

        using (des)
        {
            des.Encrypt(half, half);
        }

        for (int i = 0; i < Half; i++)
        {
            half[i] ^= key[Half + i];
        }

        return true;
    }

    private static bool TryEncrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> block, Span<byte> destination)
    {
        if (!BlockCipher.TryTdes(key, out BlockCipher? tdes))
        {
            return false;
        }

        using (tdes)
        {
            tdes.Encrypt(block, destination);
            return true;
        }
    }

    private static void AddRightHalf(Span<byte> key)
    {
        for (int i = 0; i < key.Length; i++)
        {
            key[i] ^= RightHalf[i % Half];
        }
    }

    private static SecurityStatus DeriveAes(
        ReadOnlySpan<byte> bdk, KeySerialNumber number, DukptUse use, Span<byte> key)
    {
        Span<byte> serial = stackalloc byte[KeySerialNumber.AesSize];
        number.CopyTo(serial);
        bool isMade = TryInitialKey(bdk, number, key);
        uint steps = 0;
        for (uint bit = 0x8000_0000; bit != 0 && isMade; bit >>= 1)
        {
            if ((number.Counter & bit) != 0)
            {
                steps |= bit;
                isMade = TryStep(key, DerivationKey, serial, steps, key);
            }
        }

        ushort usage = use switch
        {
            DukptUse.Pin => 0x1000,
            DukptUse.MacOfRequest => 0x2000,
            DukptUse.MacOfResponse => 0x2001,
            DukptUse.Data => 0x3000,
            _ => 0,
        };
        if (isMade && usage != 0)
        {
            isMade = TryStep(key, usage, serial, number.Counter, key);
        }

        return isMade ? SecurityStatus.Done : SecurityStatus.SourceKeyRejected;
    }

    // X9.24-3 6.3.2: version 1, block 1, usage, AES-128 as the algorithm, 128 bits; then the whole identifier for the
    // initial key, else its right half and the counter.
    private static bool TryStep(
        ReadOnlySpan<byte> from, ushort usage, ReadOnlySpan<byte> serial, uint counter, Span<byte> key)
    {
        Span<byte> data = stackalloc byte[BlockCipher.BlockSizeMax];
        data.Clear();
        data[0] = 1;
        data[1] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], usage);
        data[5] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(data[6..], KeySize * 8);
        if (usage == InitialKey)
        {
            serial[..8].CopyTo(data[8..]);
        }
        else
        {
            serial[4..8].CopyTo(data[8..]);
            BinaryPrimitives.WriteUInt32BigEndian(data[12..], counter);
        }

        if (!BlockCipher.TryAes(from[..KeySize], out BlockCipher? aes))
        {
            return false;
        }

        using (aes)
        {
            aes.Encrypt(data, key);
            return true;
        }
    }
}
