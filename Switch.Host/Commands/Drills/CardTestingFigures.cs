using System.Globalization;
using Switch.Host.Simulators;

namespace Switch.Host.Commands.Drills;

/// <summary>What a search for cards that work has found, by the searcher's own books.</summary>
/// <param name="Cards">Cards that it tried.</param>
/// <param name="CardsBefore">Those of which it learned something before it was first declined by a rule.</param>
/// <param name="DeclinedAfter">From its first request to that; null: it never was.</param>
/// <param name="AnsweredSince">Later requests that were not declined by a rule, beside those under way then.</param>
internal sealed record CardTestingFigures(int Cards, int CardsBefore, TimeSpan? DeclinedAfter, int AnsweredSince)
{
    // DE 39 of rules: an issuer of the drills says neither.
    private static readonly string[] Codes = ["59", "65"];

    /// <summary>As a sentence.</summary>
    public string Text => DeclinedAfter is { } after
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"It was declined after {after.TotalSeconds:N1} s, when it had learned of {CardsBefore} cards; of the "
            + $"{Cards - CardsBefore} others it learned nothing.")
        : $"It was never declined by a rule of velocity, and learned of {Cards} cards.";

    /// <param name="transactions">The searcher's.</param>
    public static CardTestingFigures Of(IReadOnlyCollection<AcquirerTransaction> transactions)
    {
        AcquirerTransaction[] all = [.. transactions.OrderBy(static one => one.IntendedAt)];
        int cards = Distinct(all);
        AcquirerTransaction? first = Array.Find(all, static one => IsDeclined(one));
        if (first?.AnsweredAt is not { } at)
        {
            return new CardTestingFigures(cards, cards, null, 0);
        }

        return new CardTestingFigures(
            cards, Distinct(all.Where(one => !IsDeclined(one))), at - all[0].IntendedAt,
            all.Count(one => one.IntendedAt > at && !IsDeclined(one)));
    }

    private static bool IsDeclined(AcquirerTransaction one) => Codes.Contains(one.ResponseCode);

    private static int Distinct(IEnumerable<AcquirerTransaction> transactions) =>
        transactions.Select(static one => one.Pan).Distinct().Count();
}
