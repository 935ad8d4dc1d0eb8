namespace Switch.Protocol.Fields;

/// <summary>
/// The data elements of ISO 8583 that the switch itself reads or writes, by their number. Where editions give a
/// number different meanings the name is the 1987 one and the remark says what later editions keep there.
/// </summary>
public static class Field
{
    /// <summary>The highest number that a primary and a secondary bitmap can announce.</summary>
    public const int Max = 128;

    /// <summary>
    /// The highest number with a third bitmap; tables are sized for it so that a dialect may enable one.
    /// </summary>
    public const int MaxWithThirdBitmap = 192;

    public const int Pan = 2;
    public const int ProcessingCode = 3;
    public const int Amount = 4;
    public const int SettlementAmount = 5;
    public const int BillingAmount = 6;
    public const int TransmissionDateTime = 7;
    public const int Stan = 11;
    public const int LocalTime = 12;
    public const int LocalDate = 13;
    public const int Expiry = 14;
    public const int SettlementDate = 15;
    public const int ConversionDate = 16;
    public const int CaptureDate = 17;
    public const int MerchantType = 18;
    public const int AcquirerCountry = 19;
    public const int PanCountry = 20;
    public const int ForwarderCountry = 21;
    public const int EntryMode = 22;
    public const int CardSequence = 23;

    /// <summary>1993 and 2003. In 1987 the number carries the network international identifier.</summary>
    public const int FunctionCode = 24;

    /// <summary>1987. In 1993 and 2003 the number carries the message reason code.</summary>
    public const int ConditionCode = 25;

    public const int TransactionFee = 28;
    public const int AcquirerId = 32;
    public const int ForwarderId = 33;
    public const int PanExtended = 34;
    public const int Track2 = 35;
    public const int Track3 = 36;
    public const int RetrievalReference = 37;
    public const int ApprovalCode = 38;
    public const int ResponseCode = 39;
    public const int ServiceRestriction = 40;
    public const int TerminalId = 41;
    public const int MerchantId = 42;
    public const int MerchantName = 43;
    public const int AdditionalResponse = 44;
    public const int Track1 = 45;
    public const int AdditionalIso46 = 46;
    public const int AdditionalNational47 = 47;
    public const int Private48 = 48;
    public const int Currency = 49;
    public const int SettlementCurrency = 50;
    public const int BillingCurrency = 51;
    public const int PinData = 52;
    public const int SecurityControl = 53;
    public const int AdditionalAmounts = 54;
    public const int IccData = 55;

    /// <summary>1993 and 2003. In 1987 the original is named by <see cref="OriginalData"/>.</summary>
    public const int OriginalElements = 56;

    /// <summary>1987 stand-in and reversal reasons, as the networks that use it define them.</summary>
    public const int AdviceReason = 60;

    public const int Mac = 64;
    public const int ThirdBitmap = 65;
    public const int SettlementCode = 66;
    public const int NetworkCode = 70;
    public const int OriginalData = 90;
    public const int FileUpdateCode = 91;
    public const int ReplacementAmounts = 95;
    public const int NetSettlement = 97;
    public const int SettlementInstitution = 99;
    public const int ReceivingInstitution = 100;
    public const int FileName = 101;
    public const int Account1 = 102;
    public const int Account2 = 103;

    /// <summary>Private in 1987; file actions carry the record's content in it.</summary>
    public const int FileRecord = 120;

    public const int Mac2 = 128;

    /// <summary>The leftmost bit of a third bitmap. There is no fourth.</summary>
    public const int FourthBitmap = 129;
}
