using Switch.Host.Security;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The zone keys of one world: what each party holds, and who replaces its keys by messages. Drawn by the world's seed
/// alone, so that worlds without exchanges stay what they were.
/// </summary>
internal sealed class KeyBooks
{
    private const ulong OfExchanges = 0x4B4559;
    private const int TextSize = 41;

    // The first of them that has characters in the party's dialect.
    private static readonly int[] Fields = [48, 72, 63];

    private readonly Dictionary<(bool IsIssuer, int Party, KeyKind Kind), KeyBook> _books = [];
    private readonly HashSet<(bool IsIssuer, int Party, KeyKind Kind)> _exchanged = [];
    private readonly WorldPlan _plan;

    /// <param name="hasMac">Whether a party has MACs.</param>
    public KeyBooks(WorldPlan plan, Func<bool, int, bool> hasMac)
    {
        _plan = plan;
        var random = new RandomSource(plan.Seed ^ OfExchanges);
        bool isOn = plan.Spells > 0 && random.Coin();
        bool hasPins = plan.Acquirers.Any(static one => IsTranslated(one));
        for (int i = 0; i < plan.Acquirers.Length; i++)
        {
            Add(isIssuer: false, i, KeyKind.Zak, isOn && random.Below(4) > 0 && hasMac(false, i));
            Add(isIssuer: false, i, KeyKind.Zpk, isOn && random.Below(4) > 0 && IsTranslated(plan.Acquirers[i]));
        }

        for (int i = 0; i < plan.Issuers.Length; i++)
        {
            Add(isIssuer: true, i, KeyKind.Zak, isOn && random.Below(4) > 0 && hasMac(true, i));
            Add(
                isIssuer: true, i, KeyKind.Zpk,
                isOn && random.Below(4) > 0 && hasPins && plan.Issuers[i].Settings.HasPinKey);
        }

        CountMax = random.Pick(4, 10, 25);
    }

    /// <summary>Exchanges that one party begins, at most.</summary>
    public int CountMax { get; }

    public KeyBook Of(bool isIssuer, int party, KeyKind kind) => _books[(isIssuer, party, kind)];

    /// <summary>All that may be exchanged.</summary>
    public IEnumerable<(bool IsIssuer, int Party, KeyKind Kind)> Exchanged => _exchanged;

    /// <summary>The kinds of keys that a party replaces by messages.</summary>
    public KeyKind[] KindsOf(bool isIssuer, int party) =>
        [.. new[] { KeyKind.Zpk, KeyKind.Zak }.Where(kind => _exchanged.Contains((isIssuer, party, kind)))];

    /// <summary>The field that a party's keys stand in.</summary>
    public int FieldOf(bool isIssuer, int party)
    {
        Dialect dialect = isIssuer ? _plan.Issuers[party].Settings.Dialect : _plan.Acquirers[party].Settings.Dialect;
        return FieldOf(dialect);
    }

    private static int FieldOf(Dialect dialect) => Array.Find(
        Fields,
        field => dialect[field] is { IsVariable: true, LengthMax: >= TextSize }
            and not { Kind: FieldKind.N or FieldKind.B });

    private static bool IsTranslated(AcquirerPlan plan) => plan.PinPerMille > 0 && PinPlan.IsTranslated(plan);

    private void Add(bool isIssuer, int party, KeyKind kind, bool isExchanged)
    {
        _books.Add((isIssuer, party, kind), new KeyBook(KeyBook.FirstOf(isIssuer, party, kind)));
        if (isExchanged && FieldOf(isIssuer, party) != 0)
        {
            _exchanged.Add((isIssuer, party, kind));
        }
    }
}
