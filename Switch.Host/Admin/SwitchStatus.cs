using System.Diagnostics;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Host.Journal;
using Switch.Host.Stores;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Velocity;

namespace Switch.Host.Admin;

/// <summary>What the admin listener may say, read at one moment. Names and numbers only: no card, no message.</summary>
internal sealed record SwitchStatus
{
    public required string Node { get; init; }

    public required bool IsReady { get; init; }

    /// <summary>A sentence for an operator; empty when ready.</summary>
    public required string NotReadyBecause { get; init; }

    public bool JournalHasFailed { get; init; }

    public long JournalDurableLsn { get; init; }

    public JournalCounters Journal { get; init; }

    /// <summary>How long one write and its sync took since the start, on average.</summary>
    public double JournalWriteMeanMs => Journal.Batches == 0 ? 0 : Milliseconds(Journal.WriteTicks) / Journal.Batches;

    /// <summary>How long the longest of them took.</summary>
    public double JournalWriteLongestMs => Milliseconds(Journal.LongestWriteTicks);

    public long JournalFreeBytes { get; init; }

    /// <summary>The journal's disk is nearly full: stand-in approves nothing.</summary>
    public bool IsJournalSpaceLow { get; init; }

    public KeeperCounters Keeper { get; init; }

    public StoreStatus Store { get; init; } = StoreStatus.Off;

    public CardListStatus CardLists { get; init; } = CardListStatus.None;

    /// <summary>Every partner, and how its connections are protected.</summary>
    public IReadOnlyList<TlsStatus> Tls { get; init; } = [];

    /// <summary>TLS handshakes under way that peers have begun.</summary>
    public int TlsHandshakesNow { get; init; }

    /// <summary>Connections that have not sent a whole TLS record yet.</summary>
    public int TlsHellosNow { get; init; }

    /// <summary>When it was read, UTC.</summary>
    public DateTime Now { get; init; }

    public SecurityModuleStatus Security { get; init; } = SecurityModuleStatus.None;

    public AdminCounters Admin { get; init; }

    /// <summary>What does not stop the switch and needs a person: a sentence each.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            if (IsJournalSpaceLow)
            {
                yield return "the journal's disk is nearly full: stand-in approves nothing";
            }

            foreach (StandInStatus profile in CardLists.Profiles.Where(static profile => profile.IsOff))
            {
                yield return profile.Because;
            }

            if (CardLists.Refused is { Count: > 0 } refused)
            {
                string more = refused.Count == 1 ? "" : $" (and {refused.Count - 1} more)";
                yield return $"the card lists were not replaced, those of before are in use: {refused[0]}{more}";
            }

            if (Admin.IsNotDual)
            {
                yield return "one person may do what needs two (Admin:DualControl is false)";
            }

            foreach (string warning in Tls.SelectMany(party => party.WarningsAt(Now)).Concat(Security.Warnings()))
            {
                yield return warning;
            }
        }
    }

    public IReadOnlyList<AcquirerStatus> Acquirers { get; init; } = [];

    public IReadOnlyList<IssuerStatus> Issuers { get; init; } = [];

    public IReadOnlyList<VelocityStatus> Velocity { get; init; } = [];

    public CoreCounters Core { get; init; }

    public EdgeCounters Edge { get; init; }

    private static double Milliseconds(long ticks) => Math.Round(ticks * 1_000.0 / Stopwatch.Frequency, 3);
}

/// <summary>One acquirer, and where it is listened for or called.</summary>
internal sealed record AcquirerStatus(string Name, string Listen)
{
    /// <summary>How many connections the switch is to make to it; null: the acquirer connects.</summary>
    public int? Connections { get; init; }

    /// <summary>How many of them are open now.</summary>
    public int? ConnectionsOpen { get; init; }

    /// <summary>How many of them are signed on; null: the switch sends no sign-on.</summary>
    public int? ConnectionsSignedOn { get; init; }
}

/// <summary>One issuer, how many connections are configured to it, and how many of them take traffic.</summary>
internal sealed record IssuerStatus(string Name, int Links, int LinksReady)
{
    /// <summary>What was counted of it, and how it stands.</summary>
    public IssuerCounters Counters { get; init; }
}

/// <summary>One rule of velocity.</summary>
internal sealed record VelocityStatus(string Name, string Per, string Action)
{
    /// <summary>What was counted of it, and how it stands.</summary>
    public VelocityCounters Counters { get; init; }

    /// <param name="options">The rules.</param>
    /// <param name="counters">In their order; null: nothing was counted yet.</param>
    public static VelocityStatus[] Of(VelocityOptions options, VelocityCounters[]? counters) =>
    [
        .. options.Rules.Select((rule, index) =>
            new VelocityStatus(rule.Name, rule.Per.ToString(), rule.Action.ToString())
            {
                Counters = counters?[index] ?? default,
            }),
    ];
}
