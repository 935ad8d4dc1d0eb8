using Switch.Protocol.Fields;

namespace Switch.Protocol.Editions;

/// <summary>
/// What the editions of 1993 and 2003 say and the one of 1987 has no field for. Inside the switch every message speaks
/// 1987; these numbers follow the last that a bitmap can announce, so that such facts travel with the message and are
/// not lost between two partners of the later editions. The remark says where the later editions keep each.
/// </summary>
public static class LaterField
{
    public const int First = 193;

    /// <summary>The highest number that a <see cref="Fields.FieldSet"/> can hold.</summary>
    public const int Max = FieldSet.NumberMax;

    /// <summary>DE 24: n 3.</summary>
    public const int FunctionCode = 193;

    /// <summary>DE 25: n 4.</summary>
    public const int MessageReason = 194;

    /// <summary>DE 22 of 1993: an 12.</summary>
    public const int PosData1993 = 195;

    /// <summary>DE 22 of 2003: b 16.</summary>
    public const int PosData2003 = 196;

    /// <summary>DE 13 as YYMM.</summary>
    public const int EffectiveDate = 197;

    /// <summary>DE 28 as YYMMDD.</summary>
    public const int ReconciliationDate = 198;

    /// <summary>DE 29.</summary>
    public const int ReconciliationIndicator = 199;

    /// <summary>DE 30, amounts, original.</summary>
    public const int OriginalAmounts = 200;

    /// <summary>DE 31, acquirer reference data.</summary>
    public const int AcquirerReference = 201;

    /// <summary>DE 46 of 1993, amounts, fees.</summary>
    public const int Fees1993 = 202;

    /// <summary>DE 57, authorization life cycle code.</summary>
    public const int LifeCycleCode = 203;

    /// <summary>DE 58, authorizing agent institution.</summary>
    public const int AuthorizingAgent = 204;

    /// <summary>DE 59, transport data: echoed unaltered.</summary>
    public const int TransportData = 205;

    /// <summary>DE 66 of 1993, amounts, original fees.</summary>
    public const int OriginalFees1993 = 206;

    /// <summary>DE 18 of 1993, merchant type, next to the business code of DE 26.</summary>
    public const int MerchantType = 207;

    /// <summary>
    /// The original's local date and time, MMDDhhmmss: what DE 56 names it by, where 1987 has its DE 7.
    /// </summary>
    public const int OriginalLocalTime = 208;

    /// <summary>DE 70 of 1993, country code of the authorizing agent.</summary>
    public const int AgentCountry = 209;

    /// <summary>DE 72, data record.</summary>
    public const int DataRecord = 210;

    /// <summary>DE 82.</summary>
    public const int InquiryReversals = 211;

    /// <summary>DE 83.</summary>
    public const int Payments = 212;

    /// <summary>DE 84.</summary>
    public const int PaymentReversals = 213;

    /// <summary>DE 85.</summary>
    public const int FeeCollections = 214;

    /// <summary>DE 90.</summary>
    public const int AuthorizationReversals = 215;

    /// <summary>DE 91.</summary>
    public const int DestinationCountry = 216;

    /// <summary>DE 92.</summary>
    public const int OriginatorCountry = 217;

    /// <summary>DE 93.</summary>
    public const int Destination = 218;

    /// <summary>DE 94.</summary>
    public const int Originator = 219;

    /// <summary>DE 95, card issuer reference data.</summary>
    public const int IssuerReference = 220;

    /// <summary>DE 96, key management data.</summary>
    public const int KeyManagement = 221;

    /// <summary>DE 105 to 110, what chargebacks and fees add to the totals: six numbers from here.</summary>
    public const int ChargebackTotals = 222;

    /// <summary>DE 53 as bytes.</summary>
    public const int SecurityControl = 228;

    /// <summary>DE 18 of 2003, message error indicator.</summary>
    public const int ErrorIndicator = 229;

    /// <summary>DE 21 of 2003, transaction life cycle identification.</summary>
    public const int LifeCycleId = 230;

    /// <summary>DE 27 of 2003, point of service capability.</summary>
    public const int PosCapability = 231;

    /// <summary>DE 34 of 2003, electronic commerce data.</summary>
    public const int ElectronicCommerce = 232;

    /// <summary>DE 70 of 2003, file transfer description.</summary>
    public const int FileTransfer = 233;

    /// <summary>DE 8 of 2003, wider than that of 1987 and not its number alone.</summary>
    public const int BillingFee2003 = 234;

    /// <summary>DE 46 of 2003.</summary>
    public const int Fees2003 = 235;

    /// <summary>DE 66 of 2003.</summary>
    public const int OriginalFees2003 = 236;
}
