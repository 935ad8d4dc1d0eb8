namespace Switch.Host.Connections;

/// <summary>Where the core's thread waits when it waits for sockets as well, and what ends that.</summary>
internal interface IDoorbell
{
    /// <summary>The thread that waits.</summary>
    GateOwner Owner { get; }

    /// <summary>Ends the wait, or keeps the next one from beginning. Any thread.</summary>
    void Ring();
}
