using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Switch.Host.Configuration;

/// <summary>HOST:PORT texts: <c>127.0.0.1:8583</c>, <c>[::1]:8583</c>, <c>issuer.example:9001</c>.</summary>
internal static class HostPort
{
    public static bool TryParse(string text, [NotNullWhen(true)] out string? host, out int port)
    {
        host = null;
        port = 0;
        int colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port > IPEndPoint.MaxPort)
        {
            return false;
        }

        string name = text[..colon];
        bool bracketed = name is ['[', .., ']'];
        name = bracketed ? name[1..^1] : name;
        UriHostNameType kind = Uri.CheckHostName(name);
        if (kind == UriHostNameType.Unknown || bracketed != (kind == UriHostNameType.IPv6))
        {
            return false;
        }

        host = name;
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, where the host must be an address: one cannot listen on a name.</summary>
    public static bool TryParseListen(string text, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (TryParse(text, out string? host, out int port)
            && Uri.CheckHostName(host) is UriHostNameType.IPv4 or UriHostNameType.IPv6
            && IPAddress.TryParse(host, out IPAddress? address))
        {
            endPoint = new IPEndPoint(address, port);
        }

        return endPoint is not null;
    }
}
