namespace Switch.Host.Connections.Epoll;

/// <summary>What an <see cref="EventLoop"/> calls when the kernel has something to say of its descriptor.</summary>
internal interface IReady
{
    /// <summary>On the loop's thread.</summary>
    /// <param name="events">Flags of epoll; 0: it was posted.</param>
    void OnReady(uint events);

    /// <summary>On the loop's thread: <see cref="OnReady"/> threw. Ends what the descriptor is for.</summary>
    void OnDefect(Exception defect);
}
