using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Switch.Host.Configuration;

/// <summary>
/// No issuer is the switch itself: its requests would come back to it as an acquirer's, and be sent there again, until
/// every deadline has passed.
/// </summary>
internal static class LoopRules
{
    // A name is only looked up when its port is one of ours, which is hardly ever.
    private static readonly TimeSpan LookUpTime = TimeSpan.FromSeconds(2);

    public static void Validate(SwitchOptions options, ConfigurationErrors errors)
    {
        const string Root = ConfigurationValidator.Root;
        var listeners = new List<(IPEndPoint EndPoint, string Path)>();
        for (int i = 0; i < options.Acquirers.Count; i++)
        {
            Add(listeners, options.Acquirers[i].Listen, $"{Root}:Acquirers:{i}:Listen");
        }

        for (int i = 0; i < options.Issuers.Count; i++)
        {
            Add(listeners, options.Issuers[i].Listen ?? "", $"{Root}:Issuers:{i}:Listen");
        }

        Add(listeners, options.Admin.Listen ?? "", $"{Root}:Admin:Listen");
        Add(listeners, options.Metrics.Listen ?? "", $"{Root}:Metrics:Listen");
        for (int i = 0; i < options.Acquirers.Count; i++)
        {
            for (int j = 0; j < options.Acquirers[i].Connect.Count; j++)
            {
                ValidateOne(options.Acquirers[i].Connect[j], listeners, errors, $"{Root}:Acquirers:{i}:Connect:{j}");
            }
        }

        for (int i = 0; i < options.Issuers.Count; i++)
        {
            for (int j = 0; j < options.Issuers[i].Endpoints.Count; j++)
            {
                ValidateOne(options.Issuers[i].Endpoints[j], listeners, errors, $"{Root}:Issuers:{i}:Endpoints:{j}");
            }
        }
    }

    private static void Add(List<(IPEndPoint EndPoint, string Path)> listeners, string text, string path)
    {
        if (HostPort.TryParseListen(text, out IPEndPoint? endPoint) && endPoint.Port != 0)
        {
            listeners.Add((endPoint, path));
        }
    }

    private static void ValidateOne(
        string endpoint, List<(IPEndPoint EndPoint, string Path)> listeners, ConfigurationErrors errors, string path)
    {
        if (!HostPort.TryParse(endpoint, out string? host, out int port))
        {
            return;
        }

        IPAddress[]? addresses = null;
        foreach ((IPEndPoint listener, string listenerPath) in listeners.Where(at => at.EndPoint.Port == port))
        {
            addresses ??= AddressesOf(host);
            if (Array.Exists(addresses, address => Reaches(address, listener.Address)))
            {
                errors.Add(
                    path,
                    $"'{endpoint}' is the switch's own listener at {listenerPath}: every request would loop back. "
                    + "Give the issuer's host and port.");
                return;
            }
        }
    }

    /// <summary>Whether a connection to an address, on this machine, comes to a listener on another.</summary>
    private static bool Reaches(IPAddress target, IPAddress listener)
    {
        IPAddress plain = Plain(target);
        IPAddress own = Plain(listener);

        // Who connects to no address in particular comes to this machine.
        plain = plain.Equals(IPAddress.Any) ? IPAddress.Loopback
            : plain.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : plain;
        if (own.Equals(IPAddress.Any))
        {
            return plain.AddressFamily == AddressFamily.InterNetwork && IsOfThisMachine(plain);
        }

        return own.Equals(IPAddress.IPv6Any) ? IsOfThisMachine(plain) : own.Equals(plain);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsOfThisMachine(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
                .Any(own => own.Address.Equals(address));
        }
        catch (NetworkInformationException)
        {
            return false; // A machine that does not say what it is called: the run-time check is left.
        }
    }

    private static IPAddress[] AddressesOf(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return [address];
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        try
        {
            using var limit = new CancellationTokenSource(LookUpTime);
            return Dns.GetHostAddressesAsync(host, limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException or ArgumentException)
        {
            return []; // Not known here and now: connecting will say so.
        }
    }
}
