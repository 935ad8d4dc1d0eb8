using Switch.Protocol.Framing;

namespace Switch.Routing.Outbox;

/// <summary>Connections, as the outbox needs them. Called on the core's thread only.</summary>
/// <typeparam name="TConnection">One connection to an acquirer or an issuer.</typeparam>
public interface ISendOutlet<TConnection>
    where TConnection : class
{
    /// <summary>A message may be given to it.</summary>
    bool IsOpen(TConnection connection);

    /// <summary>
    /// Gives a message to a connection, which copies it. False: not a byte of it will be sent.
    /// </summary>
    bool TryGive(TConnection connection, ReadOnlySpan<byte> message, in FrameHeader header);

    /// <summary>
    /// After <see cref="TryGive"/>: the peer has closed its half of the connection, and the connection will tell what
    /// became of the message with this tag.
    /// </summary>
    bool TryDoubt(TConnection connection, long tag);

    /// <summary>Whether a message to this connection needs a MAC before it may leave.</summary>
    bool MustSeal(TConnection connection, ReadOnlySpan<byte> message) => false;

    /// <summary>
    /// Begins to make the MAC, away from this thread. What comes of it is told by <see
    /// cref="DurableOutbox{TConnection}.Sealed"/>, always and once. False: it will not be made, and nothing is told.
    /// </summary>
    /// <param name="message">Is copied.</param>
    /// <param name="number">Names the message in what is told.</param>
    bool TryBeginSeal(TConnection connection, ReadOnlySpan<byte> message, long number) => false;
}
