namespace Switch.Protocol.Editions;

/// <summary>
/// Decimals of a currency by its numeric code (ISO 4217): the minor unit that an amount of 2003 states. Amounts are
/// never converted by it.
/// </summary>
internal static class Currencies
{
    /// <summary>Two where nothing else is known.</summary>
    public static int DecimalsOf(int currency) => currency switch
    {
        108 or 152 or 174 or 262 or 324 or 352 or 392 or 410 or 548 or 600 or 646 or 704 or 800 or 940 or 950 or 952
            or 953 => 0,
        48 or 368 or 400 or 414 or 434 or 512 or 788 => 3,
        927 or 990 => 4,
        _ => 2,
    };
}
