namespace Switch.Routing.Journal;

/// <summary>Whose journal it is; in every segment header, and compared before a single record is read.</summary>
/// <param name="Cluster">Nodes that share stores and issuers. At most 63 bytes of UTF-8.</param>
/// <param name="Node">At most 63 bytes of UTF-8.</param>
/// <param name="TokenCheck">
/// A fingerprint of the key that makes card tokens. Tokens of another key match nothing, so that with the wrong key
/// duplicates and stand-in counters would silently start from zero. 0: not stated, and not compared.
/// </param>
public sealed record JournalIdentity(string Cluster, string Node, ulong TokenCheck)
{
    /// <summary>
    /// What version 0.1 wrote for the same key, whose tokens were made by another function; accepted where it is found.
    /// That version accepts only its own, so it opens no journal that has tokens of both. 0: none is accepted.
    /// </summary>
    public ulong FormerTokenCheck { get; init; }

    /// <summary>The fingerprint of the key before, while something may bear its tokens. 0: none is named.</summary>
    public ulong OldTokenCheck { get; init; }

    /// <summary>Whether tokens of a key with this fingerprint can be recognised, as far as that is stated.</summary>
    internal bool Recognises(ulong check) => check == 0 || TokenCheck == 0 || check == TokenCheck
        || check == FormerTokenCheck || check == OldTokenCheck;
}
