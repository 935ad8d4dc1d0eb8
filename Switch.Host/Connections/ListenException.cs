using System.Net;
using System.Net.Sockets;

namespace Switch.Host.Connections;

/// <summary>A listener cannot have its address and port: another process has it, or it is not this machine's.</summary>
internal sealed class ListenException(string listener, EndPoint endPoint, SocketException cause)
    : IOException($"{listener} cannot listen on {endPoint}: {Describe(cause)}", cause)
{
    private static string Describe(SocketException cause) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            "another process has it. Does a switch run here already? 'status' asks it.",
        SocketError.AddressNotAvailable => "that is no address of this machine.",
        SocketError.AccessDenied => "this user may not listen on that port.",
        _ => cause.Message,
    };
}
