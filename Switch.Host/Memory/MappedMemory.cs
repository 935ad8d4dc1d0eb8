using System.Buffers;
using System.Runtime.InteropServices;

namespace Switch.Host.Memory;

/// <summary>
/// Zeroed memory of its own mapping: disposed of, it goes back to the system at once, where what the collector frees
/// goes back late or not at all. One that is not disposed of stays: a finalizer could unmap it below a
/// span that is still read. Elsewhere than on Linux it is the platform's allocator's.
/// </summary>
internal sealed unsafe partial class MappedMemory : MemoryManager<byte>
{
    private const int ReadAndWrite = 1 | 2;
    private const int PrivateAnonymous = 2 | 0x20;

    private readonly int _size;
    private nint _start;

    /// <param name="size">In bytes.</param>
    /// <exception cref="InsufficientMemoryException">The system gives no more.</exception>
    public MappedMemory(int size)
    {
        _size = size;
        if (!OperatingSystem.IsLinux())
        {
            _start = (nint)NativeMemory.AllocZeroed((nuint)size);
            return;
        }

        _start = Map(0, size, ReadAndWrite, PrivateAnonymous, -1, 0);
        if (_start == -1)
        {
            throw new InsufficientMemoryException(
                $"No mapping of {size} bytes: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start == 0, this);
        return new Span<byte>((void*)_start, _size);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)_start + elementIndex, default, this);

    public override void Unpin()
    {
        // It never moves.
    }

    protected override void Dispose(bool disposing)
    {
        nint start = Interlocked.Exchange(ref _start, 0);
        if (start is 0 or -1)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            NativeMemory.Free((void*)start);
        }
        else
        {
            _ = Unmap(start, _size);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint near, nint size, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint start, nint size);
}
