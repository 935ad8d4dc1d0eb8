using System.Security.Cryptography;

namespace Switch.Protocol.Fields;

/// <summary>
/// Makes tokens under one key. Thread safe. Allocates nothing per card while a thread stays with one tokenizer, which a
/// process has one of except while a key is being replaced.
/// </summary>
public sealed class CardTokenizer
{
    public const int KeySizeMin = 16;

    // Setting up a keyed hash costs as much as using it, so each thread keeps the one that it used last.
    [ThreadStatic]
    private static CardTokenizer? s_owner;

    [ThreadStatic]
    private static IncrementalHash? s_hash;

    private readonly byte[] _key;

    /// <summary>Copies the key: at least 16 bytes, 32 from a random source is the right choice.</summary>
    public CardTokenizer(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, KeySizeMin, nameof(key));
        _key = key.ToArray();
    }

    /// <summary>The token of a card; the token of no card is none.</summary>
    public CardToken Of(in Pan pan)
    {
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
