using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Switch.Host.Connections.Epoll;

/// <summary>System calls of the epoll transport. Linux, 64 bits. -1 is a failure: its number is the last P/Invoke
/// error.</summary>
internal static partial class Libc
{
    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;

    /// <summary>The peer has closed its half.</summary>
    public const uint ReadHangUp = 0x2000;

    /// <summary>An event is given once for each change, however much is left to read.</summary>
    public const uint EdgeTriggered = 1u << 31;

    public const int ControlAdd = 1;
    public const int ControlRemove = 2;

    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int Stream = 1;
    public const int Tcp = 6;
    public const int InterNetwork = 2;
    public const int InterNetworkV6 = 10;

    /// <summary>A peer that is gone is an error of the call, and no signal.</summary>
    public const int NoSignal = 0x4000;

    /// <summary>Received bytes are thrown away, and copied nowhere.</summary>
    public const int Truncate = 0x20;

    public const int ShutdownSend = 1;
    public const int SocketLevel = 1;
    public const int SocketError = 4;

    public const int NotPermitted = 1;
    public const int Interrupted = 4;
    public const int BadFile = 9;
    public const int WouldBlock = 11;
    public const int NoMemory = 12;
    public const int NoAccess = 13;
    public const int InvalidArgument = 22;
    public const int TooManyInSystem = 23;
    public const int TooManyInProcess = 24;
    public const int BrokenPipe = 32;
    public const int NoSocket = 88;
    public const int AddressNotAvailable = 99;
    public const int NetworkDown = 100;
    public const int NetworkUnreachable = 101;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NoBuffers = 105;
    public const int NotConnected = 107;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostDown = 112;
    public const int HostUnreachable = 113;
    public const int InProgress = 115;

    /// <summary>As the platform's own sockets would throw it.</summary>
    public static SocketException ToException(int error) => new((int)(error switch
    {
        ConnectionRefused => System.Net.Sockets.SocketError.ConnectionRefused,
        ConnectionReset => System.Net.Sockets.SocketError.ConnectionReset,
        ConnectionAborted => System.Net.Sockets.SocketError.ConnectionAborted,
        BrokenPipe => System.Net.Sockets.SocketError.Shutdown,
        TimedOut => System.Net.Sockets.SocketError.TimedOut,
        HostDown => System.Net.Sockets.SocketError.HostDown,
        HostUnreachable => System.Net.Sockets.SocketError.HostUnreachable,
        NetworkDown => System.Net.Sockets.SocketError.NetworkDown,
        NetworkUnreachable => System.Net.Sockets.SocketError.NetworkUnreachable,
        AddressNotAvailable => System.Net.Sockets.SocketError.AddressNotAvailable,
        NotConnected => System.Net.Sockets.SocketError.NotConnected,
        NoAccess or NotPermitted => System.Net.Sockets.SocketError.AccessDenied,
        InvalidArgument => System.Net.Sockets.SocketError.InvalidArgument,
        TooManyInProcess or TooManyInSystem => System.Net.Sockets.SocketError.TooManyOpenSockets,
        NoBuffers or NoMemory => System.Net.Sockets.SocketError.NoBufferSpaceAvailable,
        _ => System.Net.Sockets.SocketError.SocketError,
    }));

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    /// <param name="epoll">The set.</param>
    /// <param name="operation">What to do with it.</param>
    /// <param name="file">Whose readiness.</param>
    /// <param name="item">An event as <see cref="EventLayout"/> says.</param>
    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int file, ReadOnlySpan<byte> item);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, Span<byte> events, int eventsMax, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFile(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, Span<byte> into, nint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, ReadOnlySpan<byte> bytes, nint size);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, Span<byte> into, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, ReadOnlySpan<byte> bytes, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, ReadOnlySpan<byte> address, int size);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, Span<byte> address, ref int size, int flags);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int socket, int level, int name, out int value, ref int size);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    /// <summary>Waits until the file can be read, or for so long; true when it can.</summary>
    public static bool PollIn(int file, TimeSpan time)
    {
        Span<int> item = [file, 1]; // struct pollfd: the descriptor, then two shorts: POLLIN, and what came of it.
        Span<long> limit = [(long)time.TotalSeconds, time.Ticks % TimeSpan.TicksPerSecond * 100];
        return Poll(item, 1, limit, 0) > 0;
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(Span<int> files, nint count, ReadOnlySpan<long> limit, nint signals);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);
}
