using Switch.Routing.Journal;
using Switch.Routing.Values;

namespace Switch.Routing.Core;

/// <content>Card tokens of two keys.</content>
public sealed partial class AuthorizationCore
{
    /// <summary>Which messages must bring their card's former token too. It grows less, never more.</summary>
    public FormerTokenNeed FormerTokens => _formers.Need;

    /// <summary>
    /// Until when the store may keep payments with tokens that no named key makes, Unix milliseconds; 0: it has none.
    /// </summary>
    public long TokensLostInStoreUntilMs => _formers.LostInStoreUntilMs;

    /// <summary>
    /// Refuses the configured keys of card tokens when with them something of before would not be recognised. Once all
    /// is replayed, and before anything is written for this start.
    /// </summary>
    /// <exception cref="JournalIdentityException">With the keys that are needed.</exception>
    public void RequireCardKeys(Instant now)
    {
        _context.Begin(now);
        if (_formers.FindProblem(_recovery.InDoubt.Cards()) is { } problem)
        {
            throw new JournalIdentityException(problem);
        }
    }
}
