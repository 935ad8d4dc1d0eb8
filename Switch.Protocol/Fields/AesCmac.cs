using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using AesArm = System.Runtime.Intrinsics.Arm.Aes;
using AesX86 = System.Runtime.Intrinsics.X86.Aes;

namespace Switch.Protocol.Fields;

/// <summary>What encrypts a block.</summary>
internal enum AesPath : byte
{
    /// <summary>The processor's own instructions. The time does not depend on the data.</summary>
    Processor,

    /// <summary>The platform's library. It gives the same values, several times slower.</summary>
    Library,
}

/// <summary>
/// AES-256-CMAC (NIST SP 800-38B; RFC 4493 says the same of AES-128) of messages of exactly one block: the block, with
/// the first subkey added, is encrypted once.
/// </summary>
/// <remarks>
/// Thread safe, but not while it is disposed of. The expanded key and the subkey stand in pinned memory, which
/// <see cref="Dispose"/> clears. Nothing is allocated for each block; the library's path keeps a transform for each
/// thread.
/// </remarks>
internal sealed class AesCmac : IDisposable
{
    public const int KeySize = 32;
    public const int BlockSize = 16;

    private const int Rounds = 14;
    private const int WordsOfKey = KeySize / sizeof(uint);
    private const int ReductionByte = 0x87; // Of GF(2^128) as CMAC has it: x^128 + x^7 + x^2 + x + 1.

    [ThreadStatic]
    private static LibraryCipher? s_cipher;

    private readonly byte[] _key = GC.AllocateArray<byte>(KeySize, pinned: true);
    private readonly uint[] _schedule = GC.AllocateArray<uint>((Rounds + 1) * 4, pinned: true);
    private readonly byte[] _subkey = GC.AllocateArray<byte>(BlockSize, pinned: true);
    private readonly bool _usesProcessor;
    private bool _isDisposed;

    /// <summary>Copies the key, 32 bytes.</summary>
    public AesCmac(ReadOnlySpan<byte> key, AesPath path)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        _usesProcessor = path == AesPath.Processor;
        key.CopyTo(_key);
        if (_usesProcessor)
        {
            Expand();
        }

        SubkeyOf(Encrypt(Vector128<byte>.Zero)).CopyTo(_subkey);
    }

    /// <summary>The best that this machine has.</summary>
    public static AesPath BestPath => AesX86.IsSupported || AesArm.IsSupported ? AesPath.Processor : AesPath.Library;

    /// <summary>The whole code, 16 bytes, of a message of one block.</summary>
    public Vector128<byte> Of(Vector128<byte> block) => Encrypt(block ^ Vector128.LoadUnsafe(ref First(_subkey)));

    /// <summary>
    /// The first subkey from the encryption of a block of zeros; the second from the first: doubling in GF(2^128).
    /// </summary>
    public static Vector128<byte> SubkeyOf(Vector128<byte> value)
    {
        Span<byte> bytes = stackalloc byte[BlockSize];
        value.CopyTo(bytes);
        UInt128 number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        UInt128 carry = number >> 127; // No branch: the value is secret.
        BinaryPrimitives.WriteUInt128BigEndian(bytes, (number << 1) ^ (carry * ReductionByte));
        Vector128<byte> doubled = Vector128.Create<byte>(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return doubled;
    }

    /// <summary>One block by AES-256.</summary>
    public Vector128<byte> Encrypt(Vector128<byte> block)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!_usesProcessor)
        {
            return EncryptByLibrary(block);
        }

        ref uint keys = ref MemoryMarshal.GetArrayDataReference(_schedule);
        return AesX86.IsSupported ? EncryptX86(block, ref keys) : EncryptArm(block, ref keys);
    }

    /// <summary>Clears the keys. No thread may be using it.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_schedule.AsSpan()));
        CryptographicOperations.ZeroMemory(_subkey);
        if (s_cipher is not null && ReferenceEquals(s_cipher.Owner, this))
        {
            s_cipher.Dispose();
            s_cipher = null;
        }
    }

    private static Vector128<byte> EncryptX86(Vector128<byte> state, ref uint keys)
    {
        state ^= RoundKey(ref keys, 0);
        for (int round = 1; round < Rounds; round++)
        {
            state = AesX86.Encrypt(state, RoundKey(ref keys, round));
        }

        return AesX86.EncryptLast(state, RoundKey(ref keys, Rounds));
    }

    private static Vector128<byte> EncryptArm(Vector128<byte> state, ref uint keys)
    {
        for (int round = 0; round < Rounds - 1; round++)
        {
            state = AesArm.MixColumns(AesArm.Encrypt(state, RoundKey(ref keys, round)));
        }

        return AesArm.Encrypt(state, RoundKey(ref keys, Rounds - 1)) ^ RoundKey(ref keys, Rounds);
    }

    private static Vector128<byte> RoundKey(ref uint keys, int round) =>
        Vector128.LoadUnsafe(ref keys, (nuint)(round * 4)).AsByte();

    private static ref byte First(byte[] bytes) => ref MemoryMarshal.GetArrayDataReference(bytes);

    // FIPS 197 section 5.2, with words as the processor loads them: their first byte is the lowest.
    private void Expand()
    {
        Span<uint> words = _schedule;
        MemoryMarshal.Cast<byte, uint>(_key).CopyTo(words);
        uint constant = 1;
        for (int i = WordsOfKey; i < words.Length; i++)
        {
            uint word = words[i - 1];
            if (i % WordsOfKey == 0)
            {
                word = SubstituteWord(uint.RotateRight(word, 8)) ^ constant;
                constant <<= 1; // Seven are used, so that none leaves the byte.
            }
            else if (i % WordsOfKey == WordsOfKey / 2)
            {
                word = SubstituteWord(word);
            }

            words[i] = words[i - WordsOfKey] ^ word;
        }
    }

    // The last round's substitution without a table in memory. Its shift of rows moves nothing where all columns are
    // equal.
    private static uint SubstituteWord(uint word)
    {
        Vector128<byte> columns = Vector128.Create(word).AsByte();
        Vector128<byte> substituted = AesX86.IsSupported
            ? AesX86.EncryptLast(columns, Vector128<byte>.Zero)
            : AesArm.Encrypt(columns, Vector128<byte>.Zero);
        return substituted.AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector128<byte> EncryptByLibrary(Vector128<byte> block)
    {
        if (s_cipher is null || !ReferenceEquals(s_cipher.Owner, this))
        {
            s_cipher?.Dispose();
            s_cipher = new LibraryCipher(this, _key);
        }

        return s_cipher.Encrypt(block);
    }

    // Setting a cipher up costs more than a block, so each thread keeps the one that it used last.
    private sealed class LibraryCipher : IDisposable
    {
        private readonly ICryptoTransform _transform;
        private readonly byte[] _block = GC.AllocateArray<byte>(BlockSize, pinned: true);

        public LibraryCipher(AesCmac owner, byte[] key)
        {
            Owner = owner;
            using var aes = Aes.Create();
            aes.Mode = CipherMode.ECB; // One block by itself: the chaining is CMAC's.
            aes.Padding = PaddingMode.None;
            _transform = aes.CreateEncryptor(key, null);
        }

        public AesCmac Owner { get; }

        public Vector128<byte> Encrypt(Vector128<byte> block)
        {
            block.CopyTo(_block);
            int count = _transform.TransformBlock(_block, 0, BlockSize, _block, 0);
            Vector128<byte> encrypted = Vector128.LoadUnsafe(ref First(_block));
            CryptographicOperations.ZeroMemory(_block);
            return count == BlockSize
                ? encrypted
                : throw new CryptographicException("The platform's AES gave no block for a block.");
        }

        public void Dispose() => _transform.Dispose();
    }
}
