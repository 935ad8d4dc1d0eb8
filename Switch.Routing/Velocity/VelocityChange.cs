using System.Globalization;
using Switch.Routing.Settings;

namespace Switch.Routing.Velocity;

/// <summary>What a key has in a rule's window.</summary>
/// <param name="Requests">Requests.</param>
/// <param name="Cards">Different cards, estimated; 0: the rule does not count them.</param>
/// <param name="Declines">Declines by an issuer or by stand-in, and by the rule itself.</param>
/// <param name="SmallAmounts">Requests with a small amount.</param>
public readonly record struct VelocityFigures(int Requests, int Cards, int Declines, int SmallAmounts)
{
    /// <summary>As people read it: "23 cards, 19 declines", of what the rule has limits for.</summary>
    public string Text(VelocityRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        List<string> parts = [];
        Add(rule.Requests, Requests, "requests");
        Add(rule.DistinctCards, Cards, "cards");
        Add(rule.Declines, Declines, "declines");
        Add(rule.SmallAmounts, SmallAmounts, "small amounts");
        return string.Join(", ", parts);

        void Add(int limit, int figure, string what)
        {
            if (limit > 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{figure} {what}"));
            }
        }
    }
}

/// <summary>Why a key of a rule has another state.</summary>
public enum VelocityCause : byte
{
    /// <summary>It reached every limit of the rule.</summary>
    Reached = 1,

    /// <summary>It was below a limit for as long as the rule says.</summary>
    Calm,

    /// <summary>An operator cleared it.</summary>
    Cleared,

    /// <summary>Its place was taken for another key.</summary>
    Evicted,
}

/// <summary>A key came to be over a rule, or is not any more.</summary>
/// <param name="Rule">The rule's position in the configuration.</param>
/// <param name="Acquirer">The acquirer's index; -1 of a BIN.</param>
/// <param name="Name">DE 41, DE 42 or the BIN; empty of an acquirer.</param>
/// <param name="Cause">Why.</param>
/// <param name="Figures">What it has in the window.</param>
/// <param name="Hits">Requests that came while it was over. A rule that declines declined them.</param>
public readonly record struct VelocityChange(
    int Rule, int Acquirer, VelocityName Name, VelocityCause Cause, VelocityFigures Figures, long Hits)
{
    /// <summary>From now on it is over.</summary>
    public bool IsOver => Cause == VelocityCause.Reached;
}

/// <summary>What was counted of one rule since the start.</summary>
public record struct VelocityCounters
{
    /// <summary>Times that a key came to be over the rule.</summary>
    public long Begun { get; set; }

    /// <summary>Requests of keys that were over it.</summary>
    public long Hits { get; set; }

    /// <summary>Requests that it declined.</summary>
    public long Declined { get; set; }

    /// <summary>Keys that lost their place to another one while they counted.</summary>
    public long Evicted { get; set; }

    /// <summary>Keys that are over it now.</summary>
    public long OverNow { get; set; }

    /// <summary>Keys that have a place.</summary>
    public long Keys { get; set; }
}
