using Switch.Routing.Settings;

namespace Switch.Routing.Health;

/// <summary>What is to be diverted, and how much of it failed.</summary>
/// <param name="Subject">Null: nothing, as more than it is diverted already, or others are to be judged.</param>
/// <param name="BadPercent">Of its requests since the trouble began, in percent.</param>
internal readonly record struct Blame(HealthSubject? Subject, int BadPercent);

/// <summary>
/// Tells what of an issuer is sick when requests fail: the whole, some of its links, or some of its routes. Each is an
/// explanation of the same outcomes, those of the requests that were sent since the trouble began, and the likeliest
/// one wins. In it a part fails as usual, or with the share that was seen there. Likelihoods are logarithms.
/// </summary>
internal sealed class Suspects(
    HealthSettings settings, HealthSubject whole, HealthSubject[] links, List<HealthSubject> routes)
{
    // Fixed point, so that every machine decides the same.
    private const double Unit = 1_024;

    // What it costs an explanation to call something sick: else each part would have the share that was seen there.
    private const int Sick = (int)(3 * Unit);

    // A part is to blame when that is so much likelier than that the whole is; more where little of it fails, as few
    // failures are often all of one part by chance, and then the whole would be found late.
    private const int Clear = (int)(4 * Unit);
    private const int ClearOfFew = (int)(6 * Unit);

    // When it has not become clear in time, so much less is enough.
    private const int Haste = (int)(1 * Unit);

    // With less there is no sign that a part is: the whole is to blame.
    private const int Sign = (int)(1 * Unit);

    // By so much links and routes must differ: one request that fits one of them only.
    private const int Apart = (int)(1.5 * Unit);

    private const int Never = int.MinValue / 2;

    private static readonly long _lately = TimeSpan.TicksPerSecond;

    private long _unclearSince;
    private long _unclearAt = long.MinValue / 2;

    /// <summary>
    /// False: not clear yet, so look again. That lasts no longer than twice <see cref="HealthSettings.SilentFor"/>.
    /// </summary>
    /// <param name="alarmed">The part whose requests fail more than usual.</param>
    /// <param name="since">The requests that were sent before say nothing about the trouble.</param>
    /// <param name="overdue">A request that was sent before is overdue.</param>
    public bool TryBlame(HealthSubject alarmed, long since, long now, long overdue, out Blame blame)
    {
        since = Math.Max(since, whole.ChangedAt);
        Tally all = whole.Since(since, overdue);
        Explanation byLinks = Explain(links, all.Total, since, now, overdue);
        Explanation byRoutes = Explain(routes, all.Total, since, now, overdue);
        Explanation part = byLinks.Likelihood >= byRoutes.Likelihood ? byLinks : byRoutes;
        int ofWhole = Likelihood(all, out _);
        int lead = part.Likelihood - ofWhole;
        int clear = part.BadPercent >= 100 * settings.LargeShare ? Clear : ClearOfFew;
        bool isClear = lead >= Sign
            ? lead >= clear && Math.Abs(byLinks.Likelihood - byRoutes.Likelihood) >= Apart
            : !MayBecomeClear(byLinks, ofWhole) && !MayBecomeClear(byRoutes, ofWhole);
        if (!isClear && !HasWaited(now))
        {
            blame = default;
            return false;
        }

        bool isPart = lead >= clear - Haste && part.Worst is not null;
        blame = isPart ? new Blame(part.Worst, part.BadPercent)
            : IsForWhole(alarmed) ? new Blame(whole, PercentOf(all))
            : default;
        return true;
    }

    // An only part explains as much as the whole for ever, and one that explains less is out.
    private static bool MayBecomeClear(in Explanation by, int ofWhole) =>
        by.OthersAsked > 0 && by.Likelihood - ofWhole > -Sign;

    // A link's outcomes alone do not condemn the whole, which has more of them; nor can it fall when it is down.
    private bool IsForWhole(HealthSubject alarmed) =>
        alarmed == whole || (alarmed.Scope == HealthScope.Route && whole.IsGood);

    private bool HasWaited(long now)
    {
        if (now - _unclearAt > settings.SilentFor.Ticks) // Another trouble.
        {
            _unclearSince = now;
        }

        _unclearAt = now;
        return now - _unclearSince >= 2 * settings.SilentFor.Ticks;
    }

    // Parts of whose requests not the same count explain nothing: those of links do not while the whole comes back.
    private Explanation Explain(
        IReadOnlyList<HealthSubject> parts, int requests, long since, long now, long overdue)
    {
        var explanation = default(Explanation);
        int asked = 0;
        int total = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            if (!parts[i].IsGood)
            {
                continue;
            }

            Tally tally = parts[i].Since(since, overdue);
            total += tally.Total;
            explanation.Likelihood += Likelihood(tally, out int gain);
            Tally lately = parts[i].Since(now - _lately, overdue);
            int partAsked = lately.Total + lately.Open;
            asked += partAsked;
            if (explanation.Worst is null || gain > explanation.WorstGain)
            {
                explanation.OthersAsked = partAsked;
                explanation.WorstGain = gain;
                explanation.Worst = parts[i];
                explanation.BadPercent = PercentOf(tally);
            }
        }

        explanation.OthersAsked = asked - explanation.OthersAsked;
        return total == requests ? explanation : new Explanation { Likelihood = Never };
    }

    /// <param name="gain">By how much sick is likelier than well.</param>
    private int Likelihood(in Tally tally, out int gain)
    {
        int well = Likelihood(tally.Bad, tally.Good, settings.UsualShare);
        double share = Math.Max(settings.UsualShare, (double)tally.Bad / Math.Max(1, tally.Total));
        int sick = Likelihood(tally.Bad, tally.Good, share) - Sick;
        gain = sick - well;
        return Math.Max(well, sick);
    }

    private static int Likelihood(int bad, int good, double share) => (int)(Unit
        * ((bad == 0 ? 0 : bad * Math.Log(share)) + (good == 0 ? 0 : good * Math.Log(1 - share))));

    private static int PercentOf(in Tally tally) => tally.Bad * 100 / Math.Max(1, tally.Total);

    private struct Explanation
    {
        public int Likelihood;
        public HealthSubject? Worst;
        public int WorstGain;
        public int BadPercent;

        // Requests of the last second to the other parts: more will come, and tell more.
        public int OthersAsked;
    }
}
