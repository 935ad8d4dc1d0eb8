using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Simulators.World;

/// <summary>Reads and writes the messages of one simulated party in its dialect.</summary>
internal sealed class PartyCodec(Dialect dialect)
{
    /// <summary>The field is absent, or it is not a number.</summary>
    public const long None = -1;

    private const int TextMax = 128;

    private readonly MessageComposer _composer = new(Packet.SizeMax, FieldTerms.Canonical);

    private readonly byte[] _plain = new byte[Packet.SizeMax];
    private readonly byte[] _sealed = new byte[2 * Packet.SizeMax];
    private int _started;

    /// <summary>Seals what is written; null: the party has no MACs.</summary>
    public PartyMac? Mac { get; init; }

    /// <summary>Whether the next message is changed on its way: to another amount, or another outcome.</summary>
    public Func<bool> IsTampered { get; init; } = static () => false;

    /// <summary>Told of a message without the right MAC.</summary>
    public Action OnBadMac { get; init; } = static () => { };

    /// <summary>Told of a message with the right MAC.</summary>
    public Action OnGoodMac { get; init; } = static () => { };

    /// <summary>Whether what was written last was changed on its way.</summary>
    public bool WasTampered { get; private set; }

    /// <summary>The message that was read last.</summary>
    public Message Heard { get; } = new(Packet.SizeMax, FieldTerms.Canonical);

    public int Mti => Heard.Mti.Value;

    public bool TryRead(ReadOnlySpan<byte> bytes)
    {
        bool isRead = Heard.TryLoad(dialect, bytes, out _);
        if (isRead && Mac is not null)
        {
            (Mac.IsRight(Heard) ? OnGoodMac : OnBadMac)();
        }

        return isRead;
    }

    /// <summary>A field of digits as a number, whatever the kind of the field.</summary>
    public long Number(int field)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int length = Heard.TextLength(field);
        return length is 0 or > 18 ? None : ParseDigits(text[..Heard.CopyText(field, text)]);
    }

    /// <summary>Up to eight characters as one number; 0 when the field is absent.</summary>
    public ulong Characters(int field)
    {
        Span<byte> text = stackalloc byte[TextMax];
        ulong value = 0;
        int length = Heard.TextLength(field);
        if (length is > 0 and <= sizeof(ulong))
        {
            foreach (byte character in text[..Heard.CopyText(field, text)])
            {
                value = (value << 8) | character;
            }
        }

        return value;
    }

    /// <summary>DE 95: the amount that remains; 0: none.</summary>
    public long Replacement()
    {
        Span<byte> text = stackalloc byte[TextMax];
        return Heard.TextLength(Field.ReplacementAmounts) == 42
            && Heard.CopyText(Field.ReplacementAmounts, text) == 42
                ? ParseDigits(text[..12])
                : 0;
    }

    /// <summary>DE 97: positive for a debit.</summary>
    public long Net()
    {
        Span<byte> text = stackalloc byte[TextMax];
        if (Heard.TextLength(Field.NetSettlement) != 17)
        {
            return 0;
        }

        Heard.CopyText(Field.NetSettlement, text);
        return (text[0] == (byte)'D' ? 1 : -1) * ParseDigits(text[1..17]);
    }

    /// <summary>DE 90: type, STAN and DE 7 of the original. False when it is absent, or has zeros for one of the last
    /// two.</summary>
    public bool TryReadOriginal(out int mti, out int stan, out long time)
    {
        Span<byte> text = stackalloc byte[TextMax];
        (mti, stan, time) = (0, 0, 0);
        if (Heard.TextLength(Field.OriginalData) != 42)
        {
            return false;
        }

        Heard.CopyText(Field.OriginalData, text);
        mti = (int)ParseDigits(text[..4]);
        stan = (int)ParseDigits(text[4..10]);
        time = ParseDigits(text[10..20]);
        return stan != 0 && time != 0;
    }

    /// <summary>The key of the message in the issuer's book.</summary>
    public PostingKey Key()
    {
        bool isReversal = Mti is >= 400 and < 500;
        int kind = isReversal ? 420 : Mti / 10 * 10;
        return new PostingKey(
            kind, (int)Number(Field.Stan), Number(Field.TransmissionDateTime),
            Number(Field.Account2) / Reversal.TicketBase);
    }

    public bool Is(int field, ReadOnlySpan<byte> expected)
    {
        Span<byte> text = stackalloc byte[TextMax];
        return Heard.TextLength(field) <= TextMax && text[..Heard.CopyText(field, text)].SequenceEqual(expected);
    }

    /// <param name="mti">The MTI in its ISO 8583:1987 form.</param>
    /// <param name="wallMs">
    /// The time of a correct clock, in Unix milliseconds. Later editions take the year from it.
    /// </param>
    public void Start(int mti, long wallMs)
    {
        _composer.WallMs = wallMs;
        _composer.Start(dialect, new Mti(mti));
        _started = mti;
    }

    /// <summary>Copies fields of the message that was read last.</summary>
    public void Echo(in FieldSet fields) => _composer.Take(Heard, fields & Heard.Fields);

    public void Set(int field, ReadOnlySpan<byte> text) => _composer.Set(field, text);

    public void Set(int field, long value, int digits)
    {
        Span<byte> text = stackalloc byte[TextMax];
        WriteDigits(text[..digits], value);
        _composer.Set(field, text[..digits]);
    }

    public void SetOriginal(int mti, int stan, long time, long acquirer)
    {
        Span<byte> text = stackalloc byte[42];
        WriteDigits(text[..4], mti);
        WriteDigits(text[4..10], stan);
        WriteDigits(text[10..20], time);
        WriteDigits(text[20..31], acquirer);
        WriteDigits(text[31..], 0);
        _composer.Set(Field.OriginalData, text);
        if (dialect.IsoVersion != IsoVersion.Iso1987)
        {
            _composer.Set(LaterField.OriginalLocalTime, text[10..20]); // Else it would be this message's own.
        }
    }

    public void SetReplacement(long remaining)
    {
        Span<byte> text = stackalloc byte[42];
        WriteDigits(text, 0);
        WriteDigits(text[..12], remaining);
        _composer.Set(Field.ReplacementAmounts, text);
    }

    /// <summary>The bytes, valid until the next message.</summary>
    public ReadOnlySpan<byte> Write()
    {
        ReadOnlySpan<byte> bytes = Compose();
        WasTampered = false;
        if (Mac is null)
        {
            return bytes;
        }

        WasTampered = IsTampered();
        bytes.CopyTo(_plain);
        ReadOnlySpan<byte> plain = _plain.AsSpan(0, bytes.Length);
        ReadOnlySpan<byte> message = plain;
        if (WasTampered)
        {
            Change();
            message = Compose();
        }

        int length = Mac.Seal(message, plain, _sealed);
        WasTampered &= !message.SequenceEqual(plain);
        return _sealed.AsSpan(0, length);
    }

    // To the advantage of who changes it: a reply becomes an approval, anything else has another amount.
    private void Change()
    {
        if (_started % 100 / 10 % 2 == 1)
        {
            Set(Field.ResponseCode, 0, 2);
        }
        else
        {
            Set(Field.Amount, 1, 12);
        }
    }

    private ReadOnlySpan<byte> Compose() => _composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
        ? bytes
        : throw new InvalidOperationException(
            $"A simulated party cannot write this message in the dialect {dialect.Name}: {fault}.");

    private static long ParseDigits(ReadOnlySpan<byte> digits)
    {
        long value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return None;
            }

            value = (value * 10) + (digit - '0');
        }

        return value;
    }

    private static void WriteDigits(Span<byte> text, long value)
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            (value, long digit) = Math.DivRem(value, 10);
            text[i] = (byte)('0' + digit);
        }
    }
}
