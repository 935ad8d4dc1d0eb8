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
    // The kinds of TLS records, which are their first bytes: RFC 8446 section 5.1.
    private const int RecordFirst = 20;
    private const int RecordLast = 23;

    private readonly Handshakes _handshakes;
    private readonly ConcurrentDictionary<TlsConnection, bool> _open = new();
    private readonly long[] _refused = new long[Enum.GetValues<TlsRefusal>().Length];
    private TlsMaterial _material;
    private int _handshakesNow;
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

    /// <summary>Connections ended because their peers' keys were allowed no longer.</summary>
    public long Withdrawn => Volatile.Read(ref _withdrawn);

    /// <summary>Connections open now.</summary>
    public int Open => _open.Count;

    /// <summary>One was refused, and its peer will see it.</summary>
    public void Count(TlsRefusal refusal) => Interlocked.Increment(ref _refused[(int)refusal]);

    /// <summary>How many were refused for this.</summary>
    public long Refused(TlsRefusal refusal) => Volatile.Read(ref _refused[(int)refusal]);

    /// <summary>The partner has connected to us: the listener says who it must be.</summary>
    /// <exception cref="TlsRefusedException">It is not the partner, or does not speak TLS as we do.</exception>
    public Task<TlsConnection> AcceptAsync(ConnectionContext inner) =>
        ShakeHandsAsync(inner, host: null, (tls, check, material, stop) =>
            tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
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
                },
                stop));

    /// <summary>We have connected to the partner.</summary>
    /// <param name="inner">The connection.</param>
    /// <param name="host">The name or address that it was made to.</param>
    /// <exception cref="TlsRefusedException">As of <see cref="AcceptAsync"/>.</exception>
    public Task<TlsConnection> ConnectAsync(ConnectionContext inner, string host) =>
        ShakeHandsAsync(inner, host, (tls, check, material, stop) =>
            tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
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
                },
                stop));

    /// <summary>New connections are judged by this from here on. Open ones whose peers' keys are pinned no longer are
    /// ended; the others go on.</summary>
    public void Replace(TlsMaterial material)
    {
        Volatile.Write(ref _material, material);
        foreach ((TlsConnection open, _) in _open)
        {
            WithdrawIfUnpinned(open, material);
        }
    }

    private static SslProtocols ProtocolsOf(TlsMaterial material) => material.IsTls13Only
        ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    private async Task<TlsConnection> ShakeHandsAsync(
        ConnectionContext inner, string? host,
        Func<SslStream, PeerCheck, TlsMaterial, CancellationToken, Task> authenticate)
    {
        // Those that we begin are as many as connections are configured, and no peer keeps them out.
        bool isCounted = host is null;
        if (isCounted && !_handshakes.TryEnter(ref _handshakesNow))
        {
            throw new TlsRefusedException(
                TlsRefusal.TooMany,
                $"{Handshakes.MaxOfOne} handshakes at this listener are under way, or {Handshakes.Max} in all");
        }

        TlsMaterial material = Material;
        var check = new PeerCheck(material, host);
        var bytes = new PipeStream(inner.Transport.Input, inner.Transport.Output);
        var tls = new SslStream(bytes, leaveInnerStreamOpen: true);
        using var limit = new CancellationTokenSource(Handshakes.Time, _handshakes.Clock);
        try
        {
            using (limit.Token.UnsafeRegister(static connection => ((ConnectionContext)connection!).Abort(), inner))
            {
                // On the pool from its first step: the thread that accepted or connected has others to see to.
                await Task.Run(() => authenticate(tls, check, material, limit.Token), CancellationToken.None)
                    .ConfigureAwait(false);
            }

            return Begin(new TlsConnection(inner, bytes, tls, check.Pin)
            {
                OwnsInner = host is not null, OnOver = over => _open.TryRemove(over, out _),
            });
        }
        catch (Exception problem)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            (TlsRefusal refusal, string detail) = Explain(problem, check, bytes, limit.IsCancellationRequested);
            throw new TlsRefusedException(refusal, detail, problem);
        }
        finally
        {
            if (isCounted)
            {
                _handshakes.Leave(ref _handshakesNow);
            }
        }
    }

    private TlsConnection Begin(TlsConnection connection)
    {
        _open[connection] = true;
        connection.Start();
        Interlocked.Increment(ref _completed);
        return connection;
    }

    /// <summary>From here on the connection can be ended; it is at once if the pins have changed meanwhile.</summary>
    public void Serve(TlsConnection connection, Action onWithdrawn)
    {
        connection.OnWithdrawn = onWithdrawn;
        WithdrawIfUnpinned(connection, Material);
    }

    private void WithdrawIfUnpinned(TlsConnection connection, TlsMaterial material)
    {
        if (material.Pins.Count > 0 && !material.Pins.Contains(connection.Pin)
            && connection.OnWithdrawn is { } end && _open.TryRemove(connection, out _))
        {
            Interlocked.Increment(ref _withdrawn);
            end();
        }
    }

    private static (TlsRefusal Refusal, string Detail) Explain(
        Exception problem, PeerCheck check, PipeStream bytes, bool isLate)
    {
        if (check.Refusal != TlsRefusal.None)
        {
            return (check.Refusal, check.Detail);
        }

        if (isLate)
        {
            return (TlsRefusal.TimedOut, $"the handshake took longer than {Handshakes.Time.TotalSeconds:0} s");
        }

        if (bytes.FirstByte is >= 0 and (< RecordFirst or > RecordLast))
        {
            return (TlsRefusal.PlainText, "what came is no TLS: does the peer speak plain text?");
        }

        // The platform's own sentence refers to the one inside.
        string text = (problem is AuthenticationException ? problem.InnerException ?? problem : problem).Message
            .ReplaceLineEndings(" ");
        return problem is AuthenticationException
            ? (TlsRefusal.Protocol, text) : (TlsRefusal.PeerGone, text);
    }

}
