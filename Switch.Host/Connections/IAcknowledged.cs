namespace Switch.Host.Connections;

/// <summary>A feature of connections whose bytes are not the socket's: what of them has reached the peer.</summary>
internal interface IAcknowledged
{
    /// <summary>False: nothing is known.</summary>
    /// <param name="isDead">The connection was reset.</param>
    /// <param name="acknowledged">Bytes given to the connection that reached the peer's kernel, at least.</param>
    bool TryRead(out bool isDead, out long acknowledged);
}
