using System.Net.Security;
using System.Net.Sockets;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;
using Switch.Tests.Host.Connections.Epoll;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections.Tls;

/// <summary>What a door makes of a handshake, when something else happens at its end.</summary>
public sealed class TlsPartyTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly HandshakeThreads _threads = new();
    private readonly Handshakes _handshakes;

    public TlsPartyTests() => _handshakes = new Handshakes(new SwitchClock(TimeProvider.System), _threads);

    public void Dispose()
    {
        _threads.Dispose();
        _pki.Dispose();
    }

    /// <summary>What comes next is a session's, and those threads give way to all others.</summary>
    [Fact]
    public async Task Accept_HandshakeIsOver_GoesOnOnNoThreadOfHandshakes()
    {
        using EpollPair pair = await EpollPair.CreateAsync();

        (TlsOutcome outcome, string thread) = await AcceptAsync(new TlsParty("peer", Material(), _handshakes), pair);

        Assert.NotNull(outcome.Connection);
        Assert.DoesNotContain("handshakes", thread, StringComparison.Ordinal);
    }

    /// <summary>Its time is over, or its place another's, in the moment in which it succeeds: it is let in no more.
    /// </summary>
    [Fact]
    public async Task Accept_EndedInItsLastStep_IsRefused()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        var pins = new WatchedPins(() => _handshakes.OnBeat(long.MaxValue));
        var party = new TlsParty("peer", Material() with { Pins = pins, IsTls13Only = true }, _handshakes);

        (TlsOutcome outcome, _) = await AcceptAsync(party, pair, pins.Add);

        Assert.Null(outcome.Connection);
        Assert.Equal((TlsRefusal.TimedOut, 0, 0), (outcome.Refusal, party.Completed, _handshakes.Now));
    }

    /// <summary>The partner's certificate was taken away after its handshake, and before it was served.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Serve_MaterialWasReplacedSinceTheHandshake_EndsWhatIsAllowedNoMore(bool isTakenAway)
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        var party = new TlsParty("peer", Material(), _handshakes);
        (TlsOutcome outcome, _) = await AcceptAsync(party, pair);
        string other = TestPki.PinOf(_pki.Issue());
        party.Replace(isTakenAway ? Material() with { Pins = new HashSet<string> { other } } : Material());
        bool isEnded = false;

        party.Serve(outcome.Connection!, () => isEnded = true);

        Assert.Equal(isTakenAway, isEnded);
        Assert.Equal(isTakenAway ? (1, 0) : (0, 1), (party.Withdrawn, party.Open));
    }

    private TlsMaterial Material() => new()
    {
        Own = SslStreamCertificateContext.Create(_pki.Issue(new CertificatePlan { Use = null }), [], offline: true),
        Trust = _pki.Trust,
    };

    /// <summary>What became of it, and on which thread that was known.</summary>
    private async Task<(TlsOutcome Outcome, string Thread)> AcceptAsync(
        TlsParty party, EpollPair pair, Func<string, bool>? showPin = null)
    {
        var certificate = _pki.Issue();
        showPin?.Invoke(TestPki.PinOf(certificate));
        Task<Stream> client = _pki.Peer(certificate).ConnectAsync(
            new NetworkStream(pair.Peer, ownsSocket: false), null, CancellationToken.None);
        (TlsOutcome Outcome, string Thread) end = await party.AcceptAsync(pair.Connection).ContinueWith(
            static over => (over.GetAwaiter().GetResult(), Thread.CurrentThread.Name ?? ""), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).WaitAsync(Rig.Patience);
        await client.ContinueWith(
            static over => _ = over.Exception, CancellationToken.None, TaskContinuationOptions.None,
            TaskScheduler.Default).WaitAsync(Rig.Patience);
        return end;
    }

    /// <summary>Pins that do something when they are asked, which is in the last step of a handshake.</summary>
    private sealed class WatchedPins(Action asked) : HashSet<string>, IReadOnlySet<string>
    {
        bool IReadOnlySet<string>.Contains(string item)
        {
            asked();
            return Contains(item);
        }
    }
}
