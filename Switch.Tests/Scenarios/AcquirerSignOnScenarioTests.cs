using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Switch.Host.Admin;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Simulators;
using Switch.Tests.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: the switch signs on to an acquirer that it calls, and what comes of it. Method: an acquirer's host by hand, on
/// real sockets, in plain text, with TLS and with MACs.
/// </summary>
public sealed class AcquirerSignOnScenarioTests : IDisposable
{
    private static readonly JsonSerializerOptions AdminFormat = new(JsonSerializerDefaults.Web);
    private const int SignedOn = 3173;
    private const int Refused = 3174;

    private readonly TestPki _pki = new();
    private readonly ListLoggerFactory _logs = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public AcquirerSignOnScenarioTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _logs.Dispose();
        _pki.Dispose();
    }

    [Theory]
    [InlineData("Epoll", false)]
    [InlineData("Epoll", true)]
    [InlineData("Sockets", false)]
    public async Task SignOn_Approved_ServesAndSignsOffAtTheStop(string transport, bool isTls)
    {
        await using Rig rig = await StartAsync(options =>
        {
            options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
            options.Edge.Reactors = transport == "Epoll" ? 0 : 1;
            options.Acquirers[0].Tls = isTls ? TestPki.Options() : null;
        });
        await using ScriptedAcquirer acquirer = await AcceptAsync(isTls);
        await AnswerAsync(acquirer, "001", "00");
        await Rig.UntilAsync(() => _logs.CountOf(SignedOn) == 1);
        await PayAsync(rig, acquirer);

        Task stopping = rig.Server.StopAsync(Rig.Patience);
        await AnswerAsync(acquirer, "002", "00");
        await stopping;

        await acquirer.Closed;
        Assert.Equal(0, rig.Counters.UnmatchedReplies);
    }

    [Fact]
    public async Task SignOn_Refused_ClosesAndIsSentAgain()
    {
        await using Rig rig = await StartAsync();
        await using (ScriptedAcquirer first = await AcceptAsync())
        {
            await AnswerAsync(first, "001", "05");
            await first.Closed;
        }

        await using ScriptedAcquirer second = await AcceptAsync();
        await AnswerAsync(second, "001", "00");
        await PayAsync(rig, second);

        Assert.Equal((1, 1), (_logs.CountOf(Refused), _logs.CountOf(SignedOn)));
    }

    [Fact]
    public async Task SignOn_Unanswered_ClosesAndIsSentAgain()
    {
        await using Rig rig = await StartAsync(static options =>
            options.Acquirers[0].FirstMessage = TimeSpan.FromMilliseconds(100));
        await using (ScriptedAcquirer silent = await AcceptAsync())
        {
            Assert.Equal("001", (await silent.NextAsync())[70]);
            await silent.Closed;
        }

        await using ScriptedAcquirer second = await AcceptAsync();
        Assert.Equal("001", (await second.NextAsync())[70]);
        Assert.Equal(0, rig.Server.EdgeCounters.SessionsWithoutMessage);
        Assert.InRange(_logs.CountOf(Refused), 1, int.MaxValue);
    }

    /// <summary>
    /// The sign-on is no answer, so it gives no place of the window back; its answer asks nothing, so it takes none. A
    /// request before that answer is served.
    /// </summary>
    [Fact]
    public async Task SignOn_AndItsAnswer_LeaveTheWindowAsItIs()
    {
        await using Rig rig = await StartAsync(static options => options.Acquirers[0].MaxInFlight = 1);
        await using ScriptedAcquirer acquirer = await AcceptAsync();
        PlainMessage signOn = await acquirer.NextAsync();
        PlainMessage one = Purchases.Authorization();
        acquirer.Send(one);
        Arrival asked = await rig.Primary.NextAsync();

        PlainMessage overLimit = await acquirer.AskAsync(Purchases.Authorization());
        acquirer.Send(NetworkMessages.Answer(signOn));
        asked.Answer();
        PlainMessage answer = await acquirer.NextAsync();
        await PayAsync(rig, acquirer);

        Assert.Equal(("96", "00", one[11]), (overLimit[39], answer[39], answer[11]));
        Assert.Equal(1, rig.Server.EdgeCounters.ShedInFlight);
    }

    /// <summary>
    /// The acquirer takes the connection and says nothing: no handshake, no answer to the sign-on. The clock stands
    /// still, so a stop that waits for a time-out does not end.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_AcquirerThatIsSilent_IsNotWaitedFor(bool isTls)
    {
        await using Rig rig = await StartAsync(
            options => options.Acquirers[0].Tls = isTls ? TestPki.Options() : null, new WatchedTimeProvider());
        using Socket silent = await _listener.AcceptAsync().WaitAsync(Rig.Patience);
        byte[] received = new byte[4_096];
        Assert.True(await silent.ReceiveAsync(received).WaitAsync(Rig.Patience) > 0);

        Task stopping = rig.Server.StopAsync(TimeSpan.Zero);
        while (await silent.ReceiveAsync(received).WaitAsync(Rig.Patience) > 0)
        {
            // What was on the way.
        }

        silent.Dispose();
        await stopping.WaitAsync(Rig.Patience);
    }

    [Fact]
    public async Task Status_OfACalledAcquirer_SaysHowManyConnectionsAreSignedOn()
    {
        await using Rig rig = await StartAsync();
        AcquirerStatus StatusNow() => Assert.Single(rig.Server.Status().Acquirers);
        await using (ScriptedAcquirer acquirer = await AcceptAsync())
        {
            PlainMessage signOn = await acquirer.NextAsync();
            Assert.Equal((1, 1, 0), Counts(StatusNow()));

            acquirer.Send(NetworkMessages.Answer(signOn));
            await Rig.UntilAsync(() => Counts(StatusNow()) == (1, 1, 1));
        }

        await Rig.UntilAsync(() => StatusNow().ConnectionsSignedOn == 0);
        using var said = new StringWriter();
        JsonElement page = JsonSerializer.SerializeToElement(
            rig.Server.Status() with { Acquirers = [StatusNow() with { ConnectionsOpen = 1 }] }, AdminFormat);
        var noIssuers = new AdminAnswer(HttpStatusCode.Forbidden, default);
        StatusCommand.Write(said, CommonOptions.ConsoleOn(said), page, noIssuers);
        Assert.Contains(
            $"Acquirer acquirer to {_listener.LocalEndPoint}, 1/1 connections, 0/1 signed on.", said.ToString(),
            StringComparison.Ordinal);

        static (int? All, int? Open, int? SignedOn) Counts(AcquirerStatus one) =>
            (one.Connections, one.ConnectionsOpen, one.ConnectionsSignedOn);
    }

    [Fact]
    public async Task Status_OfAnAcquirerThatGetsNoSignOn_DoesNotCountThem()
    {
        await using Rig rig = await StartAsync(static options => options.Acquirers[0].SignOn = false);
        await using ScriptedAcquirer acquirer = await AcceptAsync();
        await PayAsync(rig, acquirer);

        AcquirerStatus status = Assert.Single(rig.Server.Status().Acquirers);
        Assert.Equal((1, 1, null), (status.Connections, status.ConnectionsOpen, status.ConnectionsSignedOn));
    }

    /// <summary>Refusals are no success: each wait is twice as long as the one before.</summary>
    [Fact]
    public async Task SignOn_RefusedTwice_IsTriedAgainLater()
    {
        var clock = new WatchedTimeProvider();
        TimeSpan step = TimeSpan.FromMinutes(20);
        await using Rig rig = await StartAsync(
            options => (options.Acquirers[0].Reconnect.Min, options.Acquirers[0].Reconnect.Max) = (step, step * 2),
            clock);
        bool Waits(TimeSpan longest) => Array.Exists(clock.Remaining, one => one > longest / 2 && one <= longest);
        Assert.False(Waits(step) || Waits(step * 2));

        await RefuseAsync();
        await Rig.UntilAsync(() => Waits(step));
        clock.Advance(step);
        await RefuseAsync();
        await Rig.UntilAsync(() => Waits(step * 2));
        clock.Advance(step * 2);
        await using (ScriptedAcquirer third = await AcceptAsync())
        {
            await AnswerAsync(third, "001", "00");
            await Rig.UntilAsync(() => _logs.CountOf(SignedOn) == 1);
        }

        await Rig.UntilAsync(() => Waits(step));

        async Task RefuseAsync()
        {
            await using ScriptedAcquirer acquirer = await AcceptAsync();
            await AnswerAsync(acquirer, "001", "91");
            await acquirer.Closed;
        }
    }

    /// <summary>The sign-on has its MAC, and an answer without one is no answer.</summary>
    [Fact]
    public async Task SignOn_WithMacs_IsSealedAndItsAnswerVerified()
    {
        RigSettings settings = MacParties.Settings(change: Call) with { Loggers = _logs };
        await using Rig rig = await Rig.StartAsync(settings);
        await using ScriptedAcquirer acquirer = await ScriptedAcquirer.AcceptAsync(
            _listener, Rig.AcquirerDialect, mac: MacParties.Acquirer());
        PlainMessage signOn = await acquirer.NextAsync();
        Assert.Equal((800, "001", 0), (signOn.Mti, signOn[70], acquirer.BadMacs));

        PlainMessage answer = NetworkMessages.Answer(signOn);
        (var dialect, _) = Wire.Find(Rig.AcquirerDialect, "len2");
        acquirer.SendBody(new PlainCodec(dialect, 8_192).Encode(answer));
        await Rig.UntilAsync(() => rig.Counters.MacsMissing == 1);
        Assert.Equal(0, _logs.CountOf(SignedOn));
        acquirer.Send(answer);
        await Rig.UntilAsync(() => _logs.CountOf(SignedOn) == 1);

        await PayAsync(rig, acquirer);
        Assert.Equal(0, acquirer.BadMacs);
    }

    [Fact]
    public void Validate_SignOnWithoutATimeForItsAnswer_IsRefused()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Acquirers:0:Listen", ""), ("Acquirers:0:Connect:0", "127.0.0.1:9009"), ("Acquirers:0:SignOn", "true"),
            ("Acquirers:0:FirstMessage", "00:00:00"));

        Assert.Equal("Switch:Acquirers:0:FirstMessage", Assert.Single(errors.All).Path);
    }

    private static async Task AnswerAsync(ScriptedAcquirer acquirer, string asked, string code)
    {
        PlainMessage request = await acquirer.NextAsync();
        Assert.Equal((800, asked), (request.Mti, request[70]));
        PlainMessage answer = NetworkMessages.Answer(request);
        answer[39] = code;
        acquirer.Send(answer);
    }

    private static async Task PayAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    private Task<ScriptedAcquirer> AcceptAsync(bool isTls = false)
    {
        var plan = new CertificatePlan { Use = CertificatePlan.ServerUse };
        SimulatorTls? host = isTls ? _pki.Peer(_pki.Issue(plan)) : null;
        return ScriptedAcquirer.AcceptAsync(
            _listener, Rig.AcquirerDialect, host is null ? null : host.AcceptAsync);
    }

    private Task<Rig> StartAsync(Action<SwitchOptions>? change = null, TimeProvider? clock = null) =>
        Rig.StartAsync(new RigSettings
        {
            Clock = clock,
            Loggers = _logs,
            Prepare = folder => _pki.WriteTo(folder),
            Change = options =>
            {
                Call(options);
                change?.Invoke(options);
            },
        });

    private void Call(SwitchOptions options)
    {
        AcquirerOptions acquirer = options.Acquirers[0];
        acquirer.Listen = "";
        acquirer.Connect = [_listener.LocalEndPoint!.ToString()!];
        acquirer.Reconnect.Min = TimeSpan.FromMilliseconds(10);
        acquirer.FirstMessage = Rig.Patience;
        acquirer.SignOn = true;
    }
}
