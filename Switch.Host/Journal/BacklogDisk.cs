using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Switch.Host.Journal;

/// <summary>
/// The file of a backlog: chunks of one size, sealed with AES-256-GCM under a key that only this process has. Each seal
/// has a number of its own, which is its nonce. One thread.
/// </summary>
internal sealed class BacklogDisk(string folder, int chunkSize) : IDisposable
{
    private const int KeySize = 32;
    private const int TagSize = 16;
    private const int NonceSize = 12;

    private readonly byte[] _sealed = new byte[chunkSize + TagSize];
    private readonly byte[] _nonce = new byte[NonceSize];
    private AesGcm? _cipher;
    private SafeFileHandle? _file;
    private ulong _seals;

    /// <summary>Writes a chunk to a slot; returns the number of its seal.</summary>
    /// <exception cref="IOException">The disk does not take it, or the file cannot be made.</exception>
    public ulong Write(int slot, ReadOnlySpan<byte> chunk)
    {
        Open();
        BinaryPrimitives.WriteUInt64LittleEndian(_nonce, ++_seals);
        _cipher!.Encrypt(_nonce, chunk, _sealed.AsSpan(0, chunkSize), _sealed.AsSpan(chunkSize));
        RandomAccess.Write(_file!, _sealed, OffsetOf(slot));
        return _seals;
    }

    /// <summary>Reads the chunk of a slot that was written last.</summary>
    /// <param name="seal">As <see cref="Write"/> returned it.</param>
    /// <exception cref="IOException">The file cannot be read, or is shorter than it was.</exception>
    /// <exception cref="CryptographicException">It is not what was written.</exception>
    public void Read(int slot, ulong seal, Span<byte> chunk)
    {
        int read = 0;
        while (read < _sealed.Length)
        {
            int more = RandomAccess.Read(_file!, _sealed.AsSpan(read), OffsetOf(slot) + read);
            read += more > 0 ? more : throw new EndOfStreamException("The backlog's file is shorter than it was.");
        }

        BinaryPrimitives.WriteUInt64LittleEndian(_nonce, seal);
        _cipher!.Decrypt(_nonce, _sealed.AsSpan(0, chunkSize), _sealed.AsSpan(chunkSize), chunk);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _cipher?.Dispose();
    }

    private long OffsetOf(int slot) => (long)slot * _sealed.Length;

    // When it is needed first. It has no name from then on, so it goes with the process, however that ends.
    private void Open()
    {
        if (_file is not null)
        {
            return;
        }

        string path = Path.Combine(folder, "backlog.tmp");
        File.Delete(path); // Of a process that ended between the lines below.
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        File.Delete(path);
        Span<byte> key = stackalloc byte[KeySize];
        RandomNumberGenerator.Fill(key);
        _cipher = new AesGcm(key, TagSize);
        key.Clear();
    }
}
