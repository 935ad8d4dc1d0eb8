using Switch.Routing.Effects;

namespace Switch.Host.Connections;

/// <summary>What became of a key that a partner sent, on its way back to the core.</summary>
/// <param name="Tag">Of the question.</param>
/// <param name="Use">Puts it into use; after the core has answered, so that the answer has the MAC of before.</param>
internal sealed record KeyAnswered(long Tag, KeyOutcome Outcome, Action Use);
