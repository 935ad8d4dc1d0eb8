namespace Switch.Routing.Core;

/// <summary>
/// Deliberate defects, one at a time, for tests only: the simulation must catch each of them, or its green means
/// nothing (reliability.md 3.2). Only <see cref="AuthorizationCore.Sabotage"/> sets one, and only tests can see that.
/// </summary>
internal enum Sabotage : byte
{
    None,

    /// <summary>Answers leave before the decision is durable.</summary>
    AnswerBeforeDurable,

    /// <summary>A request that timed out is not reversed.</summary>
    ForgetReversal,

    /// <summary>A trace number is given out while another message bears it.</summary>
    ReuseLiveStan,

    /// <summary>A repeat is taken for a new request.</summary>
    DuplicatesOff,

    /// <summary>One in ten thousand of what is owed is recorded and never sent.</summary>
    DropAdvice,

    /// <summary>An approval that is not durable in time leaves when it is.</summary>
    AnswerAfterDeadline,

    /// <summary>Limits are given back with every reversal of the same approval.</summary>
    GiveBackTwice,

    /// <summary>What one card is owed goes in any order.</summary>
    BreakCardOrder,
}
