using Switch.Protocol.Fields;

namespace Switch.Protocol.Editions;

/// <summary>How a field of one edition becomes the canonical one and back.</summary>
internal enum Conversion : byte
{
    /// <summary>Same number, same meaning, the text as it is.</summary>
    Same,

    /// <summary>The text as it is under another number.</summary>
    Renumbered,

    /// <summary>DE 12 with the date in it: DE 12 and 13.</summary>
    LocalDateTime,

    /// <summary>A date whose year 1987 leaves out.</summary>
    YearlessDate,

    /// <summary>YYMM, with or without the century.</summary>
    YearMonth,

    /// <summary>YYMMDD, with or without the century.</summary>
    YearMonthDay,

    /// <summary>DE 22: DE 22 and 25.</summary>
    PosData,

    /// <summary>DE 39 by the dialect's table.</summary>
    ActionCode,

    /// <summary>DE 24: network management codes of DE 70, and the function of a message.</summary>
    FunctionCode,

    /// <summary>DE 70 by the dialect's table.</summary>
    NetworkCode,

    /// <summary>DE 53 as bytes: sixteen digits packed.</summary>
    SecurityControl,

    /// <summary>DE 56: DE 90.</summary>
    Original,

    /// <summary>DE 30 and DE 4 of a part reversed: DE 4 and 95.</summary>
    OriginalAmounts,

    /// <summary>Currency, minor unit and amount in one: the amount, and the currency in its own field.</summary>
    CurrencyAmount,

    /// <summary>Twelve digits: the last six.</summary>
    Stan,

    /// <summary>DE 41 and 42 of 2003: as wide as 1987 has them, when nothing but spaces comes or goes.</summary>
    Identifier,
}

/// <summary>One field of an edition that is not the same in the canonical view.</summary>
/// <param name="Wire">Its number in its own edition.</param>
/// <param name="Conversion">How it becomes canonical and back.</param>
/// <param name="Canonical">The canonical field that it is made from, and becomes.</param>
/// <param name="Others">Canonical fields that it takes in besides.</param>
internal readonly record struct EditionRow(int Wire, Conversion Conversion, int Canonical, FieldSet Others = default)
{
    /// <summary>The rows of an edition. Every number without a row is <see cref="Conversion.Same"/>.</summary>
    public static ReadOnlySpan<EditionRow> Of(IsoVersion version) => version switch
    {
        IsoVersion.Iso1993 => Rows1993,
        IsoVersion.Iso2003 => Rows2003,
        _ => [],
    };

    // docs/domain.md section 1.4, and the names of the 1993 packagers for what its table does not list.
    private static readonly EditionRow[] Shared =
    [
        new(12, Conversion.LocalDateTime, Field.LocalTime, FieldSet.Of(Field.LocalDate)),
        new(13, Conversion.YearMonth, LaterField.EffectiveDate),
        new(15, Conversion.YearlessDate, Field.SettlementDate),
        new(22, Conversion.PosData, Field.EntryMode,
            FieldSet.Of(Field.ConditionCode, LaterField.PosData1993, LaterField.PosData2003)),
        new(24, Conversion.FunctionCode, LaterField.FunctionCode, FieldSet.Of(Field.NetworkCode)),
        new(25, Conversion.Renumbered, LaterField.MessageReason),
        new(26, Conversion.Renumbered, Field.MerchantType),
        new(28, Conversion.YearMonthDay, LaterField.ReconciliationDate),
        new(29, Conversion.Renumbered, LaterField.ReconciliationIndicator),
        new(30, Conversion.OriginalAmounts, LaterField.OriginalAmounts, FieldSet.Of(Field.ReplacementAmounts)),
        new(31, Conversion.Renumbered, LaterField.AcquirerReference),
        new(39, Conversion.ActionCode, Field.ResponseCode),
        new(53, Conversion.SecurityControl, Field.SecurityControl, FieldSet.Of(LaterField.SecurityControl)),
        new(56, Conversion.Original, Field.OriginalData, FieldSet.Of(LaterField.OriginalLocalTime)),
        new(57, Conversion.Renumbered, LaterField.LifeCycleCode),
        new(58, Conversion.Renumbered, LaterField.AuthorizingAgent),
        new(59, Conversion.Renumbered, LaterField.TransportData),
        new(72, Conversion.Renumbered, LaterField.DataRecord),
        new(82, Conversion.Renumbered, LaterField.InquiryReversals),
        new(83, Conversion.Renumbered, LaterField.Payments),
        new(84, Conversion.Renumbered, LaterField.PaymentReversals),
        new(85, Conversion.Renumbered, LaterField.FeeCollections),
        new(90, Conversion.Renumbered, LaterField.AuthorizationReversals),
        new(91, Conversion.Renumbered, LaterField.DestinationCountry),
        new(92, Conversion.Renumbered, LaterField.OriginatorCountry),
        new(93, Conversion.Renumbered, LaterField.Destination),
        new(94, Conversion.Renumbered, LaterField.Originator),
        new(95, Conversion.Renumbered, LaterField.IssuerReference),
        new(96, Conversion.Renumbered, LaterField.KeyManagement),
        new(105, Conversion.Renumbered, LaterField.ChargebackTotals),
        new(106, Conversion.Renumbered, LaterField.ChargebackTotals + 1),
        new(107, Conversion.Renumbered, LaterField.ChargebackTotals + 2),
        new(108, Conversion.Renumbered, LaterField.ChargebackTotals + 3),
        new(109, Conversion.Renumbered, LaterField.ChargebackTotals + 4),
        new(110, Conversion.Renumbered, LaterField.ChargebackTotals + 5),
    ];

    private static readonly EditionRow[] Rows1993 =
    [
        .. Shared,
        new(18, Conversion.Renumbered, LaterField.MerchantType),
        new(46, Conversion.Renumbered, LaterField.Fees1993),
        new(66, Conversion.Renumbered, LaterField.OriginalFees1993),
        new(70, Conversion.Renumbered, LaterField.AgentCountry),
    ];

    private static readonly EditionRow[] Rows2003 =
    [
        .. Shared,
        new(4, Conversion.CurrencyAmount, Field.Amount),
        new(5, Conversion.CurrencyAmount, Field.SettlementAmount),
        new(6, Conversion.CurrencyAmount, Field.BillingAmount),
        new(8, Conversion.Renumbered, LaterField.BillingFee2003),
        new(11, Conversion.Stan, Field.Stan),
        new(18, Conversion.Renumbered, LaterField.ErrorIndicator),
        new(21, Conversion.Renumbered, LaterField.LifeCycleId),
        new(27, Conversion.Renumbered, LaterField.PosCapability),
        new(34, Conversion.Renumbered, LaterField.ElectronicCommerce),
        new(41, Conversion.Identifier, Field.TerminalId),
        new(42, Conversion.Identifier, Field.MerchantId),
        new(46, Conversion.Renumbered, LaterField.Fees2003),
        new(66, Conversion.Renumbered, LaterField.OriginalFees2003),
        new(70, Conversion.Renumbered, LaterField.FileTransfer),
    ];
}
