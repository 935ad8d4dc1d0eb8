namespace Switch.Host.Security.Wrapping;

/// <summary>
/// A key that encrypts the switch's own data keys (a KEK), so that their files are of no use without it. It is used
/// while the switch starts, and by commands; never for a payment.
/// </summary>
internal interface IKeyMaster : IDisposable
{
    /// <summary>Where it is, for people.</summary>
    string Title { get; }

    /// <summary>AES-256-GCM: a nonce of 12 bytes, the encrypted key, and a tag of 16 bytes.</summary>
    /// <param name="key">In clear.</param>
    /// <param name="label">What the key is for; the same must be given to unwrap it.</param>
    /// <exception cref="KeyMasterException">The token does not do it.</exception>
    byte[] Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label);

    /// <summary>The key in clear, for the caller to clear; null when it was wrapped under another master key, for
    /// another purpose, or was altered.</summary>
    /// <exception cref="KeyMasterException">The token does not do it.</exception>
    byte[]? Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> label);
}

/// <summary>A master key cannot be used, and why. Its message quotes no key and no PIN.</summary>
internal sealed class KeyMasterException(string message, Exception? inner = null) : Exception(message, inner);
