using System.Security.Cryptography;

namespace Switch.Protocol.Fields;

/// <summary>
/// The tokens of version 0.1: the first 128 bits of HMAC-SHA-256 over the digits. Made only while a journal or a store
/// of that version still bears some. Thread safe, but not while it is disposed of. Allocates nothing per card while a
/// thread stays with one tokenizer.
/// </summary>
public sealed class FormerCardTokenizer : IDisposable
{
    // Setting up a keyed hash costs as much as using it, so each thread keeps the one that it used last.
    [ThreadStatic]
    private static FormerCardTokenizer? s_owner;

    [ThreadStatic]
    private static IncrementalHash? s_hash;

    private readonly byte[] _key;
    private bool _isDisposed;

    /// <summary>Copies the key: at least 16 bytes.</summary>
    public FormerCardTokenizer(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, CardTokenizer.KeySizeMin, nameof(key));
        _key = GC.AllocateArray<byte>(key.Length, pinned: true);
        key.CopyTo(_key);
    }

    /// <summary>The token of a card; the token of no card is none.</summary>
    public CardToken Of(in Pan pan)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (pan.IsNone)
        {
            return default;
        }

        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        IncrementalHash hash = HashOfThread();
        hash.AppendData(digits[..pan.CopyDigits(digits)]);
        hash.GetHashAndReset(mac);
        digits.Clear();
        return CardToken.Read(mac);
    }

    /// <summary>Clears the key. No thread may be using it.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }

    private IncrementalHash HashOfThread()
    {
        if (s_hash is not null && ReferenceEquals(s_owner, this))
        {
            return s_hash;
        }

        s_hash?.Dispose();
        s_hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        s_owner = this;
        return s_hash;
    }
}
