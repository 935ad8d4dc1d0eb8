using System.Security.Cryptography;

namespace Switch.Host.Security.Wrapping;

/// <summary>A master key of 32 bytes in this process's memory.</summary>
internal sealed class AesKeyMaster : IKeyMaster
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private readonly AesGcm _cipher;

    /// <param name="key">32 bytes, which are copied.</param>
    /// <param name="title">Where it came from.</param>
    public AesKeyMaster(ReadOnlySpan<byte> key, string title)
    {
        _cipher = new AesGcm(key, TagSize);
        Title = title;
    }

    public string Title { get; }

    public byte[] Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label)
    {
        byte[] wrapped = new byte[NonceSize + key.Length + TagSize];
        Span<byte> nonce = wrapped.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(nonce, key, wrapped.AsSpan(NonceSize, key.Length), wrapped.AsSpan(^TagSize..), label);
        return wrapped;
    }

    public byte[]? Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> label)
    {
        if (wrapped.Length <= NonceSize + TagSize)
        {
            return null;
        }

        byte[] key = new byte[wrapped.Length - NonceSize - TagSize];
        try
        {
            _cipher.Decrypt(
                wrapped[..NonceSize], wrapped.Slice(NonceSize, key.Length), wrapped[^TagSize..], key, label);
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    public void Dispose() => _cipher.Dispose();
}
