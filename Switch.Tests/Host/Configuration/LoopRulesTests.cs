using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

/// <summary>An issuer that is one of the switch's own listeners, by whatever name, is a mistake.</summary>
public class LoopRulesTests
{
    [Theory]
    [InlineData("127.0.0.1:8583", "127.0.0.1:8583")]
    [InlineData("127.0.0.1:8583", "localhost:8583")]
    [InlineData("127.0.0.1:8583", "LOCALHOST:8583")]
    [InlineData("127.0.0.1:8583", "0.0.0.0:8583")]
    [InlineData("0.0.0.0:8583", "127.0.0.1:8583")]
    [InlineData("0.0.0.0:8583", "127.0.0.2:8583")]
    [InlineData("0.0.0.0:8583", "localhost:8583")]
    [InlineData("[::]:8583", "[::1]:8583")]
    [InlineData("[::]:8583", "127.0.0.1:8583")]
    [InlineData("[::]:8583", "localhost:8583")]
    [InlineData("[::1]:8583", "localhost:8583")]
    [InlineData("[::1]:8583", "[::]:8583")]
    [InlineData("127.0.0.1:8583", "[::ffff:127.0.0.1]:8583")]
    public void Endpoint_ThatIsTheAcquirersListener_IsRefusedWithBothPaths(string listen, string endpoint)
    {
        ConfigurationError mistake = Assert.Single(Judge(listen, endpoint));

        Assert.Equal("Switch:Issuers:0:Endpoints:0", mistake.Path);
        Assert.Contains(
            $"'{endpoint}' is the switch's own listener at Switch:Acquirers:0:Listen", mistake.Problem,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:8583", "127.0.0.1:8584")]
    [InlineData("127.0.0.1:8583", "127.0.0.2:8583")]
    [InlineData("127.0.0.1:8583", "[::1]:8583")]
    [InlineData("0.0.0.0:8583", "192.0.2.7:8583")]
    [InlineData("[::]:8583", "[2001:db8::7]:8583")]
    [InlineData("127.0.0.1:0", "127.0.0.1:8583")]
    [InlineData("0.0.0.0:8583", "no-such-host.invalid:8583")]
    public void Endpoint_ThatIsAnotherPlace_IsAllowed(string listen, string endpoint) =>
        Assert.Empty(Judge(listen, endpoint));

    [Fact]
    public void Endpoint_ThatIsTheAdminListener_IsRefused()
    {
        ConfigurationError mistake = Assert.Single(Judge("127.0.0.1:8583", "localhost:8580"));

        Assert.Contains("Switch:Admin:Listen", mistake.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Endpoint_ThatIsAnAddressOfThisMachine_IsRefusedWhereAllAreListenedOn()
    {
        IPAddress own = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .First(address => address.AddressFamily == AddressFamily.InterNetwork);

        Assert.Single(Judge("0.0.0.0:8583", $"{own}:8583"));
    }

    private static IReadOnlyList<ConfigurationError> Judge(string listen, string endpoint)
    {
        var errors = new ConfigurationErrors();
        LoopRules.Validate(
            new SwitchOptions
            {
                Acquirers = [new AcquirerOptions { Name = "acquirer", Listen = listen }],
                Issuers = [new IssuerOptions { Name = "issuer", Endpoints = [endpoint] }],
            },
            errors);
        return errors.All;
    }
}
