using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Faults;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Simulators.Faults;

/// <summary>
/// Goal: a drill is only worth what its faults are worth, so each fault does what it says and nothing else. Method: a
/// client asks a simulated issuer through the proxy. What must not come is judged by what comes after it.
/// </summary>
public sealed class FaultProxyTests : IDisposable
{
    private readonly IssuerSimulator _issuer = new(new IssuerProfile());
    private readonly List<FaultProxy> _proxies = [];

    public FaultProxyTests() => _issuer.Start();

    public void Dispose()
    {
        foreach (FaultProxy proxy in _proxies)
        {
            Assert.True(proxy.DisposeAsync().AsTask().Wait(Rig.Patience), "The proxy does not end.");
            Assert.Equal(0, proxy.Open);
        }

        _issuer.DisposeAsync().AsTask().Wait(Rig.Patience);
    }

    [Theory]
    [InlineData("iso87-ascii", "len2")]
    [InlineData("iso87-binary", "len4-binary+tpdu")]
    [InlineData("iso93-binary", "len2")]
    public async Task Proxy_WithoutAFault_CarriesMessagesOfEachDialectAndFraming(string dialect, string framing)
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile { Dialect = dialect, Framing = framing });
        issuer.Start();
        FaultProxy proxy = StartFor(issuer, FaultPlan.None, dialect, framing);
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint, dialect, framing);

        int stan = client.Ask();

        PlainMessage answer = await client.AnswerAsync();
        Assert.Equal((110, stan, "00"), (answer.Mti, answer.Stan, answer[39]));
        Assert.Equal(new FaultCounters { Connections = 1, Passed = 2 }, proxy.Counters);
    }

    [Fact]
    public async Task Latency_EachWay_DelaysTheAnswerAndKeepsTheOrder()
    {
        FaultProxy proxy = Start(new FaultPlan
        {
            Latency = TimeSpan.FromMilliseconds(60), Jitter = TimeSpan.FromMilliseconds(40),
        });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
        long started = Stopwatch.GetTimestamp();

        int[] asked = [.. Enumerable.Range(0, 20).Select(_ => client.Ask())];
        var answered = new List<int>();
        for (int i = 0; i < asked.Length; i++)
        {
            answered.Add((await client.AnswerAsync()).Stan);
        }

        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(120));
        Assert.Equal(asked, answered);
    }

    [Fact]
    public async Task BytesPerSecond_TwoFrames_TheSecondWaitsForTheFirst()
    {
        FaultProxy proxy = Start(new FaultPlan { BytesPerSecond = 500 });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
        long started = Stopwatch.GetTimestamp();

        client.Ask();
        client.Ask();
        await client.AnswerAsync();
        await client.AnswerAsync();

        // A request has about 150 bytes, and so about 300 ms.
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task Lost_BackOnly_TheMessageTakesEffectAndItsAnswerIsLost()
    {
        FaultProxy proxy = Start(new FaultPlan { Lost = FaultSides.Back });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        client.Ask();
        await UntilAsync(() => proxy.Counters.Lost == 1);
        proxy.Plan = FaultPlan.None;
        int second = client.Ask();

        Assert.Equal(second, (await client.AnswerAsync()).Stan); // The first one's never comes.
        Assert.Equal(2, Counters.Requests);
    }

    [Fact]
    public async Task Lost_Both_NothingArrives()
    {
        FaultProxy proxy = Start(new FaultPlan { Lost = FaultSides.Both });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        client.Ask();
        await UntilAsync(() => proxy.Counters.Lost == 1);

        Assert.Equal((0, false), (Counters.Requests, client.HasAnswer));
    }

    [Fact]
    public async Task LostConnections_AShare_TheSameOnesInEachRun()
    {
        async Task<string> RunAsync()
        {
            FaultProxy proxy = Start(new FaultPlan { LostConnections = 0.5 });
            string fates = "";
            for (int i = 0; i < 12; i++)
            {
                await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
                FaultCounters before = proxy.Counters;
                client.Ask();
                await UntilAsync(() => proxy.Counters.Lost > before.Lost || client.HasAnswer);
                fates += client.HasAnswer ? "+" : "-";
            }

            return fates;
        }

        string first = await RunAsync();

        Assert.Contains('+', first);
        Assert.Contains('-', first);
        Assert.Equal(first, await RunAsync());
    }

    [Fact]
    public async Task Refuses_OpenAndNewConnections_AreReset()
    {
        FaultProxy proxy = Start(FaultPlan.None);
        await using FaultClient open = await FaultClient.ConnectAsync(proxy.EndPoint);
        open.Ask();
        await open.AnswerAsync();

        proxy.Plan = new FaultPlan { Refuses = true };
        await open.Ended.WaitAsync(Rig.Patience);
        await AssertRefusedAsync(proxy);
        proxy.Plan = FaultPlan.None;
        await using FaultClient again = await FaultClient.ConnectAsync(proxy.EndPoint);
        again.Ask();

        Assert.Equal("00", (await again.AnswerAsync())[39]);
        Assert.Equal((2, 1), (proxy.Counters.Connections, proxy.Counters.Refused));
    }

    [Fact]
    public async Task ResetConnections_PeersMayConnectAgain()
    {
        FaultProxy proxy = Start(FaultPlan.None);
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
        client.Ask();
        await client.AnswerAsync();

        proxy.ResetConnections();
        await client.Ended.WaitAsync(Rig.Patience);
        await UntilAsync(() => _issuer.Connections == 0);
        await using FaultClient again = await FaultClient.ConnectAsync(proxy.EndPoint);
        again.Ask();

        Assert.Equal("00", (await again.AnswerAsync())[39]);
    }

    [Fact]
    public async Task IsHalfOpen_TheIssuerIsGone_TheConnectionStaysAndIsResetAtTheEnd()
    {
        FaultProxy proxy = Start(FaultPlan.None);
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
        client.Ask();
        await client.AnswerAsync();

        proxy.Plan = new FaultPlan { IsHalfOpen = true };
        await UntilAsync(() => _issuer.Connections == 0);
        client.Ask();
        await using FaultClient late = await FaultClient.ConnectAsync(proxy.EndPoint);
        late.Ask();
        await UntilAsync(() => proxy.Counters.Connections == 2);

        Assert.False(client.Ended.IsCompleted || late.Ended.IsCompleted);
        Assert.Equal(1, Counters.Requests);

        proxy.Plan = FaultPlan.None;
        await Task.WhenAll(client.Ended, late.Ended).WaitAsync(Rig.Patience);
        Assert.False(client.HasAnswer || late.HasAnswer);
    }

    [Fact]
    public async Task SlowClose_TheIssuerEnds_TheClientHearsOfItLater()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        FaultProxy proxy = StartTo(
            (IPEndPoint)listener.LocalEndPoint!, new FaultPlan { SlowClose = TimeSpan.FromMilliseconds(200) });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
        using Socket served = await listener.AcceptAsync().WaitAsync(Rig.Patience);
        long started = Stopwatch.GetTimestamp();

        served.Shutdown(SocketShutdown.Send);
        await client.Ended.WaitAsync(Rig.Patience);

        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task ConnectionsMax_OneMore_IsReset()
    {
        FaultProxy proxy = StartTo(_issuer.EndPoint, FaultPlan.None, connectionsMax: 2);
        await using FaultClient first = await FaultClient.ConnectAsync(proxy.EndPoint);
        await using FaultClient second = await FaultClient.ConnectAsync(proxy.EndPoint);
        await AssertRefusedAsync(proxy);

        first.Ask();
        second.Ask();

        Assert.Equal(("00", "00"), ((await first.AnswerAsync())[39], (await second.AnswerAsync())[39]));
        Assert.Equal((2, 1), (proxy.Counters.Connections, proxy.Counters.Refused));
    }

    [Fact]
    public async Task BytesThatAreNoFrame_GoOnAsTheyCame()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        FaultProxy proxy = StartTo((IPEndPoint)listener.LocalEndPoint!, FaultPlan.None);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(proxy.EndPoint).WaitAsync(Rig.Patience);
        using Socket served = await listener.AcceptAsync().WaitAsync(Rig.Patience);
        byte[] garbage = [.. Enumerable.Range(0, 40_000).Select(static i => (byte)(0xFF - (i * 7)))];

        await client.SendAsync(garbage);
        client.Shutdown(SocketShutdown.Send);
        using var came = new MemoryStream();
        await using (var stream = new NetworkStream(served))
        {
            await stream.CopyToAsync(came).WaitAsync(Rig.Patience);
        }

        Assert.Equal(garbage, came.ToArray());
    }

    [Theory]
    [InlineData("10.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "0.0.0.0")]
    public void Proxy_OffThisMachine_IsRefused(string target, string listen)
    {
        var profile = new FaultProxyProfile
        {
            Target = new IPEndPoint(IPAddress.Parse(target), 9001), Listen = new IPEndPoint(IPAddress.Parse(listen), 0),
        };

        Assert.Contains("loopback", Assert.Throws<ArgumentException>(() => new FaultProxy(profile)).Message);
    }

    private SimulatedIssuerCounters Counters => _issuer.Read(static ledger => ledger.Counters);

    // The reset may come before the connection is seen to be made, or after.
    private static async Task AssertRefusedAsync(FaultProxy proxy)
    {
        try
        {
            await using FaultClient refused = await FaultClient.ConnectAsync(proxy.EndPoint);
            await refused.Ended.WaitAsync(Rig.Patience);
        }
        catch (SocketException problem)
        {
            Assert.Equal(SocketError.ConnectionReset, problem.SocketErrorCode);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var end = new CancellationTokenSource(Rig.Patience);
        while (!condition())
        {
            end.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private FaultProxy Start(FaultPlan plan) => StartFor(_issuer, plan, "iso87-ascii", "len2");

    private FaultProxy StartFor(IssuerSimulator issuer, FaultPlan plan, string dialect, string framing) => Begin(
        new FaultProxyProfile { Target = issuer.EndPoint, Dialect = dialect, Framing = framing }, plan);

    private FaultProxy StartTo(IPEndPoint target, FaultPlan plan, int connectionsMax = 256) => Begin(
        new FaultProxyProfile { Target = target, ConnectionsMax = connectionsMax }, plan);

    private FaultProxy Begin(FaultProxyProfile profile, FaultPlan plan)
    {
        var proxy = new FaultProxy(profile) { Plan = plan };
        _proxies.Add(proxy);
        proxy.Start();
        return proxy;
    }
}
