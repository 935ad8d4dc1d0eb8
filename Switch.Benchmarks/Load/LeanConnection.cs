using System.Buffers.Binary;
using System.Net.Sockets;

namespace Switch.Benchmarks.Load;

/// <summary>
/// One connection of the load generator or of its issuer. Buffers belong to the thread; a connection keeps only what
/// did not fit: the beginning of a frame, and bytes that the socket did not take. Ten thousand idle ones cost nothing.
/// </summary>
internal class LeanConnection(Epoll epoll, Socket socket, int tag)
{
    /// <summary>Large enough for hundreds of messages in one system call.</summary>
    public const int BufferSize = 512 * 1024;

    public const int FrameHeaderSize = 2;

    private byte[] _partial = [];
    private int _partialCount;
    private byte[] _pending = [];
    private int _pendingCount;

    public Socket Socket => socket;

    /// <summary>The socket is full: bytes wait here.</summary>
    public bool IsHeldBack => _pendingCount > 0;

    public void Watch() => epoll.Watch(socket, Epoll.In, tag);

    /// <summary>
    /// Fills the buffer with what was left last time and what has come; returns the size, or -1 when the peer is gone.
    /// </summary>
    public int Receive(byte[] buffer)
    {
        _partial.AsSpan(0, _partialCount).CopyTo(buffer);
        int received = Epoll.Receive(socket, buffer.AsSpan(_partialCount));
        int count = received < 0 ? -1 : _partialCount + received;
        _partialCount = 0;
        return count;
    }

    /// <summary>Keeps the beginning of a frame until the rest of it comes.</summary>
    public void Keep(ReadOnlySpan<byte> partial)
    {
        Grow(ref _partial, 0, partial.Length);
        partial.CopyTo(_partial);
        _partialCount = partial.Length;
    }

    /// <summary>Takes one frame's body off the front of <paramref name="buffer"/>; false when it is not all
    /// there.</summary>
    public static bool TryTakeFrame(ref ReadOnlySpan<byte> buffer, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (buffer.Length < FrameHeaderSize)
        {
            return false;
        }

        int size = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        if (buffer.Length - FrameHeaderSize < size)
        {
            return false;
        }

        body = buffer.Slice(FrameHeaderSize, size);
        buffer = buffer[(FrameHeaderSize + size)..];
        return true;
    }

    /// <summary>Sends now what the socket takes, and the rest when it takes more.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        int sent = 0;
        if (_pendingCount == 0)
        {
            sent = Epoll.Send(socket, bytes);
            if (sent == bytes.Length)
            {
                return;
            }

            epoll.Change(socket, Epoll.In | Epoll.Out, tag);
        }

        ReadOnlySpan<byte> rest = bytes[Math.Max(sent, 0)..];
        Grow(ref _pending, _pendingCount, _pendingCount + rest.Length);
        rest.CopyTo(_pending.AsSpan(_pendingCount));
        _pendingCount += rest.Length;
    }

    /// <summary>The socket takes more.</summary>
    public void OnWritable()
    {
        int sent = Math.Max(Epoll.Send(socket, _pending.AsSpan(0, _pendingCount)), 0);
        _pending.AsSpan(sent, _pendingCount - sent).CopyTo(_pending);
        _pendingCount -= sent;
        if (_pendingCount == 0)
        {
            epoll.Change(socket, Epoll.In, tag);
        }
    }

    private static void Grow(ref byte[] buffer, int used, int needed)
    {
        if (buffer.Length < needed)
        {
            byte[] larger = new byte[Math.Max(needed, 4_096)];
            buffer.AsSpan(0, used).CopyTo(larger);
            buffer = larger;
        }
    }
}
