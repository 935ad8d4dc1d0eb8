using System.Net;
using System.Net.Sockets;

namespace Switch.Host.Connections;

/// <summary>The address that counts, where connections are counted by their peers.</summary>
internal static class PeerAddress
{
    private const int NetworkSize = 8;

    /// <summary>Of IPv6 the first 64 bits, because one host may use all of the rest.</summary>
    public static IPAddress KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkSize).Clear();
        return new IPAddress(bytes);
    }
}
