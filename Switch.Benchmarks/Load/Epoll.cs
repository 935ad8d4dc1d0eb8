using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Readiness of many sockets in one system call, and the two calls that move bytes. The runtime's own sockets hop
/// threads for each operation, which would make the load generator dearer than what it measures. Linux, x64 and arm64.
/// </summary>
internal sealed partial class Epoll : IDisposable
{
    public const uint In = 1;
    public const uint Out = 4;

    private const int EventsMax = 512;
    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;
    private const int CloseOnExec = 0x80000;
    private const int NoSignal = 0x4000;
    private const int WouldBlock = 11;
    private const int Interrupted = 4;

    // The kernel packs the structure on x64 only: 4 bytes of flags, then 8 of data, at 4 or at 8.
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataAt + 8;

    private readonly byte[] _events = new byte[EventsMax * EventSize];
    private readonly int _handle;

    public Epoll()
    {
        _handle = Create(CloseOnExec);
        Check(_handle);
    }

    /// <summary>Watches a socket for <paramref name="flags"/>; <paramref name="tag"/> comes back with each
    /// event.</summary>
    public void Watch(Socket socket, uint flags, int tag) => Control(Add, (int)socket.Handle, flags, tag);

    public void Change(Socket socket, uint flags, int tag) => Control(Modify, (int)socket.Handle, flags, tag);

    public void Forget(Socket socket) => Control(Remove, (int)socket.Handle, 0, 0);

    /// <summary>Waits for events, or <paramref name="nanoseconds"/>; returns how many there are.</summary>
    public int Wait(long nanoseconds)
    {
        var time = new TimeSpec(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        int count = WaitFor(_handle, _events, EventsMax, in time, 0);
        if (count < 0)
        {
            return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw new Win32Exception();
        }

        return count;
    }

    public uint FlagsOf(int index) => BitConverter.ToUInt32(_events, index * EventSize);

    public int TagOf(int index) => BitConverter.ToInt32(_events, (index * EventSize) + DataAt);

    /// <summary>Bytes received; 0 when there are none now; -1 when the peer is gone.</summary>
    public static int Receive(Socket socket, Span<byte> into)
    {
        nint count = Receive((int)socket.Handle, into, into.Length, 0);
        return count > 0 ? (int)count : count < 0 && Marshal.GetLastPInvokeError() == WouldBlock ? 0 : -1;
    }

    /// <summary>Bytes that the socket took: fewer than given when its buffer is full; -1 when the peer is
    /// gone.</summary>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        nint count = Send((int)socket.Handle, bytes, bytes.Length, NoSignal);
        return count >= 0 ? (int)count : Marshal.GetLastPInvokeError() == WouldBlock ? 0 : -1;
    }

    public void Dispose() => _ = Close(_handle);

    private void Control(int operation, int socket, uint flags, int tag)
    {
        Span<byte> item = stackalloc byte[16];
        BitConverter.TryWriteBytes(item, flags);
        BitConverter.TryWriteBytes(item[DataAt..], (long)tag);
        Check(Control(_handle, operation, socket, item));
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int handle, int operation, int file, ReadOnlySpan<byte> item);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    private static partial int WaitFor(int handle, Span<byte> events, int eventsMax, in TimeSpec time, nint signals);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, Span<byte> into, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, ReadOnlySpan<byte> bytes, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
