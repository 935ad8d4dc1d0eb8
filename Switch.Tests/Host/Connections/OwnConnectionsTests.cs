using System.Net;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

/// <summary>A connection that the switch has made and accepted is found by whichever side comes second.</summary>
public class OwnConnectionsTests
{
    private static readonly IPEndPoint Client = new(IPAddress.Loopback, 40_001);
    private static readonly IPEndPoint Server = new(IPAddress.Loopback, 8_583);

    private readonly OwnConnections _own = new();

    [Fact]
    public void Accepted_AfterMade_NamesTheLink()
    {
        Assert.Null(_own.Made(Client, Server, "issuer-a#0"));

        Assert.Equal("issuer-a#0", _own.Accepted(Client, Server, "acq-a"));
    }

    [Fact]
    public void Made_AfterAccepted_NamesTheAcquirer()
    {
        Assert.Null(_own.Accepted(Client, Server, "acq-a"));

        Assert.Equal("acq-a", _own.Made(Client, Server, "issuer-a#0"));
    }

    /// <summary>A dual-mode socket names the same place in another way.</summary>
    [Fact]
    public void Accepted_WithMappedAddresses_IsTheSame()
    {
        var mapped = new IPEndPoint(Client.Address.MapToIPv6(), Client.Port);
        _own.Made(mapped, new IPEndPoint(Server.Address.MapToIPv6(), Server.Port), "issuer-a#0");

        Assert.Equal("issuer-a#0", _own.Accepted(Client, Server, "acq-a"));
    }

    /// <summary>One local port may serve connections to two places at once: both ends count.</summary>
    [Fact]
    public void Accepted_FromTheSamePortToAnotherPlace_IsAnothers()
    {
        _own.Made(Client, new IPEndPoint(IPAddress.Loopback, 9_001), "issuer-a#0");

        Assert.Null(_own.Accepted(Client, Server, "acq-a"));
    }

    [Fact]
    public void Accepted_AfterTheEnd_IsAnothers()
    {
        _own.Made(Client, Server, "issuer-a#0");
        _own.Ended(Client, Server);

        Assert.Null(_own.Accepted(Client, Server, "acq-a"));
    }
}
