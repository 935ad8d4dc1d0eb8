using System.Runtime.CompilerServices;

namespace Switch.Routing.Journal;

/// <summary>
/// Reads a file through one large buffer, so that a scan is a few long reads; or, with a smaller
/// <paramref name="readSize"/>, no more than that at a time unless a frame is larger.
/// </summary>
internal sealed class SegmentWindow(IJournalFile file, byte[] buffer, int readSize = int.MaxValue)
{
    private long _start;
    private int _filled;

    /// <summary>Any frame fits, and reads stay long. A buffer may be smaller when the file is.</summary>
    public const int BufferSize = 4 * JournalFormat.RecordSizeMax;

    public long Size { get; } = file.Size;

    /// <summary>
    /// The bytes from <paramref name="offset"/>, as many as asked for or as the file has. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> At(long offset, int count)
    {
        long at = offset - _start;
        if (at >= 0 && at + count <= _filled)
        {
            return buffer.AsSpan((int)at, count);
        }

        count = (int)Math.Clamp(Size - offset, 0, Math.Min(count, buffer.Length));
        if (count == 0)
        {
            return [];
        }

        if (offset < _start || offset + count > _start + _filled)
        {
            _start = offset;
            _filled = file.Read(offset, buffer.AsSpan(0, Math.Min(buffer.Length, Math.Max(count, readSize))));
        }

        return buffer.AsSpan((int)(offset - _start), Math.Min(count, _filled));
    }

    /// <summary>Reads anew from now on: somebody else may have written meanwhile.</summary>
    public void Forget() => _filled = 0;

    /// <summary>
    /// The first offset from <paramref name="offset"/> on, below <paramref name="end"/>, whose byte is not zero; else
    /// <paramref name="end"/>.
    /// </summary>
    public long SkipZeros(long offset, long end)
    {
        while (offset < end)
        {
            ReadOnlySpan<byte> bytes = At(offset, (int)Math.Min(end - offset, BufferSize));
            int found = bytes.IndexOfAnyExcept((byte)0);
            if (found >= 0)
            {
                return offset + found;
            }

            if (bytes.IsEmpty)
            {
                return end; // The file is shorter than it was: what is not there is not garbage either.
            }

            offset += bytes.Length;
        }

        return end;
    }

    /// <summary>A whole frame at this offset, whatever its LSN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryFrame(long offset, uint saltState, out JournalFrame frame)
    {
        frame = default;
        ReadOnlySpan<byte> header = At(offset, JournalFormat.RecordHeaderSize);
        if (!JournalFrame.IsPlausible(header, Size - offset, out int size))
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = At(offset, size);
        if (bytes.Length < size || !JournalFrame.IsWhole(bytes, saltState))
        {
            return false;
        }

        frame = new JournalFrame(bytes);
        return true;
    }
}
