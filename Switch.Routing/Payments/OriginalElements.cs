using System.Buffers.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Routing.Payments;

/// <summary>What a message says of the one before it.</summary>
internal enum OriginalNaming : byte
{
    /// <summary>Nothing: the element is absent, or its STAN or its time is zeros.</summary>
    None,

    /// <summary>STAN and time of a message.</summary>
    Named,

    /// <summary>The element is there and cannot be read: a format error.</summary>
    Malformed,
}

/// <summary>
/// DE 90, original data elements (docs/domain.md section 2.4): original MTI 4, STAN 6, DE 7 10, DE 32 11, DE 33 11, all
/// digits, the last two right-justified with zeros.
/// </summary>
internal readonly record struct OriginalElements(Mti Mti, int Stan, long Time, long Acquirer, long Forwarder)
{
    /// <summary>
    /// The original's local date and time, MMDDhhmmss, for issuers that know it by that; 0: not known. Not in DE 90.
    /// </summary>
    public long LocalTime { get; init; }

    public const int Size = 42;
    public const int LocalTimeSize = 10;

    private const int LaterOriginalData = 56;

    private const int StanAt = 4;
    private const int TimeAt = 10;
    private const int AcquirerAt = 20;
    private const int ForwarderAt = 31;

    /// <summary>
    /// Reads DE 90, or what DE 56 of a later edition says. A part of zeros names nothing: without STAN or time the
    /// whole names nothing, without a type it may be any (<see cref="HasType"/>).
    /// </summary>
    public static OriginalNaming Read(Message message, out OriginalElements original)
    {
        original = default;
        int length = message.TextLength(Field.OriginalData);
        if (length == 0)
        {
            return message.Unreadable.Contains(Field.OriginalData) ? OriginalNaming.Malformed : OriginalNaming.None;
        }

        Span<byte> text = stackalloc byte[Size];
        if (length != Size
            || message.CopyText(Field.OriginalData, text) != Size
            || !Mti.TryParse(text[..StanAt], out Mti mti)
            || !TryParse(text[StanAt..TimeAt], out long stan)
            || !TryParse(text[TimeAt..AcquirerAt], out long time)
            || !TryParse(text[AcquirerAt..ForwarderAt], out long acquirer)
            || !TryParse(text[ForwarderAt..], out long forwarder))
        {
            return OriginalNaming.Malformed;
        }

        // Some name it in the edition that another of their partners speaks; the class is what counts.
        original = new OriginalElements(mti.WithVersion(0), (int)stan, time, acquirer, forwarder);
        return stan == 0 || time == 0 ? OriginalNaming.None : OriginalNaming.Named;
    }

    /// <summary>Whether the type says which kind of message it was: a request, an advice or a reversal.</summary>
    public bool HasType => Mti is { Version: 0, Class: 1 or 2 or 4 };

    /// <summary>The element's number in the sender's edition, to name it in an answer.</summary>
    public static int FieldOf(Dialect dialect) =>
        dialect.IsoVersion == IsoVersion.Iso1987 ? Field.OriginalData : LaterOriginalData;

    public void Write(Span<byte> destination)
    {
        Mti.CopyTo(destination);
        WriteDigits(destination[StanAt..TimeAt], Stan);
        WriteDigits(destination[TimeAt..AcquirerAt], Time);
        WriteDigits(destination[AcquirerAt..ForwarderAt], Acquirer);
        WriteDigits(destination[ForwarderAt..Size], Forwarder);
    }

    private static bool TryParse(ReadOnlySpan<byte> digits, out long value) =>
        Utf8Parser.TryParse(digits, out value, out int used) && used == digits.Length && value >= 0;

    /// <summary>Ten digits of <see cref="LocalTime"/>.</summary>
    public void WriteLocalTime(Span<byte> destination) => WriteDigits(destination[..LocalTimeSize], LocalTime);

    private static void WriteDigits(Span<byte> destination, long value)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            (value, long digit) = Math.DivRem(value, 10);
            destination[i] = (byte)('0' + digit);
        }
    }
}
