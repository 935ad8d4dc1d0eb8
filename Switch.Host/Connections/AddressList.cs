using System.Net;

namespace Switch.Host.Connections;

/// <summary>The networks a partner may connect from. Empty: every address that reaches the port.</summary>
internal sealed class AddressList
{
    private readonly IPNetwork[] _networks;

    /// <exception cref="FormatException">A text is no CIDR block; validation has refused it before.</exception>
    public AddressList(IEnumerable<string> blocks) => _networks = [.. blocks.Select(IPNetwork.Parse)];

    public bool Allows(IPAddress address)
    {
        // A dual-mode socket reports 10.0.0.1 as ::ffff:10.0.0.1, which no IPv4 block contains.
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Length == 0 || Array.Exists(_networks, network => network.Contains(plain));
    }
}
