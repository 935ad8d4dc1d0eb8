using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>How a party that may have MACs reads and writes.</summary>
internal static class MacCodec
{
    /// <summary>DE 39 of an answer to what had no right MAC.</summary>
    public const int Refused = 63;

    // A request of this amount was changed on its way.
    private const int TamperedAmount = 1;
    private const int RefusedNow = 96;

    /// <summary>Whether an answer is to what was changed on its way: refused, or not even looked at.</summary>
    public static bool IsOfSomethingElse(PartyCodec heard, int code, Payment? payment) => code == Refused
        || (code == RefusedNow && heard.Mac is not null && heard.Number(Field.Amount) == TamperedAmount
            && payment is not { Amount: TamperedAmount });

    private static readonly ulong _salt = 0x54414D;

    // The node has long had another key.
    private static void CheckAge(WorldContext context, PartyMac mac)
    {
        if (mac.Book is { } keys && keys.IsPast(mac.Verified.Key, context.Now))
        {
            context.Report("I27", 0, "the node sealed a message with a key that another one has replaced");
        }
    }

    /// <param name="mac">Null: it has none.</param>
    public static PartyCodec Of(WorldContext context, Dialect dialect, PartyMac? mac)
    {
        if (mac is null)
        {
            return new PartyCodec(dialect);
        }

        var random = new RandomSource(context.Plan.Seed ^ _salt ^ (ulong)dialect.Name.Length);
        return new PartyCodec(dialect)
        {
            Mac = mac,
            IsTampered = () => context.Now < context.Plan.FaultsEnd && random.PerMille(context.Macs.TamperPerMille),
            OnGoodMac = () => CheckAge(context, mac),
            OnBadMac = () => context.Report("I26", 0, "the node sent a message without the right MAC"),
        };
    }
}
