namespace Switch.Routing.Journal;

/// <summary>Takes one surviving record, in LSN order. The spans are valid until it returns; copy to keep.</summary>
public delegate void RecordReplay(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret);

/// <summary>Fills the span with bytes that cannot be guessed. Routing draws no random number itself.</summary>
public delegate void SaltSource(Span<byte> salt);
