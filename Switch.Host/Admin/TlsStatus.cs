using System.Globalization;

namespace Switch.Host.Admin;

/// <summary>How the connections of one partner or security module are protected. Names and numbers only.</summary>
/// <param name="Side">acquirer, issuer, hsm or admin.</param>
/// <param name="Name">Of the partner; HOST:PORT of a security module.</param>
/// <param name="IsTls">False: plain text.</param>
internal sealed record TlsStatus(string Side, string Name, bool IsTls)
{
    // From when on an end is spoken of.
    private const int WarningDays = 30;

    /// <summary>Plain text leaves this machine, because the configuration says None.</summary>
    public bool IsExposed { get; init; }

    /// <summary>Subject of our certificate; empty without TLS.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>When our certificate ends, UTC.</summary>
    public DateTime? NotAfter { get; init; }

    /// <summary>When the revocation list should have been replaced, UTC; null: there is none, or it does not
    /// say.</summary>
    public DateTime? CrlNextUpdate { get; init; }

    public int Pins { get; init; }

    /// <summary>Connections with TLS open now.</summary>
    public int Open { get; init; }

    /// <summary>Handshakes that ended in a connection.</summary>
    public long Completed { get; init; }

    /// <summary>Connections ended because their peers' keys were pinned no longer.</summary>
    public long Withdrawn { get; init; }

    /// <summary>Connections refused, by cause.</summary>
    public IReadOnlyList<TlsRefusalCount> Refused { get; init; } = [];

    /// <summary>What needs a person: sentences without a full stop.</summary>
    /// <param name="now">UTC.</param>
    public IEnumerable<string> WarningsAt(DateTime now)
    {
        if (IsExposed)
        {
            yield return $"{Side} {Name} speaks plain text beyond this machine (Tls: None)";
        }

        if (NotAfter is { } end && DaysTo(end, now) <= WarningDays)
        {
            yield return end <= now
                ? $"the TLS certificate for {Side} {Name} ended on {Text(end)}"
                : $"the TLS certificate for {Side} {Name} ends on {Text(end)}";
        }

        if (CrlNextUpdate is { } next && next <= now)
        {
            yield return $"the revocation list for {Side} {Name} should have been replaced on {Text(next)}";
        }
    }

    private static double DaysTo(DateTime end, DateTime now) => (end - now).TotalDays;

    private static string Text(DateTime day) => day.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}

/// <param name="Cause">A word, as a metric's label has it.</param>
/// <param name="Count">Since the start.</param>
internal readonly record struct TlsRefusalCount(string Cause, long Count);
