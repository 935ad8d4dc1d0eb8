using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// One partner's door: makes TLS of its connections by what the partner is known by now, and counts what became of
/// them. Any thread.
/// </summary>
internal sealed class TlsParty
{
    private readonly Handshakes _handshakes;
    private readonly HandshakePlaces _places = new(Handshakes.HellosMaxOfOne, Handshakes.MaxOfOne);
    private readonly ConcurrentDictionary<TlsConnection, bool> _open = new();
    private readonly long[] _refused = new long[Enum.GetValues<TlsRefusal>().Length];
    private TlsMaterial _material;
    private long _completed;
    private long _withdrawn;

    /// <param name="name">Of the acquirer or issuer.</param>
    /// <param name="material">What it is known by at first.</param>
    /// <param name="handshakes">Those of its side.</param>
    public TlsParty(string name, TlsMaterial material, Handshakes handshakes)
    {
        Name = name;
        _material = material;
        _handshakes = handshakes;
    }

    public string Name { get; }

    public TlsMaterial Material => Volatile.Read(ref _material);

    /// <summary>Handshakes that ended in a connection.</summary>
    public long Completed => Volatile.Read(ref _completed);

    /// <summary>Connections ended because their peers are allowed no longer.</summary>
    public long Withdrawn => Volatile.Read(ref _withdrawn);

    /// <summary>Connections open now.</summary>
    public int Open => _open.Count;

    /// <summary>One was refused, and its peer will see it.</summary>
    public void Count(TlsRefusal refusal) => Interlocked.Increment(ref _refused[(int)refusal]);

    /// <summary>How many were refused for this.</summary>
    public long Refused(TlsRefusal refusal) => Volatile.Read(ref _refused[(int)refusal]);

    /// <summary>
    /// The partner has connected to us: the listener says who it must be. What is turned away before TLS begins costs
    /// neither an exception nor any of the platform's TLS.
    /// </summary>
    public async Task<TlsOutcome> AcceptAsync(ConnectionContext inner)
    {
        var handshake = new Handshake(inner, _places);
        if (!_handshakes.TryBegin(handshake))
        {
            return OutcomeOf(handshake);
        }

        TlsRefusal atHello = await FirstRecord.ArriveAsync(inner.Transport.Input).ConfigureAwait(false);
        if (atHello != TlsRefusal.None)
        {
            return _handshakes.TryLeave(handshake) ? TlsOutcome.Of(atHello) : OutcomeOf(handshake);
        }

        if (!_handshakes.TryRun(handshake))
        {
            return OutcomeOf(handshake);
        }

        TlsMaterial material = Material;
        var check = new PeerCheck(material, host: null);
        var bytes = new PipeStream(inner.Transport.Input, inner.Transport.Output, _handshakes.Threads)
        {
            Waiting = handshake,
        };
        var tls = new SslStream(bytes, leaveInnerStreamOpen: true);
        Exception? failure = null;
        try
        {
            await _handshakes.Threads.RunAsync(() => tls.AuthenticateAsServerAsync(OptionsOf(material, check)))
                .ConfigureAwait(false);
        }
        catch (Exception problem)
        {
            failure = problem;
        }

        bool isOurs = _handshakes.TryLeave(handshake);
        if (isOurs && failure is null)
        {
            // What follows is a session's, and not for a thread that gives way to all others.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return new TlsOutcome(
                Begin(new TlsConnection(inner, bytes, tls, check.Proof!) { OnOver = Forget }), TlsRefusal.None, "");
        }

        await tls.DisposeAsync().ConfigureAwait(false);
        if (!isOurs && check.Refusal == TlsRefusal.None)
        {
            return OutcomeOf(handshake);
        }

        (TlsRefusal refusal, string detail) = Explain(failure!, check, bytes);
        return new TlsOutcome(null, refusal, detail);
    }

    /// <summary>We have connected to the partner.</summary>
    /// <param name="inner">The connection; this one's when it succeeds.</param>
    /// <param name="host">The name or address that it was made to.</param>
    /// <exception cref="TlsRefusedException">It is not the partner, or does not speak TLS as we do.</exception>
    public async Task<TlsConnection> ConnectAsync(ConnectionContext inner, string host)
    {
        // Those that we begin are as many as connections are configured, and no peer keeps them out.
        TlsMaterial material = Material;
        var check = new PeerCheck(material, host);
        var bytes = new PipeStream(inner.Transport.Input, inner.Transport.Output, _handshakes.Threads);
        var tls = new SslStream(bytes, leaveInnerStreamOpen: true);
        using var limit = new CancellationTokenSource(Handshakes.Time, _handshakes.Clock.Time);
        try
        {
            using (limit.Token.UnsafeRegister(static connection => ((ConnectionContext)connection!).Abort(), inner))
            {
                // Not here from its first step: the thread that connected has others to see to.
                await _handshakes.Threads.RunAsync(
                    () => tls.AuthenticateAsClientAsync(OptionsOf(material, check, host), limit.Token))
                    .ConfigureAwait(false);
            }

            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // As above.
            return Begin(new TlsConnection(inner, bytes, tls, check.Proof!) { OwnsInner = true, OnOver = Forget });
        }
        catch (Exception problem)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            (TlsRefusal refusal, string detail) =
                limit.IsCancellationRequested && check.Refusal == TlsRefusal.None
                    ? (TlsRefusal.TimedOut, TlsOutcome.DetailOf(TlsRefusal.TimedOut))
                    : Explain(problem, check, bytes);
            throw new TlsRefusedException(refusal, detail, problem);
        }
    }

    /// <summary>
    /// New connections are judged by this from here on. Open ones whose peers would be let in no longer are ended: a
    /// key is pinned no longer, an authority is trusted no longer, a certificate is revoked. The others go on.
    /// </summary>
    public void Replace(TlsMaterial material)
    {
        Volatile.Write(ref _material, material);
        foreach ((TlsConnection open, _) in _open)
        {
            if (!open.Peer.IsPinnedBy(material))
            {
                Withdraw(open); // Before the others, as each of those takes up to a millisecond.
            }
        }

        foreach ((TlsConnection open, _) in _open)
        {
            if (!open.Peer.IsGoodBy(material))
            {
                Withdraw(open);
            }
        }
    }

    private static SslProtocols ProtocolsOf(TlsMaterial material) => material.IsTls13Only
        ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    private static SslServerAuthenticationOptions OptionsOf(TlsMaterial material, PeerCheck check) => new()
    {
        ServerCertificateContext = material.Own,
        ClientCertificateRequired = true,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        EnabledSslProtocols = ProtocolsOf(material),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = check.NewPolicy(),
        CipherSuitesPolicy = TlsSuites.Allowed,
        RemoteCertificateValidationCallback = (_, peer, chain, _) => check.Judge(peer, chain),
    };

    private static SslClientAuthenticationOptions OptionsOf(TlsMaterial material, PeerCheck check, string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = material.Own,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        EnabledSslProtocols = ProtocolsOf(material),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = check.NewPolicy(),
        CipherSuitesPolicy = TlsSuites.Allowed,
        RemoteCertificateValidationCallback = (_, peer, chain, _) => check.Judge(peer, chain),
    };

    private static TlsOutcome OutcomeOf(Handshake ended) => TlsOutcome.Of(ended.Refusal);

    private void Forget(TlsConnection over) => _open.TryRemove(over, out _);

    private TlsConnection Begin(TlsConnection connection)
    {
        _open[connection] = true;
        connection.Start();
        Interlocked.Increment(ref _completed);
        return connection;
    }

    /// <summary>From here on the connection can be ended; it is at once if its peer is allowed no longer.</summary>
    public void Serve(TlsConnection connection, Action onWithdrawn)
    {
        connection.OnWithdrawn = onWithdrawn;
        if (!connection.Peer.IsGoodBy(Material))
        {
            Withdraw(connection);
        }
    }

    // One that is not served yet is looked at when it is.
    private void Withdraw(TlsConnection connection)
    {
        if (connection.OnWithdrawn is { } end && _open.TryRemove(connection, out _))
        {
            Interlocked.Increment(ref _withdrawn);
            end();
        }
    }

    private static (TlsRefusal Refusal, string Detail) Explain(
        Exception problem, PeerCheck check, PipeStream bytes)
    {
        if (check.Refusal != TlsRefusal.None)
        {
            return (check.Refusal, check.Detail);
        }

        if (bytes.FirstByte >= 0 && !FirstRecord.IsTls((byte)bytes.FirstByte))
        {
            return (TlsRefusal.PlainText, TlsOutcome.DetailOf(TlsRefusal.PlainText));
        }

        // The platform's own sentence refers to the one inside.
        string text = (problem is AuthenticationException ? problem.InnerException ?? problem : problem).Message
            .ReplaceLineEndings(" ");
        return problem is AuthenticationException
            ? (TlsRefusal.Protocol, text) : (TlsRefusal.PeerGone, text);
    }
}
