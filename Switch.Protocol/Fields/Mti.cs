namespace Switch.Protocol.Fields;

/// <summary>
/// Message type indicator: four digits for version, class, function and origin (ISO 8583). <see cref="Value"/> is the
/// four digits read as a decimal number, so 0421 is 421.
/// </summary>
public readonly struct Mti : IEquatable<Mti>
{
    /// <summary>Digits of an MTI.</summary>
    public const int Size = 4;

    public static readonly Mti AuthorizationRequest = new(100);
    public static readonly Mti AuthorizationResponse = new(110);
    public static readonly Mti AuthorizationAdvice = new(120);
    public static readonly Mti AuthorizationAdviceResponse = new(130);
    public static readonly Mti FinancialRequest = new(200);
    public static readonly Mti FinancialResponse = new(210);
    public static readonly Mti FinancialAdvice = new(220);
    public static readonly Mti FinancialAdviceResponse = new(230);
    public static readonly Mti ReversalRequest = new(400);
    public static readonly Mti ReversalResponse = new(410);
    public static readonly Mti ReversalAdvice = new(420);
    public static readonly Mti ReversalAdviceResponse = new(430);
    public static readonly Mti NetworkRequest = new(800);
    public static readonly Mti NetworkResponse = new(810);

    public Mti(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 9999);
        Value = (ushort)value;
    }

    public ushort Value { get; }

    /// <summary>0 = 1987, 1 = 1993, 2 = 2003, 8 = national, 9 = private.</summary>
    public int Version => Value / 1000;

    /// <summary>
    /// 1 authorization, 2 financial, 3 file action, 4 reversal, 5 reconciliation, 6 administrative, 8 network.
    /// </summary>
    public int Class => Value / 100 % 10;

    /// <summary>0 request, 2 advice, 4 notification, 6 instruction; the odd digit after each is its answer.</summary>
    public int Function => Value / 10 % 10;

    /// <summary>0 acquirer, 2 issuer, 4 other; the odd digit after each is its repeat.</summary>
    public int Origin => Value % 10;

    public bool IsRequest => Function == 0;

    public bool IsAdvice => Function == 2;

    /// <summary>An answer to a request, an advice, a notification or an instruction.</summary>
    public bool IsResponse => Function is 1 or 3 or 5 or 7;

    public bool IsRepeat => Origin is 1 or 3 or 5;

    public bool IsReversal => Class == 4;

    public bool IsNetworkManagement => Class == 8;

    /// <summary>
    /// The answer's type: the next function, from the non-repeat form. 0100 and 0101 give 0110, 0421 gives 0430, 0805
    /// gives 0814. The answer to an answer, or to a reserved function, is the same function.
    /// </summary>
    public Mti Response() => new((Value / 100 * 100) + (AnswerTo(Function) * 10) + (Origin & ~1));

    /// <summary>The same message sent again after no answer came: 0120 gives 0121.</summary>
    public Mti Repeat() => IsKnownOrigin ? new(Value | 1) : this;

    /// <summary>The message that a repeat repeats: 0121 gives 0120.</summary>
    public Mti WithoutRepeat() => IsKnownOrigin ? new(Value & ~1) : this;

    /// <summary>The same type in another edition: 0100 in version 1 is 1100.</summary>
    public Mti WithVersion(int version) => new((Value % 1000) + (version * 1000));

    /// <summary>Reads exactly four ASCII digits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> ascii, out Mti mti)
    {
        mti = default;
        if (ascii.Length != Size)
        {
            return false;
        }

        int value = 0;
        foreach (byte digit in ascii)
        {
            int number = digit - '0';
            if ((uint)number > 9)
            {
                return false;
            }

            value = (value * 10) + number;
        }

        mti = new(value);
        return true;
    }

    /// <summary>Writes four ASCII digits and returns 4.</summary>
    public int CopyTo(Span<byte> destination)
    {
        destination[3] = (byte)('0' + Origin);
        destination[2] = (byte)('0' + Function);
        destination[1] = (byte)('0' + Class);
        destination[0] = (byte)('0' + Version);
        return Size;
    }

    public static bool operator ==(Mti left, Mti right) => left.Value == right.Value;

    public static bool operator !=(Mti left, Mti right) => left.Value != right.Value;

    public bool Equals(Mti other) => Value == other.Value;

    public override bool Equals(object? obj) => obj is Mti other && Value == other.Value;

    public override int GetHashCode() => Value;

    public override string ToString() => Value.ToString("D4", System.Globalization.CultureInfo.InvariantCulture);

    // Origins 6 to 9 are reserved: nothing is known about their repeats.
    private bool IsKnownOrigin => Origin < 6;

    private static int AnswerTo(int function) => function < 8 ? function | 1 : function;
}
