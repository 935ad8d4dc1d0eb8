using System.Runtime.InteropServices;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// The kernel's <c>struct epoll_event</c>: 4 bytes of flags, then 8 of data. It is packed on x64 only, so that the data
/// is at 4 there and at 8 elsewhere.
/// </summary>
internal static class EventLayout
{
    public static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    public static readonly int Size = DataAt + 8;

    public static void Write(Span<byte> item, uint flags, long data)
    {
        BitConverter.TryWriteBytes(item, flags);
        BitConverter.TryWriteBytes(item[DataAt..], data);
    }

    public static uint Flags(ReadOnlySpan<byte> events, int index) => BitConverter.ToUInt32(events[(index * Size)..]);

    public static long Data(ReadOnlySpan<byte> events, int index) =>
        BitConverter.ToInt64(events[((index * Size) + DataAt)..]);
}
