using Switch.Host.Simulators;

namespace Switch.Tests.Host.Simulators;

/// <summary>Messages as a switch would send them to an issuer.</summary>
internal static class IssuerMessages
{
    public const string Card = "4000000000000002";

    public static PlainMessage Request(int stan, long amount = 500, int mti = 100, string rrn = "RRN000000001") =>
        new(mti)
        {
            [2] = Card,
            [3] = "000000",
            [4] = $"{amount:D12}",
            [7] = "0102030405",
            [11] = $"{stan:D6}",
            [32] = "12345",
            [37] = rrn,
            [41] = "TERM0001",
            [49] = "392",
        };

    public static PlainMessage Advice(int stan, PlainMessage? original, long amount = 500, string rrn = "RRN000000001")
    {
        PlainMessage message = Request(stan, amount, mti: 120, rrn);
        message[38] = "SI0001";
        message[39] = "00";
        message[90] = original is null ? null : OriginalData(original);
        return message;
    }

    public static PlainMessage Reversal(int stan, PlainMessage original, long amount = 500)
    {
        PlainMessage message = Request(stan, amount, mti: 420);
        message[90] = OriginalData(original);
        return message;
    }

    public static PlainMessage AsRepeat(PlainMessage message)
    {
        var repeat = new PlainMessage(message.Mti + 1);
        for (int field = 2; field < PlainMessage.FieldsEnd; field++)
        {
            repeat[field] = message[field];
        }

        return repeat;
    }

    private static string OriginalData(PlainMessage original) =>
        $"{original.Mti:D4}{original[11]}{original[7]}0000001234500000000000";
}
