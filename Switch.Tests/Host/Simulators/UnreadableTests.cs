using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Simulators;

/// <summary>A simulator that cannot read what comes says what and where, at once and in its report.</summary>
public class UnreadableTests
{
    private static readonly IssuerProfile Profile = new()
    {
        Name = "bank", Listen = new IPEndPoint(IPAddress.Loopback, 0), Dialect = "iso87-ascii",
    };

    [Fact]
    public async Task Issuer_MessageOfAnotherDialect_SaysFieldAndByte()
    {
        var said = new BlockingCollection<string>();
        await using var issuer = new IssuerSimulator(Profile) { OnUnreadable = said.Add };
        issuer.Start();
        await using ScriptedAcquirer peer = await ScriptedAcquirer.ConnectAsync(issuer.EndPoint, "iso87-ascii");

        peer.SendBody(Encoding.ASCII.GetBytes(
            "01003220000000000000" + "000000" + "0000000015X0" + "1122101112" + "000001"));

        Assert.True(said.TryTake(out string? line, TimeSpan.FromSeconds(30)));
        Assert.Equal(
            "bank could not read what came: field 4 (Amount, transaction), at byte 36: "
            + "ContentNotNumeric: something other than digits",
            line);
        Assert.Contains("field 4", issuer.Read(ledger => ledger.Counters.ComplaintTexts[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuer_NoFrame_SaysThatItMayBeAnotherFraming()
    {
        var said = new BlockingCollection<string>();
        await using var issuer = new IssuerSimulator(Profile) { OnUnreadable = said.Add };
        issuer.Start();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(issuer.EndPoint);

        await socket.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.True(said.TryTake(out string? line, TimeSpan.FromSeconds(30)));
        Assert.StartsWith(
            "bank could not read what came: no frame: one would be longer than", line, StringComparison.Ordinal);
        Assert.EndsWith("is it another framing?", line, StringComparison.Ordinal);
    }
}
