namespace Switch.Routing.Routes;

/// <summary>
/// Where the cards of one prefix go, in the order of docs/domain.md section 6.1: primary, standbys, stand-in, decline.
/// </summary>
public sealed record Route
{
    /// <summary>Leading digits of the card number, 1 to 19 of them; empty matches every card.</summary>
    public required string Prefix { get; init; }

    /// <summary>Index of the issuer that owns the cards.</summary>
    public required int Primary { get; init; }

    /// <summary>Indexes of the issuers asked in turn when the primary cannot be.</summary>
    public IReadOnlyList<int> Standby { get; init; } = [];

    /// <summary>Index of the stand-in profile, or -1: never stand in.</summary>
    public int StandIn { get; init; } = -1;

    /// <summary>
    /// Of 100 requests, so many may be sent to the first standby too when the primary takes longer than usual; 0: none.
    /// </summary>
    public int HedgePercent { get; init; }

    /// <summary>Its position in the table.</summary>
    public int Index { get; internal init; }

    /// <summary>Whether somebody is asked after this issuer: a further standby, or stand-in.</summary>
    /// <param name="candidate">0 the primary, then the standbys.</param>
    public bool HasMoreAfter(int candidate) => candidate < Standby.Count || StandIn >= 0;

    /// <summary>The issuer in that place.</summary>
    /// <param name="candidate">As above.</param>
    public int IssuerAt(int candidate) => candidate == 0 ? Primary : Standby[candidate - 1];
}

/// <summary>
/// An immutable map from card number to route by longest prefix. A change builds a new table and swaps it; a message
/// finishes on the table it started with.
/// </summary>
public sealed class RouteTable
{
    private const int Digits = 10;

    private readonly Route[] _routes;

    // A digit trie in one array: node n has its ten children at n * 10, each the number of a node or 0 for none;
    // node 0 is the root and is no node's child. _routeOf[n] is the route that ends at n, or -1.
    private readonly int[] _children;
    private readonly int[] _routeOf;

    /// <summary>Builds the table.</summary>
    /// <exception cref="ArgumentException">A prefix is malformed, or two routes have the same one.</exception>
    public RouteTable(IReadOnlyList<Route> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        _routes = [.. routes.Select(static (route, index) => route with { Index = index })];
        var children = new List<int>(new int[Digits]);
        var routeOf = new List<int> { -1 };
        for (int i = 0; i < _routes.Length; i++)
        {
            Insert(children, routeOf, _routes[i].Prefix, i);
        }

        _children = [.. children];
        _routeOf = [.. routeOf];
    }

    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>
    /// The route of the longest prefix of <paramref name="pan"/> (ASCII digits); false when there is none.
    /// </summary>
    public bool TryFind(ReadOnlySpan<byte> pan, out Route route)
    {
        int node = 0;
        int best = _routeOf[0];
        foreach (byte digit in pan)
        {
            uint value = (uint)(digit - '0');
            if (value >= Digits || (node = _children[(node * Digits) + (int)value]) == 0)
            {
                break;
            }

            best = _routeOf[node] >= 0 ? _routeOf[node] : best;
        }

        route = best >= 0 ? _routes[best] : null!;
        return best >= 0;
    }

    private static void Insert(List<int> children, List<int> routeOf, string prefix, int route)
    {
        int node = 0;
        foreach (char digit in prefix)
        {
            if (!char.IsAsciiDigit(digit) || prefix.Length > 19)
            {
                throw new ArgumentException($"Prefix '{prefix}' must be at most 19 digits.");
            }

            int slot = (node * Digits) + (digit - '0');
            if (children[slot] == 0)
            {
                children[slot] = routeOf.Count;
                routeOf.Add(-1);
                children.AddRange(new int[Digits]);
            }

            node = children[slot];
        }

        if (routeOf[node] >= 0)
        {
            throw new ArgumentException($"Prefix '{prefix}' is routed twice.");
        }

        routeOf[node] = route;
    }
}
