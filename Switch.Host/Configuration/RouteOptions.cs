namespace Switch.Host.Configuration;

/// <summary>Where the cards of one prefix go.</summary>
internal sealed class RouteOptions
{
    /// <summary>Leading digits of the card number; the longest match wins; empty matches every card.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Name of the issuer that owns the cards.</summary>
    public string Primary { get; set; } = "";

    /// <summary>Names of the issuers asked in turn when the primary cannot be.</summary>
    public List<string> Standby { get; set; } = [];

    /// <summary>
    /// Of 100 requests so many may go to the first standby too, when the primary takes longer than usual; 0: none.
    /// </summary>
    public int HedgePercent { get; set; }

    /// <summary>Name of the stand-in profile; null: never stand in.</summary>
    public string? StandIn { get; set; }
}
