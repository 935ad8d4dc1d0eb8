namespace Switch.Host.Simulators.World;

/// <summary>How a reversal says what it takes back.</summary>
internal enum Naming
{
    /// <summary>DE 90 (DE 56) with type, STAN and DE 7.</summary>
    Original,

    /// <summary>No DE 90; its own STAN and DE 7 are the original's.</summary>
    OwnNumbers,

    /// <summary>As <see cref="OwnNumbers"/>, with a DE 90 of zeros.</summary>
    OwnNumbersAndZeros,

    /// <summary>DE 90 of zeros; DE 37 tells.</summary>
    Zeros,

    /// <summary>DE 90 with the type and zeros; DE 37 tells.</summary>
    TypeOnly,

    /// <summary>DE 90 with type and STAN, and zeros for DE 7; DE 37 tells.</summary>
    TypeAndStan,

    /// <summary>DE 90 with zeros for the type.</summary>
    NoType,

    /// <summary>No DE 90; DE 37 tells.</summary>
    Reference,

    /// <summary>DE 90 of zeros, no DE 37, and numbers of its own: nothing tells.</summary>
    Nothing,
}

/// <summary>What may become of a reversal, by the rules of docs/concepts/money.md.</summary>
[Flags]
internal enum ReversalFate
{
    None = 0,

    /// <summary>It is held against the payment that it means, if the switch knows that.</summary>
    Matched = 1,

    /// <summary>It names no one payment: forwarded as it is, for the card that it bears.</summary>
    Unmatched = 2,

    /// <summary>Its amount is none of the payment's: 64.</summary>
    WrongAmount = 4,
}

/// <summary>One reversal of an acquirer, right or not, and its copies.</summary>
internal sealed record Reversal
{
    /// <summary>A reversal's ticket is its payment's number times this, and its place among that one's.</summary>
    public const int TicketBase = 100;

    /// <summary>The payment that it means.</summary>
    public required Payment Payment { get; init; }

    /// <summary>From 1.</summary>
    public required int Place { get; init; }

    /// <summary>400 or 420.</summary>
    public required int Mti { get; init; }

    public required int Stan { get; init; }

    public required long Time { get; init; }

    /// <summary>DE 13 and 12 as one number, of its own or its payment's; 0: it bears none.</summary>
    public required long LocalTime { get; init; }

    public required Naming Naming { get; init; }

    /// <summary>Whose numbers stand in DE 90.</summary>
    public required Payment Named { get; init; }

    public required Card Card { get; init; }

    public required int Terminal { get; init; }

    /// <summary>DE 37; 0: it bears none.</summary>
    public required long Reference { get; init; }

    /// <summary>DE 4.</summary>
    public required long Amount { get; init; }

    /// <summary>DE 95; 0: it has none.</summary>
    public long Replacement { get; init; }

    /// <summary>What stays for the acquirer when it is accepted.</summary>
    public long Stays { get; init; }

    /// <summary>What may become of it.</summary>
    public required ReversalFate Allowed { get; init; }

    /// <summary>Whether its acquirer is done with the payment when it is accepted; else it is a mistake.</summary>
    public bool IsFinal { get; init; } = true;

    /// <summary>The payment had no answer yet when it was made.</summary>
    public required bool IsOfOpen { get; init; }

    public int Copies { get; set; }

    public int Answers { get; set; }

    /// <summary>It was answered 00.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>The journal has it, as this.</summary>
    public ReversalFate Recorded { get; set; }

    public long Ticket => (Payment.Id * TicketBase) + Place;

    public bool IsPartial => Stays > 0;

    /// <summary>Its numbers are its payment's.</summary>
    public static bool UsesOwnNumbers(Naming naming) => naming is Naming.OwnNumbers or Naming.OwnNumbersAndZeros;

    /// <summary>DE 90 as written: type, STAN and time, zeros where nothing stands; all zeros also where it is absent.
    /// </summary>
    public (int Mti, int Stan, long Time) Name => Naming switch
    {
        Naming.Original => (Named.Mti, Named.Stan, Named.Time),
        Naming.NoType => (0, Named.Stan, Named.Time),
        Naming.TypeAndStan => (Named.Mti, Named.Stan, 0),
        Naming.TypeOnly => (Named.Mti, 0, 0),
        _ => default,
    };

    /// <summary>DE 90 is there, if only as zeros.</summary>
    public bool HasName => Naming is not (Naming.OwnNumbers or Naming.Reference);
}
