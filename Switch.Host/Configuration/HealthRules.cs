using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>What must hold for an issuer's health and technical declines.</summary>
internal static class HealthRules
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);

    public static void Validate(IssuerOptions issuer, ConfigurationErrors errors, string path)
    {
        string health = $"{path}:Health";
        HealthOptions options = issuer.Health;
        HealthSettings settings = options.Compile();
        Number(
            options.SilentRequests, 2, 10_000, "requests in a row without a good reply that are silence.",
            "SilentRequests");
        Number(options.UsualPercent, 1, 50, "the percentage of failed requests that is usual.", "UsualPercent");
        Number(options.SmallPercent, 2, 95, "the smaller percentage of failed requests to find.", "SmallPercent");
        Number(options.LargePercent, 3, 99, "the larger percentage of failed requests to find.", "LargePercent");
        Number(options.Certainty, 3, 20, "how sure a share test must be: more is later and surer.", "Certainty");
        Number(options.MoneyPercent, 1, 100, "the percentage of the money in failed requests.", "MoneyPercent");
        Number(options.InFlightMin, 1, 500_000, "requests that a sick issuer may have in flight.", "InFlightMin");
        Span(options.SilentFor, Minute, "how long no good reply is silence.", "SilentFor");
        Span(options.OverdueMin, Minute, "before this no request is overdue.", "OverdueMin");
        Span(options.SlowAfter, Minute, "before this no request has failed.", "SlowAfter");
        Span(options.ProbeEvery, Hour, "how often a diverted issuer gets a request as a probe.", "ProbeEvery");
        Span(options.RampStep, Hour, "how long a step of the way back lasts.", "RampStep");
        Span(options.Hold, Hour, "how long traffic is diverted at least.", "Hold");
        Span(options.HoldMax, Hour, "how long traffic is diverted at least after many failures.", "HoldMax");
        errors.Require(
            settings.UsualShare < settings.SmallShare && settings.SmallShare <= settings.LargeShare,
            $"{health}:UsualPercent",
            "must be less than SmallPercent, and SmallPercent not more than LargePercent: the tests tell these shares "
            + "apart.");
        errors.Require(
            settings.Hold <= settings.HoldMax,
            $"{health}:Hold",
            $"{Rules.Text(settings.Hold)} is longer than HoldMax {Rules.Text(settings.HoldMax)}: waits grow from one "
            + "to the other.");
        ValidateCodes(issuer, errors, path);

        void Number(int? value, int min, int max, string reason, string key)
        {
            if (value is not null || errors.IsUnread($"{health}:{key}"))
            {
                Rules.Range(errors, $"{health}:{key}", value ?? min, min, max, reason);
            }
        }

        void Span(TimeSpan? value, TimeSpan max, string reason, string key)
        {
            if (value is not null || errors.IsUnread($"{health}:{key}"))
            {
                Rules.Range(errors, $"{health}:{key}", value ?? Least, Least, max, reason);
            }
        }
    }

    private static void ValidateCodes(IssuerOptions issuer, ConfigurationErrors errors, string path)
    {
        for (int i = 0; i < issuer.TechnicalDeclines.Count; i++)
        {
            string code = issuer.TechnicalDeclines[i];
            errors.Require(
                Rules.IsDecline(code), $"{path}:TechnicalDeclines:{i}",
                $"'{code}' is not a DE 39 that declines, such as 91 or 96.");
        }

        for (int i = 0; i < issuer.SurelyNotApproved.Count; i++)
        {
            string code = issuer.SurelyNotApproved[i];
            errors.Require(
                issuer.TechnicalDeclines.Contains(code), $"{path}:SurelyNotApproved:{i}",
                $"'{code}' is not one of TechnicalDeclines. Other codes are decisions already.");
        }
    }
}
