using System.Security.Cryptography;

namespace Switch.Host.Security.Ciphers;

/// <summary>
/// Bytes of a clear key: pinned, so that no copy of them stays where the collector moved them from, and cleared when
/// disposed of. One owner, who disposes of it.
/// </summary>
internal sealed class Secret : IDisposable
{
    /// <summary>Bytes of the longest key: 32 of AES-256, 24 of triple length TDES.</summary>
    public const int SizeMax = 32;

    private readonly byte[] _bytes;

    public Secret(int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)size, (uint)SizeMax, nameof(size));
        _bytes = GC.AllocateArray<byte>(size, pinned: true);
    }

    public Secret(ReadOnlySpan<byte> bytes)
        : this(bytes.Length) => bytes.CopyTo(_bytes);

    public int Size => _bytes.Length;

    public Span<byte> Bytes => _bytes;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    public override string ToString() => $"{Size} bytes";
}
