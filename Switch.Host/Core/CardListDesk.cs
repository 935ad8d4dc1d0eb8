using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Protocol.Fields;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.StandIn;

namespace Switch.Host.Core;

/// <summary>How the card lists in use stand. Published whole; a reader sees one moment.</summary>
internal sealed record CardListStatus
{
    public static CardListStatus None { get; } = new();

    /// <summary>Every stand-in profile, in the order of the core's.</summary>
    public IReadOnlyList<StandInStatus> Profiles { get; init; } = [];

    /// <summary>
    /// What was wrong with the files when they were read last; while anything is, lists of before are in use.
    /// </summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>Readings whose lists came into use, those with a lost file included.</summary>
    public long Replacements { get; init; }

    /// <summary>Readings that changed nothing, because a file had mistakes.</summary>
    public long Refusals { get; init; }
}

/// <summary>A stand-in profile: off while a card file of it is lost; then a sentence says why.</summary>
internal sealed record StandInStatus(string Profile, bool IsOff, string Because);

/// <summary>What the desk works with.</summary>
internal sealed record CardListParts(
    SwitchOptions Options, IReadOnlyList<StandInProfile> Profiles, CardTokenizer Cards,
    ConfigurationEnvironment Environment,
    Func<CoreCommand, Task<CoreCommandResult>> Execute, SwitchClock Clock, ILogger Logger)
{
    /// <summary>The configured files of each profile, in the order of the core's.</summary>
    public CardFiles[] Files => [.. Profiles.Select(profile => new CardFiles(
        profile.Name, Options.StandIn[profile.Name].NegativeFile, Options.StandIn[profile.Name].PositiveFile))];
}

/// <summary>
/// Reads the card files anew while the switch runs, has the core use them from one moment on, and remembers what
/// became of it, so that a lost or refused file is seen for as long as it matters.
/// </summary>
internal sealed class CardListDesk(CardListParts parts) : IDisposable
{
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly CardFiles[] _files = parts.Files;
    private CardListStatus _status = new()
    {
        Profiles = [.. parts.Profiles.Select(static profile => new StandInStatus(profile.Name, IsOff: false, ""))],
    };

    /// <summary>As of the last reading. Any thread.</summary>
    public CardListStatus Status => Volatile.Read(ref _status);

    /// <summary>
    /// Reads on another thread. See <see cref="CardListReader"/> for what a mistake does. Problems with an outcome of
    /// done are of files that are lost.
    /// </summary>
    public async Task<(CoreCommandResult Result, IReadOnlyList<ConfigurationError> Problems)> ReplaceAsync(
        string? who, string? why, AuditEntry? audit = null)
    {
        await _reloading.WaitAsync().ConfigureAwait(false); // One at a time: a list may be large.
        try
        {
            long started = parts.Clock.Ticks;
            CardListReading reading = await Task.Run(
                () => CardListReader.Read(parts.Options, parts.Profiles, parts.Cards, parts.Environment))
                .ConfigureAwait(false);
            if (reading.Lists is not { } lists)
            {
                Refuse(reading.Problems);
                return (default, reading.Problems);
            }

            CoreCommandResult result = await parts.Execute(new CoreCommand
            {
                Kind = CoreCommandKind.ReplaceCardLists, CardLists = lists, Who = who, Why = why, Audit = audit,
            }).ConfigureAwait(false);
            if (result.Outcome == CoreCommandOutcome.Done)
            {
                Accept(lists);
                if (reading.Problems.Count == 0)
                {
                    long entries = lists.Sum(static list => (long)list.Negative!.Count + list.Positive!.Count);
                    double elapsedMs = (double)(parts.Clock.Ticks - started) / TimeSpan.TicksPerMillisecond;
                    CoreLog.CardListsReplaced(parts.Logger, who!, why!, entries, elapsedMs);
                }
            }

            return (result, reading.Problems);
        }
        finally
        {
            _reloading.Release();
        }
    }

    public void Dispose() => _reloading.Dispose();

    private void Refuse(IReadOnlyList<ConfigurationError> problems)
    {
        foreach (ConfigurationError problem in problems)
        {
            CoreLog.CardListsRefused(parts.Logger, problem.Path, problem.Problem);
        }

        Publish(Status with
        {
            Refusals = Status.Refusals + 1,
            Refused = [.. problems.Select(static problem => problem.ToString())],
        });
    }

    // The core has logged which profile is off (3146): the same in a second line would only raise questions.
    private void Accept(IReadOnlyList<CardLists> lists) => Publish(Status with
    {
        Replacements = Status.Replacements + 1,
        Refused = [],
        Profiles = [.. lists.Select(StatusOf)],
    });

    private StandInStatus StatusOf(CardLists lists, int profile)
    {
        CardFiles files = _files[profile];
        string lost = files.Name(lists.Lost.HasFlag(LostLists.Negative), lists.Lost.HasFlag(LostLists.Positive));
        return lists.Lost == LostLists.None
            ? new StandInStatus(files.Profile, IsOff: false, "")
            : new StandInStatus(
                files.Profile, IsOff: true, $"stand-in is off for profile {files.Profile}: {lost} could not be read");
    }

    private void Publish(CardListStatus status) => Volatile.Write(ref _status, status);
}
