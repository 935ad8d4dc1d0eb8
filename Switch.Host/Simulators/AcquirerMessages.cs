using System.Globalization;

namespace Switch.Host.Simulators;

/// <summary>Writes the acquirer's messages from its books.</summary>
internal static class AcquirerMessages
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static PlainMessage Request(AcquirerProfile profile, AcquirerTransaction transaction, bool isRepeat)
    {
        PlainMessage message = Common(profile, transaction, transaction.Mti + (isRepeat ? 1 : 0));
        message[7] = transaction.SentAt;
        message[11] = transaction.Stan.ToString("D6", Invariant);
        message[14] = "3012";
        if (transaction.IsAdvice)
        {
            message[38] = transaction.ApprovalCode;
            message[39] = SimulatorResponseCodes.Approved;
        }
        else if (profile.SendSensitive)
        {
            AddSensitive(message, transaction);
        }

        message[52] = transaction.PinBlock ?? message[52];
        return message;
    }

    /// <summary>
    /// DE 90 names the request as this acquirer sent it; DE 38 goes along when an approval had come.
    /// </summary>
    public static PlainMessage Reversal(
        AcquirerProfile profile, AcquirerTransaction transaction, ReversalExchange reversal, bool isRepeat)
    {
        PlainMessage message = Common(profile, transaction, reversal.Mti + (isRepeat ? 1 : 0));
        message[7] = reversal.SentAt;
        message[11] = reversal.Stan.ToString("D6", Invariant);
        message[38] = transaction.ApprovalCode;
        message[90] = string.Create(
            Invariant,
            $"{transaction.Mti:D4}{transaction.Stan:D6}{transaction.SentAt}{profile.AcquirerId,11}{0:D11}")
            .Replace(' ', '0');
        return message;
    }

    private static PlainMessage Common(AcquirerProfile profile, AcquirerTransaction transaction, int mti) => new(mti)
    {
        [2] = transaction.Pan,
        [3] = "000000",
        [4] = transaction.Amount.ToString("D12", Invariant),
        [12] = transaction.LocalTime[..6],
        [13] = transaction.LocalTime[6..],
        [18] = profile.MerchantType,
        [22] = profile.EntryMode,
        [25] = "00",
        [32] = profile.AcquirerId,
        [37] = transaction.Rrn,
        [41] = transaction.Terminal,
        [42] = "SIMULATED SHOP ",
        [49] = profile.Currency,
    };

    private static void AddSensitive(PlainMessage message, AcquirerTransaction transaction)
    {
        message[35] = SensitiveMarks.Track2(transaction.Pan);
        message[52] = SensitiveMarks.PinBlock(transaction.Stan);
        message[53] = SensitiveMarks.SecurityControl;
    }
}

/// <summary>
/// The forbidden values that <see cref="AcquirerProfile.SendSensitive"/> puts in requests, so that a scan of what the
/// switch left behind knows what to look for.
/// </summary>
internal static class SensitiveMarks
{
    public const string SecurityControl = "9731864205318642";

    /// <summary>Every track ends in this discretionary data.</summary>
    public const string TrackTail = "30122019753186420";

    /// <summary>The first six bytes of every PIN block.</summary>
    public static ReadOnlySpan<byte> PinBlockHead => [0xC1, 0xA5, 0xE9, 0xB7, 0xD3, 0x8F];

    public static string Track2(string pan) => $"{pan}={TrackTail}";

    /// <summary>Eight bytes, one character each.</summary>
    public static string PinBlock(int stan)
    {
        Span<char> block = stackalloc char[8];
        for (int i = 0; i < PinBlockHead.Length; i++)
        {
            block[i] = (char)PinBlockHead[i];
        }

        block[6] = (char)(stan & 0xFF);
        block[7] = (char)((stan >> 8) & 0xFF);
        return new string(block);
    }
}
