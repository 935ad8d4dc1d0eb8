using Switch.Routing.Settings;
using Switch.Routing.StandIn;

namespace Switch.Host.Simulators.World;

/// <summary>
/// PINs of one world: none in half of them. A block is its key and the PIN of the payment; who has not the key cannot
/// read it.
/// </summary>
internal static class PinPlan
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 8;

    // Every payment has its own.
    private const long Pins = 1L << 48;

    private const int OfIssuers = 0x80;

    // Spreads the numbers of payments over the thousand.
    private const long Spread = 617;

    /// <summary>
    /// Gives the parties their keys, from a source of its own: worlds without PINs stay what they were.
    /// </summary>
    public static WorldPlan Draw(WorldPlan plan, bool isCalm)
    {
        var random = new RandomSource(plan.Seed ^ 0x50494E);
        if (isCalm || random.Coin())
        {
            return plan;
        }

        AcquirerPlan[] acquirers =
            [.. plan.Acquirers.Select(one => WithPins(one, random, plan.Issuers.Length))];
        IssuerPlan[] issuers = [.. plan.Issuers.Select(
            one => one with { Settings = one.Settings with { HasPinKey = random.Below(4) > 0 } })];
        StandInPin standIn = random.Pick(StandInPin.Decline, StandInPin.AllowUnverified);
        return plan with
        {
            Acquirers = acquirers,
            Issuers = issuers,
            Core = plan.Core with
            {
                Acquirers = [.. acquirers.Select(static one => one.Settings)],
                Issuers = [.. issuers.Select(static one => one.Settings)],
                StandInProfiles = [.. plan.Core.StandInProfiles.Select(one => one with { Pin = standIn })],
                PinTime = TimeSpan.FromMilliseconds(random.Between(50, 900)),
            },
        };
    }

    /// <summary>Whether a payment has a PIN. An advice has none.</summary>
    public static bool HasPin(AcquirerPlan plan, Payment payment) =>
        !payment.IsAdvice && (payment.Id * Spread % 1_000) < plan.PinPerMille;

    /// <summary>Whether the acquirer has no key, so that its PINs are refused.</summary>
    public static bool TakesNone(AcquirerPlan plan) => plan.Settings.Pin.Handling == PinHandling.Refuse;

    /// <summary>Whether an issuer has the acquirer's own key.</summary>
    public static bool IsShared(AcquirerPlan plan, int issuer) => plan.Settings.Pin.SharedWith.Contains(issuer);

    /// <summary>The key that an acquirer shares with whom it sends to.</summary>
    public static byte KeyOfAcquirer(int acquirer) => (byte)(1 + acquirer);

    /// <summary>The key that an issuer shares with the switch.</summary>
    public static byte KeyOfIssuer(int issuer) => (byte)(OfIssuers + issuer);

    /// <summary>A PIN under a key.</summary>
    public static void Encipher(byte key, long pin, Span<byte> block)
    {
        block[0] = key;
        for (int i = 1; i < BlockSize; i++)
        {
            block[i] = (byte)(pin >> (8 * (i - 1)));
        }
    }

    /// <summary>The PIN of a block, or -1: it is not under that key.</summary>
    public static long Decipher(byte key, ReadOnlySpan<byte> block)
    {
        if (block.Length != BlockSize || block[0] != key)
        {
            return -1;
        }

        long pin = 0;
        for (int i = BlockSize - 1; i > 0; i--)
        {
            pin = (pin << 8) | block[i];
        }

        return pin;
    }

    /// <summary>The PIN of a payment.</summary>
    public static long PinOf(Payment payment) => payment.Id % Pins;

    private static AcquirerPlan WithPins(AcquirerPlan plan, RandomSource random, int issuers)
    {
        PinHandling handling = random.Pick(
            PinHandling.Refuse, PinHandling.PassThrough, PinHandling.Translate, PinHandling.Translate);
        int[] sharedWith = handling != PinHandling.PassThrough
            ? []
            : [.. Enumerable.Range(0, issuers).Where(_ => random.Coin())];
        return plan with
        {
            PinPerMille = handling == PinHandling.Refuse ? random.Pick(0, 50) : random.Pick(100, 600),
            Settings = plan.Settings with
            {
                Pin = new PinSettings { Handling = handling, SharedWith = sharedWith },
            },
        };
    }
}
