namespace Switch.Routing.Outbox;

/// <summary>A message with its MAC, as the outlet made it. The outbox gives it back.</summary>
public interface ISealedMessage
{
    /// <summary>What will be sent; until <see cref="Free"/>.</summary>
    ReadOnlySpan<byte> Bytes { get; }

    /// <summary>
    /// It comes later than its MAC may take (<see cref="Settings.AcquirerSettings.SealTime"/>): the process stood still
    /// meanwhile, and an answer would be with its acquirer after the deadline.
    /// </summary>
    bool IsLate { get; }

    /// <summary>It was given to a connection, or is not needed: it is zeroed.</summary>
    void Free();
}
