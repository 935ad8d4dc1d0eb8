namespace Switch.Host.Journal;

/// <summary>
/// A journal's folder that can lose its place in the world while its handles stay good: what is written then goes where
/// no start will ever look.
/// </summary>
internal interface IWatchedDisk
{
    /// <summary>
    /// Whether the folder and the newest segment still stand where the next start looks for them. Null: they do; else
    /// what is wrong, as a clause for an operator. Any thread.
    /// </summary>
    string? FindProblem();
}
