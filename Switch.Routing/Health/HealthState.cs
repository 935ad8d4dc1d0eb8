using System.Globalization;

namespace Switch.Routing.Health;

/// <summary>How an issuer, a link or a route does by its real traffic. Values are written to the journal.</summary>
public enum HealthState : byte
{
    /// <summary>All traffic goes there.</summary>
    Good = 1,

    /// <summary>A share of the traffic goes there: it fails in part, or it is coming back.</summary>
    Fluctuating = 2,

    /// <summary>Probes only.</summary>
    Down = 3,
}

/// <summary>What a state of health is of. Values are written to the journal.</summary>
public enum HealthScope : byte
{
    Issuer = 1,
    Link = 2,

    /// <summary>One route (prefix) at one issuer.</summary>
    Route = 3,
}

/// <summary>Why a state of health changed. Values are written to the journal.</summary>
public enum HealthCause : byte
{
    None = 0,

    /// <summary>No reply at all for longer than usual, with several requests open.</summary>
    Silence = 1,

    /// <summary>A share of the requests had no reply in time.</summary>
    Timeouts = 2,

    /// <summary>Replies came, and much later than usual.</summary>
    Slow = 3,

    /// <summary>Technical declines.</summary>
    TechnicalDeclines = 4,

    /// <summary>Few requests failed, and they bear much of the money.</summary>
    Money = 5,

    /// <summary>Requests were answered as usual.</summary>
    Recovered = 6,
}

/// <summary>A change of health with its reason in numbers.</summary>
/// <param name="Scope">What it is about.</param>
/// <param name="Issuer">The issuer's index.</param>
/// <param name="Place">The link's id, or the route's position; -1 of an issuer.</param>
/// <param name="From">The state that ends.</param>
/// <param name="To">The state that begins.</param>
/// <param name="Percent">The share of requests that goes there from now on; 0: probes only.</param>
/// <param name="Cause">Why.</param>
/// <param name="Bad">Requests of <paramref name="Total"/> that failed.</param>
/// <param name="Total">Requests whose outcome is known, in <paramref name="WindowMs"/>.</param>
/// <param name="WindowMs">Milliseconds.</param>
/// <param name="UsualPerMille">The share of failures that is usual.</param>
/// <param name="UsualMs">The usual latency: 99 of 100 replies came within it, in milliseconds; 0: not known.</param>
public readonly record struct HealthChange(
    HealthScope Scope, int Issuer, int Place, HealthState From, HealthState To, int Percent, HealthCause Cause, int Bad,
    int Total, int WindowMs, int UsualPerMille, int UsualMs)
{
    /// <summary>The reason in numbers, as people read it: "time-outs 31 % of 45 in 10 s, usual 0.1 %".</summary>
    public string Reason
    {
        get
        {
            string what = Cause switch
            {
                HealthCause.Silence => "no reply",
                HealthCause.Timeouts => "time-outs",
                HealthCause.Slow => "slow replies",
                HealthCause.TechnicalDeclines => "technical declines",
                HealthCause.Money => "failures with much of the money",
                _ => "failures",
            };
            string latency = UsualMs == 0 ? "" : string.Create(
                CultureInfo.InvariantCulture, $", usual latency up to {UsualMs} ms");
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{what} {Bad * 100L / Math.Max(1, Total)} % of {Total} in {WindowMs / 1000.0:0.#} s, usual "
                + $"{UsualPerMille / 10.0:0.#} %{latency}");
        }
    }
}
