using System.Buffers.Binary;
using System.Numerics;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;

namespace Switch.Host.Simulators.World;

/// <summary>
/// PINs of one world: none in half of them. A block is its key and the PIN of the payment; who has not the key cannot
/// read it. Some acquirers have terminals with a key for each message: a block is opened with the key serial number
/// that came with it, and with another one gives another PIN.
/// </summary>
internal static class PinPlan
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 8;

    // Which key it is.
    private const int MarkSize = sizeof(ushort);

    // Every payment has its own.
    private const long Pins = 1L << 48;

    // Spreads the numbers of payments over the thousand.
    private const long Spread = 617;
    private const long SerialSpread = 389;

    // Of a thousand payments of a terminal with numbers, so many come without one, or with one that is none.
    private const int SerialWrongPerMille = 40;

    // Counters of a terminal have no more ones.
    private const int OnesMax = 10;
    private const int CounterBits = 21;

    private const string TerminalPrefix = "terminals-of-";

    private static readonly Dialect[] Terminals =
        [DialectOfTerminals("iso87-ascii"), DialectOfTerminals("iso87-binary")];

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
        acquirers = WithSerialNumbers(acquirers, new RandomSource(plan.Seed ^ 0x4B534E));
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

    /// <summary>
    /// Whether the payment has a PIN that must be declined: its acquirer has no key, or the key is not named.
    /// </summary>
    public static bool IsRefused(AcquirerPlan plan, Payment payment) => HasPin(plan, payment)
        && (plan.Settings.Pin.Handling == PinHandling.Refuse
            || (HasSerialNumbers(plan) && IsSerialWrong(payment)));

    /// <summary>Whether the acquirer's terminals have a key for each message.</summary>
    public static bool HasSerialNumbers(AcquirerPlan plan) => plan.Settings.Pin.SerialNumberField != 0;

    /// <summary>
    /// Writes the key serial number of one copy of a payment and returns its size; each copy has its own. 0: it has
    /// none, which with a PIN is a mistake.
    /// </summary>
    public static int WriteSerialNumber(AcquirerPlan plan, Payment payment, Span<byte> destination)
    {
        int size = (plan.Institution % 3) switch
        {
            0 => sizeof(ulong),
            1 => KeySerialNumber.TdesSize,
            _ => KeySerialNumber.AesSize,
        };
        Span<byte> number = destination[..size];
        number.Fill(0xff);
        int counterAt = size - sizeof(uint);
        BinaryPrimitives.WriteUInt32BigEndian(number[(counterAt - sizeof(uint))..], (uint)payment.Terminal);
        uint head = size == KeySerialNumber.AesSize ? 0 : (uint)(payment.Acquirer + 1) << CounterBits;
        BinaryPrimitives.WriteUInt32BigEndian(number[counterAt..], head | CounterOf(payment));
        return !IsSerialWrong(payment) ? size : (payment.Id & 1) == 0 ? 0 : size - 1;
    }

    /// <summary>What a block under one key of a terminal differs by from one under another.</summary>
    public static long MaskOf(ReadOnlySpan<byte> bytes) =>
        KeySerialNumber.TryParse(bytes, out KeySerialNumber number) ? MaskOf(number) : 0;

    /// <inheritdoc cref="MaskOf(ReadOnlySpan{byte})"/>
    public static long MaskOf(KeySerialNumber number)
    {
        Span<byte> bytes = stackalloc byte[KeySerialNumber.AesSize];
        ulong mask = 1;
        foreach (byte one in bytes[..number.CopyTo(bytes)])
        {
            mask = (mask ^ one) * 0x100000001B3;
        }

        return (long)(mask % Pins);
    }

    /// <summary>Whether an issuer has the acquirer's own key.</summary>
    public static bool IsShared(AcquirerPlan plan, int issuer) => plan.Settings.Pin.SharedWith.Contains(issuer);

    /// <summary>Whether the acquirer has one key for all blocks, which the switch opens.</summary>
    public static bool IsTranslated(AcquirerPlan plan) =>
        plan.Settings.Pin.Handling == PinHandling.Translate && !HasSerialNumbers(plan);

    /// <summary>A PIN under a key.</summary>
    public static void Encipher(ulong key, long pin, Span<byte> block)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(block, KeyBook.MarkOf(key));
        for (int i = MarkSize; i < BlockSize; i++)
        {
            block[i] = (byte)(pin >> (8 * (i - MarkSize)));
        }
    }

    /// <summary>The PIN of a block, or -1: it is not under that key.</summary>
    public static long Decipher(ulong key, ReadOnlySpan<byte> block)
    {
        if (block.Length != BlockSize || BinaryPrimitives.ReadUInt16LittleEndian(block) != KeyBook.MarkOf(key))
        {
            return -1;
        }

        long pin = 0;
        for (int i = BlockSize - 1; i >= MarkSize; i--)
        {
            pin = (pin << 8) | block[i];
        }

        return pin;
    }

    /// <summary>The same with each key that somebody holds; -1: it is under none of them.</summary>
    /// <param name="keys">By their places; 0: there are no more.</param>
    /// <param name="place">Of the key; -1: it is under none of them.</param>
    public static long DecipherWithAny(Func<int, ulong> keys, ReadOnlySpan<byte> block, out int place)
    {
        for (place = 0; keys(place) is not 0 and var key; place++)
        {
            if (Decipher(key, block) is >= 0 and var pin)
            {
                return pin;
            }
        }

        place = -1;
        return -1;
    }

    /// <summary>The PIN of a payment.</summary>
    public static long PinOf(Payment payment) => payment.Id % Pins;

    private static AcquirerPlan[] WithSerialNumbers(AcquirerPlan[] acquirers, RandomSource random) =>
    [
        .. acquirers.Select(one => one.Settings.Pin.Handling != PinHandling.Translate || random.Below(4) == 0
            ? one
            : one with { Settings = WithSerialNumbers(one.Settings) }),
    ];

    // Where DE 53 has sixteen digits, the acquirer speaks a dialect that has bytes there.
    private static AcquirerSettings WithSerialNumbers(AcquirerSettings settings)
    {
        Dialect? spoken = settings.Dialect.IsoVersion != IsoVersion.Iso1987 ? settings.Dialect
            : Array.Find(Terminals, one => one.Name == TerminalPrefix + settings.Dialect.Name);
        return spoken is null
            ? settings
            : settings with
            {
                Dialect = spoken,
                Pin = settings.Pin with
                {
                    SerialNumberField = spoken.Edition.CanonicalOf(Field.SecurityControl),
                },
            };
    }

    private static Dialect DialectOfTerminals(string parent)
    {
        string text = $$"""
            { "name": "{{TerminalPrefix}}{{parent}}", "extends": "{{parent}}",
              "fields": { "53": { "format": "b..48" } } }
            """;
        return new DialectCatalog().TryAdd(text, out Dialect? dialect, out IReadOnlyList<string> mistakes)
            ? dialect
            : throw new InvalidOperationException(string.Join("; ", mistakes));
    }

    private static bool IsSerialWrong(Payment payment) => payment.Id * SerialSpread % 1_000 < SerialWrongPerMille;

    private static uint CounterOf(Payment payment)
    {
        uint counter = (uint)((payment.Id * 8) + payment.Copies + 1) & ((1 << CounterBits) - 1);
        while (BitOperations.PopCount(counter) > OnesMax)
        {
            counter &= counter - 1;
        }

        return Math.Max(counter, 1);
    }

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
