using System.Buffers.Binary;
using System.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Benchmarks.Load;

/// <summary>What differs from one message of a kind to the next.</summary>
internal readonly record struct MessageFacts(long Card, int Amount, long Time, int Stan, long Number, int Terminal)
{
    /// <summary>The request that a reversal takes back.</summary>
    public int OriginalStan { get; init; }

    public long OriginalTime { get; init; }
}

/// <summary>
/// A frame written once and patched in place: a chip purchase as terminals send it, its repeat, or its reversal.
/// </summary>
internal sealed class MessageTemplate
{
    private const string AcquirerId = "12345678901";
    private const int SizeMax = 8_192;

    // What a chip adds (EMV book 3, annex A): 9F26 9F27 9F36 95 82 9A 9C, then 9F10 9F37 5F2A 9F1A.
    private const string Chip = "9F2608A1B2C3D4E5F607089F2701809F360200429505000000800082023900" + "9A032611229C0100";

    private const string MoreChip = "9F10120110A00003220000000000000000000000FF9F3704C2D6A1B75F2A0203929F1A020392";

    // Four private fields of 999 characters each: what a long message is made of.
    private static readonly int[] Padded = [60, 61, 62, 63];

    private readonly WireShape _shape;
    private readonly FieldPlaces _places = new();
    private readonly byte[] _frame;
    private readonly int _at;

    private MessageTemplate(WireShape shape, int headerSize, byte[] message)
    {
        _shape = shape;
        _at = LeanConnection.FrameHeaderSize + headerSize;
        _frame = new byte[_at + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(_frame, (ushort)(headerSize + message.Length));
        message.CopyTo(_frame.AsSpan(_at));
        if (!shape.TryIndex(message, _places))
        {
            throw new InvalidOperationException("The template does not index.");
        }
    }

    /// <summary>Bytes of the message without its frame's header.</summary>
    public int MessageSize => _frame.Length - _at;

    /// <summary>
    /// A request of about 300 bytes in ASCII and 230 packed, or longer by <paramref name="padding"/>.
    /// </summary>
    public static MessageTemplate Request(WireShape shape, int headerSize, bool isRepeat, int padding)
    {
        var composer = new MessageComposer(SizeMax);
        composer.Start(shape.Dialect, isRepeat ? Mti.AuthorizationRequest.Repeat() : Mti.AuthorizationRequest);
        SetCommon(composer);
        Set(composer, Field.Expiry, "3012");
        Set(composer, Field.Track2, "4000000000000000=30122010000000000");
        Set(composer, Field.MerchantName, "CORNER SHOP              TOKYO        JP");
        bool isBytes = shape.Dialect[Field.IccData]!.Kind == FieldKind.B;
        composer.Set(
            Field.IccData, isBytes ? Convert.FromHexString(Chip + MoreChip) : Encoding.ASCII.GetBytes(Chip));
        foreach (int field in Padded)
        {
            int size = Math.Min(padding, 999);
            padding -= size;
            if (size > 0)
            {
                Set(composer, field, new string('P', size));
            }
        }

        return new MessageTemplate(shape, headerSize, Write(composer));
    }

    /// <summary>The acquirer's reversal of an approval it has received.</summary>
    public static MessageTemplate Reversal(WireShape shape, int headerSize)
    {
        var composer = new MessageComposer(SizeMax);
        composer.Start(shape.Dialect, Mti.ReversalAdvice);
        SetCommon(composer);
        Set(composer, Field.OriginalData, "0100000000" + "0000000000" + AcquirerId + "00000000000");
        return new MessageTemplate(shape, headerSize, Write(composer));
    }

    /// <summary>An approval that the acquirer gave itself, as an advice.</summary>
    public static MessageTemplate Advice(WireShape shape)
    {
        var composer = new MessageComposer(SizeMax);
        composer.Start(shape.Dialect, Mti.AuthorizationAdvice);
        SetCommon(composer);
        Set(composer, Field.ApprovalCode, "OFFL01");
        Set(composer, Field.ResponseCode, "00");
        return new MessageTemplate(shape, headerSize: 0, Write(composer));
    }

    /// <summary>Writes the frame with these facts and returns its size.</summary>
    public int Write(Span<byte> into, in MessageFacts facts)
    {
        _frame.CopyTo(into);
        Span<byte> message = into[_at.._frame.Length];
        _shape.WriteDigits(message[_places.StartOf(Field.Pan)..], facts.Card, 16);
        _shape.WriteDigits(message[_places.StartOf(Field.Amount)..], facts.Amount, 12);
        _shape.WriteDigits(message[_places.StartOf(Field.TransmissionDateTime)..], facts.Time, 10);
        _shape.WriteDigits(message[_places.StartOf(Field.Stan)..], facts.Stan, 6);
        WireShape.WriteText(message[_places.StartOf(Field.RetrievalReference)..], facts.Number, 12);
        WireShape.WriteText(message[_places.StartOf(Field.TerminalId)..], facts.Terminal, 8);
        if (_places.Has(Field.Track2))
        {
            _shape.WriteDigits(message[_places.StartOf(Field.Track2)..], facts.Card, 16);
        }

        if (_places.Has(Field.OriginalData))
        {
            int original = _places.StartOf(Field.OriginalData);
            int digitsPerByte = _shape.IsBinary ? 2 : 1;
            _shape.WriteDigits(message[(original + (4 / digitsPerByte))..], facts.OriginalStan, 6);
            _shape.WriteDigits(message[(original + (10 / digitsPerByte))..], facts.OriginalTime, 10);
        }

        return _frame.Length;
    }

    private static void SetCommon(MessageComposer composer)
    {
        Set(composer, Field.Pan, "4000000000000000");
        Set(composer, Field.ProcessingCode, "000000");
        Set(composer, Field.Amount, "0");
        Set(composer, Field.TransmissionDateTime, "1122140154");
        Set(composer, Field.Stan, "0");
        Set(composer, Field.LocalTime, "230154");
        Set(composer, Field.LocalDate, "1122");
        Set(composer, Field.MerchantType, "5411");
        Set(composer, Field.EntryMode, "051");
        Set(composer, Field.ConditionCode, "00");
        Set(composer, Field.AcquirerId, AcquirerId);
        Set(composer, Field.RetrievalReference, "000000000000");
        Set(composer, Field.TerminalId, "00000000");
        Set(composer, Field.MerchantId, "MERCHANT0000001");
        Set(composer, Field.Currency, "392");
    }

    private static void Set(MessageComposer composer, int field, string text) =>
        composer.Set(field, Encoding.ASCII.GetBytes(text));

    private static byte[] Write(MessageComposer composer) =>
        composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
            ? bytes.ToArray()
            : throw new InvalidOperationException($"The template cannot be written: {fault}");
}
