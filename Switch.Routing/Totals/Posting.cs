namespace Switch.Routing.Totals;

/// <summary>On whose side a total is kept. Values are written to the journal.</summary>
internal enum TotalsSide : byte
{
    Acquirer = 1,
    Issuer = 2,
}

/// <summary>What a transaction counts as (docs/domain.md section 7.1). Values are written to the journal.</summary>
internal enum TotalKind : byte
{
    /// <summary>It counts for nothing.</summary>
    None = 0,
    Debit = 1,
    Credit = 2,
    Inquiry = 3,
    Authorization = 4,
    Transfer = 5,
}

internal static class TotalKinds
{
    /// <summary>How many values there are, <see cref="TotalKind.None"/> included.</summary>
    public const int Count = 6;

    /// <summary>By the class of the MTI and the first two digits of DE 3.</summary>
    public static TotalKind Of(int messageClass, int processingCode) => (processingCode / 10_000) switch
    {
        >= 30 and <= 39 => TotalKind.Inquiry,
        _ when messageClass == 1 => TotalKind.Authorization,
        >= 20 and <= 29 => TotalKind.Credit,
        >= 40 and <= 49 => TotalKind.Transfer,
        _ => TotalKind.Debit,
    };
}

/// <summary>One entry in the totals of one party. Stands in the record of what caused it.</summary>
internal readonly record struct Posting
{
    public TotalsSide Side { get; init; }

    /// <summary>The acquirer's or issuer's position in the configuration.</summary>
    public int Party { get; init; }

    /// <summary>The settlement date, as days since 1970-01-01.</summary>
    public int Day { get; init; }

    public TotalKind Kind { get; init; }

    public bool IsReversal { get; init; }

    /// <summary>It undoes an entry: the approval never reached its acquirer.</summary>
    public bool IsTakenBack { get; init; }

    /// <summary>Minor units of the currency.</summary>
    public long Amount { get; init; }

    /// <summary>ISO 4217 numeric; 0: the message named none.</summary>
    public int Currency { get; init; }
}
