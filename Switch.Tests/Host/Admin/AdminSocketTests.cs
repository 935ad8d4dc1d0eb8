using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Switch.Host.Admin;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>The Unix socket of the command line: whose it is, and that the kernel says who asks.</summary>
public sealed class AdminSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-socket-");

    private static string Own => AdminHttp.OwnName;

    private string Place => Path.Combine(_folder.FullName, "made", "admin.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Peer_OfTheSwitchsOwnUser_IsAnOperatorByItsName()
    {
        await using AdminRig rig = await StartAsync();
        using HttpClient client = AdminHttp.Through(Place);

        using HttpResponseMessage read = await client.GetAsync("/api/status");
        using HttpResponseMessage command = await CommandAsync(client);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, command.StatusCode));
        Assert.Equal(Own, Assert.Single(rig.Commands).Who);
    }

    [Fact]
    public void Peer_OfASocket_IsTheProcessAtItsOtherEnd()
    {
        string path = Path.Combine(_folder.FullName, "peer.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        using Socket accepted = listener.Accept();

        Assert.True(LocalPeer.TryOf(accepted, out LocalPeer peer));
        Assert.Equal(new LocalPeer(Environment.ProcessId, Posix.UserId()), peer);
        AdminIdentity identity = peer.ToIdentity(new Dictionary<string, AdminRole>());
        Assert.Equal(
            (Own, $"process {Environment.ProcessId} of user {Posix.UserId()}"), (identity.Name, identity.From));
    }

    [Theory]
    [InlineData(nameof(AdminRole.None), 403, 403)]
    [InlineData(nameof(AdminRole.Viewer), 200, 403)]
    [InlineData(nameof(AdminRole.Operator), 200, 200)]
    public async Task Peer_NamedInUsers_HasThatRole(string role, int read, int command)
    {
        foreach (string name in (string[])[Own, Posix.UserId().ToString(CultureInfo.InvariantCulture)])
        {
            var options = new AdminOptions { Users = { [name] = Enum.Parse<AdminRole>(role) } };
            await using AdminRig rig = await StartAsync(AdminHttp.Access(options: options));
            using HttpClient client = AdminHttp.Through(Place);

            using HttpResponseMessage looked = await client.GetAsync("/api/status");
            using HttpResponseMessage commanded = await CommandAsync(client);

            Assert.Equal((read, command), ((int)looked.StatusCode, (int)commanded.StatusCode));
        }
    }

    /// <summary>Root and the switch's own user aside, no one is let in who is not named.</summary>
    [Fact]
    public void Peer_OfAnotherUser_MayDoNothingUntilItIsNamed()
    {
        var stranger = new LocalPeer(4_711, 3_999_999_999);
        var users = new Dictionary<string, AdminRole> { ["3999999999"] = AdminRole.Approver };

        Assert.Equal(AdminRole.None, stranger.ToIdentity(new Dictionary<string, AdminRole>()).Role);
        Assert.Equal(AdminRole.Approver, stranger.ToIdentity(users).Role);
        Assert.Equal(AdminRole.Operator, new LocalPeer(1, 0).ToIdentity(new Dictionary<string, AdminRole>()).Role);
        Assert.Equal("user-3999999999", stranger.ToIdentity(users).Name);
    }

    /// <summary>Bodies that do not come hold every place of the network; the command line has its own.</summary>
    [Fact]
    public async Task Socket_WhileTheListenerIsFull_Answers()
    {
        await using AdminRig rig = await AdminRig.StartAsync(change: parts => parts with
        {
            Socket = CommandSocket.Open(Place, null),
        });
        byte[] begun = System.Text.Encoding.ASCII.GetBytes(
            "POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
        var held = new List<TcpClient>();
        for (int i = 0; i < AdminConnections.Max; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(rig.Server.EndPoint!);
            await client.GetStream().WriteAsync(begun);
            held.Add(client);
        }

        using HttpClient local = AdminHttp.Through(Place);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("live\n", await local.GetStringAsync("/health/live"));
        }

        held.ForEach(static one => one.Dispose());
    }

    [Fact]
    public async Task Socket_WithATokenShown_IsOfTheToken()
    {
        await using AdminRig rig = await StartAsync();
        using HttpClient client = AdminHttp.Through(Place);
        client.DefaultRequestHeaders.Authorization = AdminHttp.HeaderOf(AdminRole.Viewer);

        using HttpResponseMessage command = await CommandAsync(client);

        Assert.Equal(HttpStatusCode.Forbidden, command.StatusCode);
    }

    [Fact]
    public async Task Socket_LeftByADeadProcess_IsMadeAnewForUserAndGroupAlone()
    {
        await using (AdminRig first = await StartAsync())
        {
            await Assert.ThrowsAsync<IOException>(() => StartAsync()); // Another serves it.
        }

        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(Place)); // It does not listen: nothing answers there.
            await using AdminRig second = await StartAsync();
            using HttpClient client = AdminHttp.Through(Place);

            Assert.Equal("live\n", await client.GetStringAsync("/health/live"));
            Assert.True(FileFacts.TryOf(Place, out FileFacts facts));
            Assert.Equal(0x1B0, facts.Permissions); // 0660
        }
    }

    [Fact]
    public async Task Socket_InPlaceOfAFile_IsNotMade()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Place)!);
        await File.WriteAllTextAsync(Place, "of somebody");

        await Assert.ThrowsAsync<IOException>(() => StartAsync());

        Assert.Equal("of somebody", await File.ReadAllTextAsync(Place));
    }

    private static Task<HttpResponseMessage> CommandAsync(HttpClient client) => client.PostAsJsonAsync(
        "/api/commands/force-standin", new { who = "somebody-else", why = "because", issuer = "issuer-a" });

    private Task<AdminRig> StartAsync(AdminAccess? access = null) => AdminRig.StartAsync(
        access, parts => parts with { Listen = null, Socket = CommandSocket.Open(Place, null) });
}
