using System.Net;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>One TLS handshake that a peer is to begin, or has begun.</summary>
/// <param name="inner">Its connection.</param>
/// <param name="places">Those of its listener.</param>
internal sealed class Handshake(ConnectionContext inner, HandshakePlaces places)
{
    private volatile bool _isWaiting;

    /// <summary>The address that counts.</summary>
    public IPAddress Address { get; } =
        PeerAddress.KeyOf((inner.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None);

    /// <summary>It waits for bytes of its peer, and not for this process.</summary>
    public bool IsWaiting
    {
        get => _isWaiting;
        set => _isWaiting = value;
    }

    /// <summary>Those of its listener.</summary>
    public HandshakePlaces Places => places;

    // What follows is of Handshakes, under its lock.

    /// <summary>When its connection came.</summary>
    public long BeganAt { get; set; }

    /// <summary>When it took the place that it has.</summary>
    public long EnteredAt { get; set; }

    /// <summary>Its first record has come.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Why this process has ended it, or did not let it in; None: it has not.</summary>
    public TlsRefusal Refusal { get; set; }

    /// <summary>
    /// Ends what it waits for. A crowd has that done hundreds of times a second, so its read ends as at the end of the
    /// stream, without an exception. One that takes too long may stand in a write.
    /// </summary>
    public void End()
    {
        if (IsRunning && Refusal == TlsRefusal.TimedOut)
        {
            inner.Abort();
        }
        else
        {
            inner.Transport.Input.CancelPendingRead();
        }
    }
}
