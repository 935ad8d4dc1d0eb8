namespace Switch.Routing.Timers;

/// <summary>Which ids of the timing wheel mean what: seats, then links, then issuers, then owed messages.</summary>
internal readonly record struct TimerPlan(int Seats, int Links, int Issuers)
{
    public int FirstLink => Seats;

    public int FirstIssuer => Seats + Links;

    public int FirstOwed => Seats + Links + Issuers;

    public int OfLink(int link) => FirstLink + link;

    public int OfIssuer(int issuer) => FirstIssuer + issuer;

    public int OfOwed(int index) => FirstOwed + index;
}
