using System.Globalization;

namespace Switch.Host.Stores;

/// <summary>The numbers of docs/internals/records.md in words, for people.</summary>
internal static class StoreNames
{
    public static string Source(long source) => source switch
    {
        1 => "the primary",
        2 => "a standby",
        3 => "stand-in",
        4 => "the switch",
        5 => "a restart",
        6 => "its acquirer's reversal",
        _ => Unknown(source),
    };

    public static string Cause(long cause) => cause switch
    {
        1000 => "the issuer asked for stand-in",
        1001 => "the issuer was signed off",
        1002 => "the issuer did not answer in time",
        1003 => "the issuer could not be reached",
        1900 => "an operator ordered stand-in",
        4006 => "the answer was too late",
        4013 => "the answer could not be delivered",
        4021 => "time-out",
        _ => Unknown(cause),
    };

    /// <summary>What the limit of a rule of velocity counts.</summary>
    public static string VelocityCount(long count) => count switch
    {
        0 => "different cards",
        1 => "declines",
        2 => "small amounts",
        3 => "requests",
        _ => Unknown(count),
    };

    public static string Owed(long kind) => kind switch
    {
        1 => "the advice of the stand-in approval",
        2 => "a reversal",
        3 => "the acquirer's advice",
        4 => "the acquirer's reversal",
        5 => "the advice of the stand-in decline",
        _ => Unknown(kind),
    };

    public static string Progress(long kind) => kind switch
    {
        1 => "acknowledged",
        2 => "parked: refused too often",
        3 => "cancelled unsent, with its reversal",
        4 => "acknowledged with an exception",
        _ => Unknown(kind),
    };

    public static string Effect(long effect) => effect switch
    {
        0 => "a message names it as its original",
        1 => "reversed by its acquirer",
        2 => "not known when its reversal came: it will be declined",
        3 => "taken back: its approval was not delivered",
        4 => "reversed in part",
        5 => "completed for less",
        _ => Unknown(effect),
    };

    public static string Command(long command) => command switch
    {
        1 => "sends a parked message again",
        2 => "releases a parked message",
        3 => "writes a parked message off",
        4 => "forces stand-in",
        5 => "restores the issuer",
        6 => "pauses advices",
        7 => "resumes advices",
        8 => "replaces the card lists",
        9 => "has the lost links connect at once",
        10 => "clears a key of velocity",
        _ => Unknown(command),
    };

    public static string Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs)
        .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Unknown(long number) => number.ToString(CultureInfo.InvariantCulture);
}
