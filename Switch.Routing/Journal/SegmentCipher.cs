using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Switch.Routing.Journal;

/// <summary>
/// Seals and opens the secret parts of one segment's frames with AES-256-GCM. Each segment has a key of its own,
/// HKDF-SHA-256 of the data key and the segment's random salt, and the nonce is the LSN; of a group, that of its first
/// record. A nonce can only repeat under one key if an LSN repeats within one segment, and none does: a start after a
/// crash, which may use LSNs again that never became durable, always opens a new segment, and what is written anew gets
/// another salt. (A salt put into the 96-bit nonce itself would leave 32 bits of
/// it:
/// too few for many nodes with one data key.)
/// </summary>
internal sealed class SegmentCipher : IDisposable
{
    private const int NonceSize = 12;
    private readonly JournalKeyRing _keys;
    private readonly byte[] _salt;
    private readonly Dictionary<ushort, AesGcm> _ciphers = [];

    public SegmentCipher(JournalKeyRing keys, ReadOnlySpan<byte> salt)
    {
        _keys = keys;
        _salt = salt.ToArray();
        _ = CipherOf(keys.CurrentId); // Derived now, so that appending allocates nothing.
    }

    /// <summary>Of the key that seals.</summary>
    public ushort CurrentId => _keys.CurrentId;

    private static ReadOnlySpan<byte> Purpose => "switch journal record v1"u8;

    /// <summary>Encrypts a secret part.</summary>
    public void Seal(
        long lsn, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> ciphertext, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, lsn);
        CipherOf(_keys.CurrentId).Encrypt(nonce, plain, ciphertext, tag, associated);
    }

    /// <summary>Writes the secret part in clear.</summary>
    /// <exception cref="JournalKeyException">The key is missing, or is not the one the record was written
    /// with.</exception>
    public void Open(in JournalFrame frame, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, frame.Lsn);
        try
        {
            CipherOf(frame.KeyId).Decrypt(nonce, frame.Ciphertext, frame.Tag, plain, frame.Associated);
        }
        catch (AuthenticationTagMismatchException mismatch)
        {
            // The checksum was right, so the disk is not to blame.
            throw new JournalKeyException(
                $"Journal record {frame.Lsn} cannot be opened with the key configured as id {frame.KeyId}: it is not "
                + "the key the record was written with, or somebody has altered the record.",
                mismatch);
        }
    }

    public void Dispose()
    {
        foreach (AesGcm cipher in _ciphers.Values)
        {
            cipher.Dispose();
        }
    }

    private static void WriteNonce(Span<byte> nonce, long lsn)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, lsn);
    }

    private AesGcm CipherOf(ushort keyId)
    {
        if (_ciphers.TryGetValue(keyId, out AesGcm? cipher))
        {
            return cipher;
        }

        if (!_keys.TryGet(keyId, out ReadOnlySpan<byte> key))
        {
            throw new JournalKeyException(
                $"The journal holds records sealed with key id {keyId}, which is not configured.");
        }

        Span<byte> derived = stackalloc byte[JournalKeyRing.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, _salt, Purpose);
        cipher = new AesGcm(derived, JournalFormat.TagSize);
        CryptographicOperations.ZeroMemory(derived);
        _ciphers.Add(keyId, cipher);
        return cipher;
    }
}
