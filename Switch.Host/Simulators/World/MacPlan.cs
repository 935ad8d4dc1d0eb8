using Switch.Host.Security;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Routing.Settings;

namespace Switch.Host.Simulators.World;

/// <summary>
/// MACs of one world: none in half of them, else of some of the parties. Drawn by the world's seed alone, so that
/// worlds without them stay what they were.
/// </summary>
internal sealed class MacPlan
{
    /// <summary>What a MAC takes at most; longer than the time in which it is made.</summary>
    public static readonly TimeSpan SealTime = TimeSpan.FromMilliseconds(650);

    private const long Spell = 5 * TimeSpan.TicksPerSecond;
    private const ulong OfParties = 0x4D4143;
    private const ulong OfModule = 0x4D4F44;

    private readonly bool[] _acquirers;
    private readonly bool[] _issuers;
    private readonly WorldPlan _plan;

    public MacPlan(WorldPlan plan)
    {
        _plan = plan;
        var random = new RandomSource(plan.Seed ^ OfParties);
        IsOn = plan.Spells > 0 && random.Coin(); // A calm world has no faults, and needs none to look at.
        TamperPerMille = random.Pick(2, 10, 40);
        _acquirers = [.. plan.Acquirers.Select(one => IsOn && random.Below(3) > 0 && Fits(one.Settings.Dialect))];
        AcquirerSettings[] settings =
        [
            .. plan.Core.Acquirers.Select(
                (one, index) => _acquirers[index] ? one with { SealTime = SealTime } : one),
        ];
        Core = plan.Core with { Acquirers = settings };
        _issuers = [.. plan.Issuers.Select(one => IsOn && random.Below(3) > 0 && Fits(one.Settings.Dialect))];
        Books = new KeyBooks(plan, (isIssuer, party) => isIssuer ? _issuers[party] : _acquirers[party]);
    }

    /// <summary>The world's settings, with the time that MACs take.</summary>
    public CoreConfiguration Core { get; }

    /// <summary>What the parties hold of their zone keys.</summary>
    public KeyBooks Books { get; }

    /// <summary>Whether any party may have MACs.</summary>
    public bool IsOn { get; }

    /// <summary>How many messages are changed on their way and keep their MAC, per thousand.</summary>
    public int TamperPerMille { get; }

    /// <summary>
    /// For how long, in ticks, one answer may overtake another: each waits for its MAC by itself.
    /// </summary>
    public long SlackOf(int acquirer) => _acquirers[acquirer] ? SealTime.Ticks : 0;

    /// <summary>Null: the party has none.</summary>
    /// <param name="keys">Of the node; null: those that the party holds itself.</param>
    public PartyMac? OfAcquirer(int acquirer, Func<int, ulong>? keys = null) => _acquirers[acquirer]
        ? Of(_plan.Acquirers[acquirer].Settings.Dialect, Books.Of(isIssuer: false, acquirer, KeyKind.Zak), keys)
        : null;

    /// <inheritdoc cref="OfAcquirer"/>
    public PartyMac? OfIssuer(int issuer, Func<int, ulong>? keys = null) => _issuers[issuer]
        ? Of(_plan.Issuers[issuer].Settings.Dialect, Books.Of(isIssuer: true, issuer, KeyKind.Zak), keys)
        : null;

    /// <summary>
    /// For some seconds at a time the security module verifies nothing and makes nothing, or takes long. After the last
    /// fault it is well.
    /// </summary>
    public ModuleMood MoodAt(long now)
    {
        if (now >= _plan.FaultsEnd)
        {
            return ModuleMood.Well;
        }

        ulong draw = new RandomSource(_plan.Seed ^ OfModule ^ (ulong)(now / Spell)).Next() % 16;
        return draw == 0 ? ModuleMood.Down : draw < 3 ? ModuleMood.Slow : ModuleMood.Well;
    }

    private static PartyMac Of(Dialect dialect, KeyBook book, Func<int, ulong>? keys) =>
        keys is null ? new PartyMac(dialect, book.At) { Book = book } : new PartyMac(dialect, keys);

    private static bool Fits(Dialect dialect) => MacLayout.IsField(dialect[Field.Mac2])
        && (dialect.HasBothBitmaps || MacLayout.IsField(dialect[Field.Mac]));
}

/// <summary>How the security module is, as far as MACs go.</summary>
internal enum ModuleMood : byte
{
    Well,
    Slow,
    Down,
}
