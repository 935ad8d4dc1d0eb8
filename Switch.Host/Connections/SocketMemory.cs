using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Switch.Host.Memory;

namespace Switch.Host.Connections;

/// <summary>
/// Has the platform's sockets use our blocks. The options say where their memory comes from, and say it to the platform
/// only: a host built by dependency injection sets it for listeners, and nothing public sets it for connections that
/// are opened. So the setters are named here. Should a later runtime lack them, the start fails with their name, before
/// a byte of a card is read into memory that is not cleared.
/// </summary>
internal static class SocketMemory
{
    /// <summary>One for the process: a block that one connection returned serves the next.</summary>
    public static ClearingMemoryPool Blocks { get; } = new();

    /// <summary>For listeners.</summary>
    public static SocketTransportOptions Use(SocketTransportOptions options)
    {
        SetPool(options, Blocks);
        return options;
    }

    /// <summary>For connections that the switch opens.</summary>
    public static SocketConnectionFactoryOptions Use(SocketConnectionFactoryOptions options)
    {
        SetPool(options, Blocks);
        return options;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetPool(SocketTransportOptions options, IMemoryPoolFactory<byte> factory);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetPool(SocketConnectionFactoryOptions options, IMemoryPoolFactory<byte> factory);
}
