using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Payments;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Whether the time that a new request bears can be that of a request sent now. The switch remembers requests for as
/// long as the duplicate window; one that is older than that, sent again, would be taken for a new one and debit twice.
/// </summary>
/// <remarks>
/// DE 7 has no year: the nearest such date is meant. The moment is the wall clock's, or the start's with the monotonic
/// time since added, whichever suits the request: a clock that is set while the switch runs must not stop all traffic,
/// and remembered requests age by the monotonic one.
/// </remarks>
internal static class Freshness
{
    private const int Day = 86_400;
    private const long DateUnit = 1_000_000;

    // Local time may be so far from UTC, in seconds.
    private const int ZoneMax = 14 * 3_600;

    /// <summary>None when the request may be of now; else the code that refuses it.</summary>
    /// <param name="context">The moment and the acquirers' settings.</param>
    /// <param name="acquirer">Who sent it.</param>
    /// <param name="request">Read for DE 12 and 13 where it has no DE 7.</param>
    /// <param name="facts">Its facts.</param>
    /// <param name="fault">The field that says the time.</param>
    public static ResponseCode Judge(
        CoreContext context, int acquirer, Message request, in RequestFacts facts, out int fault)
    {
        AcquirerSettings settings = context.Configuration.Acquirers[acquirer];
        fault = 0;
        if (settings.FreshnessBack == TimeSpan.Zero)
        {
            return default;
        }

        bool isLocal = !request.Has(Field.TransmissionDateTime);
        fault = isLocal ? Field.LocalTime : Field.TransmissionDateTime;
        long time = isLocal ? TransactionKey.LocalTimeOf(request) : facts.Time;
        long tolerance = isLocal ? ZoneMax : 0;
        var allowed = new Span(
            (settings.FreshnessBack.Ticks / TimeSpan.TicksPerSecond) + tolerance,
            (settings.FreshnessAhead.Ticks / TimeSpan.TicksPerSecond) + tolerance);
        if (TryAgeToday(time, context.TransmissionTimeNow, out long age) && allowed.Holds(age))
        {
            return default;
        }

        if (!TryAge(time, context.Now.WallMs / 1_000, out age))
        {
            return ResponseCode.FormatError;
        }

        TryAge(time, context.SecondNow, out long steadyAge);
        return allowed.Holds(age) || allowed.Holds(steadyAge) ? default
            : age > allowed.Back ? ResponseCode.Duplicate
            : ResponseCode.FormatError;
    }

    /// <summary>
    /// As <see cref="TryAge"/> where both are of one day, which nearly all are: no calendar is needed then.
    /// </summary>
    /// <param name="time">MMDDhhmmss as a number.</param>
    /// <param name="now">The present second in the same form.</param>
    /// <param name="age">The answer.</param>
    internal static bool TryAgeToday(long time, long now, out long age)
    {
        (long date, long clock) = Math.DivRem(time, DateUnit);
        (long today, long present) = Math.DivRem(now, DateUnit);
        age = SecondOf(present) - SecondOf(clock);
        return date == today && IsTime(clock);
    }

    /// <summary>Seconds since the nearest moment with this date and time, negative: until it.</summary>
    /// <param name="time">MMDDhhmmss as a number.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <param name="age">The answer.</param>
    /// <returns>False when there is no such date and time within a year of now.</returns>
    internal static bool TryAge(long time, long now, out long age)
    {
        age = long.MaxValue;
        (long date, long clock) = Math.DivRem(time, DateUnit);
        int month = (int)(date / 100);
        int day = (int)(date % 100);
        long seconds = SecondOf(clock);
        if (!IsTime(clock) || month is < 1 or > 12 || day < 1)
        {
            return false;
        }

        int year = DateTime.UnixEpoch.AddSeconds(now).Year;
        for (int candidate = year - 1; candidate <= year + 1; candidate++)
        {
            if (day <= DateTime.DaysInMonth(candidate, month))
            {
                long days = (new DateTime(candidate, month, day) - DateTime.UnixEpoch).Days;
                long since = now - ((days * Day) + seconds);
                age = Math.Abs(since) < Math.Abs(age) ? since : age;
            }
        }

        return age != long.MaxValue;
    }

    private static long SecondOf(long clock) =>
        (clock / 10_000 * 3_600) + (clock / 100 % 100 * 60) + (clock % 100);

    private static bool IsTime(long clock) => clock / 10_000 < 24 && clock / 100 % 100 < 60 && clock % 100 < 60;

    private readonly record struct Span(long Back, long Ahead)
    {
        public bool Holds(long age) => age <= Back && -age <= Ahead;
    }
}
