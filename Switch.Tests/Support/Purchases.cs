using System.Globalization;
using Switch.Host.Simulators;

namespace Switch.Tests.Support;

/// <summary>Messages as an acquirer sends them; each purchase of a test is another one.</summary>
internal static class Purchases
{
    public const string Card = "4000000000000002";

    // From here to 999,999, and again: tests of one run may send more than a million.
    private const int StanMin = 100_000;

    private static int _sent;

    public static PlainMessage Authorization(long amount = 1_500, string card = Card, int mti = 100)
    {
        int stan = NextStan();
        return new PlainMessage(mti)
        {
            [2] = card,
            [3] = "000000",
            [4] = amount.ToString("D12", CultureInfo.InvariantCulture),
            [7] = DateTime.UtcNow.ToString("MMddHHmmss", CultureInfo.InvariantCulture),
            [11] = stan.ToString("D6", CultureInfo.InvariantCulture),
            [12] = "101112",
            [13] = "1122",
            [14] = "3012",
            [18] = "5411",
            [22] = "051",
            [25] = "00",
            [32] = "12345",
            [37] = $"RRN{stan:D9}",
            [41] = "TERM0001",
            [42] = "SHOP 1         ",
            [49] = "392",
        };
    }

    /// <summary>The reversal of a request; the answer to it, if there was one, gives DE 38.</summary>
    public static PlainMessage Reversal(PlainMessage request, PlainMessage? answer = null, int mti = 420)
    {
        PlainMessage reversal = Copy(request, mti);
        reversal[7] = DateTime.UtcNow.ToString("MMddHHmmss", CultureInfo.InvariantCulture);
        reversal[11] = NextStan().ToString("D6", CultureInfo.InvariantCulture);
        reversal[14] = null;
        reversal[35] = null;
        reversal[52] = null;
        reversal[38] = answer?[38];
        reversal[90] = Original(request);
        return reversal;
    }

    private static int NextStan() => StanMin + (int)((uint)Interlocked.Increment(ref _sent) % (1_000_000 - StanMin));

    /// <summary>DE 90 that names this message.</summary>
    public static string Original(PlainMessage request) =>
        $"{request.Mti:D4}{request[11]}{request[7]}{request[32]?.PadLeft(11, '0') ?? new string('0', 11)}{0:D11}";

    public static PlainMessage Repeat(PlainMessage message) => Copy(message, message.Mti + 1);

    public static PlainMessage Copy(PlainMessage message, int mti)
    {
        var copy = new PlainMessage(mti);
        for (int field = 2; field < PlainMessage.FieldsEnd; field++)
        {
            copy[field] = message[field];
        }

        return copy;
    }

    /// <summary>
    /// The answer of a right host: what must be echoed, a response code, and DE 38 when it approves.
    /// </summary>
    public static PlainMessage AnswerTo(PlainMessage request, string code = "00")
    {
        var answer = new PlainMessage(PlainMessage.ResponseTo(request.Mti));
        foreach (int field in (int[])[2, 3, 4, 7, 11, 12, 13, 25, 32, 37, 41, 42, 49, 70, 90])
        {
            answer[field] = request[field];
        }

        answer[39] = code;
        answer[38] = code == "00" && request.Class is 1 or 2 ? "A12345" : null;
        return answer;
    }
}
