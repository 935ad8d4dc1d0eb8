namespace Switch.Routing.Velocity;

/// <summary>What one request counts under: a hash for each scope, never a card number. 0: it has none.</summary>
/// <param name="Terminal">Acquirer and DE 41.</param>
/// <param name="Merchant">Acquirer and DE 42.</param>
/// <param name="Bin">The BIN.</param>
/// <param name="Acquirer">The acquirer.</param>
internal readonly record struct VelocityKeys(ulong Terminal, ulong Merchant, ulong Bin, ulong Acquirer);
