namespace Switch.Host.Connections;

/// <summary>A feature of connections that can end their sending side and be read on.</summary>
internal interface IEndsSending
{
    /// <summary>Bytes have come that no read has got.</summary>
    bool HasUnread { get; }

    /// <summary>The peer gets an end behind what was written. Completes when it is on its way.</summary>
    Task EndSendingAsync();
}
