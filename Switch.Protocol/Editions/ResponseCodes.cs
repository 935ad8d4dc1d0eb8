using Switch.Protocol.Fields;

namespace Switch.Protocol.Editions;

/// <summary>
/// DE 39 between the two characters of 1987, the three digits of 1993 and the four of 2003 (docs/domain.md section
/// 1.5). A code of 2003 is that of 1993 with a digit after its family: 116 is 1016, and 907 is 9107.
/// </summary>
internal sealed class ResponseCodes
{
    /// <summary>Every row: the action code of 1993, and the code of 1987 that it is read as.</summary>
    internal static readonly (string Action, string Code)[] Reading =
    [
        ("000", "00"), ("001", "08"), ("002", "10"), ("003", "11"), ("004", "16"), ("005", "00"), ("006", "10"),
        ("007", "00"),
        ("100", "05"), ("101", "54"), ("102", "59"), ("103", "60"), ("104", "62"), ("105", "66"), ("106", "75"),
        ("107", "01"), ("108", "02"), ("109", "03"), ("110", "13"), ("111", "14"), ("112", "05"), ("113", "23"),
        ("114", "52"), ("115", "40"), ("116", "51"), ("117", "55"), ("118", "56"), ("119", "57"), ("120", "58"),
        ("121", "61"), ("122", "63"), ("123", "65"), ("124", "93"), ("125", "05"), ("126", "63"), ("127", "63"),
        ("128", "63"), ("129", "59"),
        ("200", "04"), ("201", "33"), ("202", "34"), ("203", "35"), ("204", "36"), ("205", "37"), ("206", "38"),
        ("207", "07"), ("208", "41"), ("209", "43"), ("210", "34"),
        ("300", "00"), ("301", "24"), ("302", "25"), ("303", "26"), ("304", "27"), ("305", "28"), ("306", "29"),
        ("307", "30"), ("308", "26"), ("309", "24"),
        ("400", "00"), ("500", "00"), ("501", "95"), ("502", "95"), ("503", "95"), ("600", "00"), ("601", "25"),
        ("700", "00"), ("800", "00"), ("900", "00"), ("901", "00"), ("902", "12"), ("903", "19"), ("904", "30"),
        ("905", "31"), ("906", "90"), ("907", "91"), ("908", "92"), ("909", "96"), ("910", "91"), ("911", "91"),
        ("912", "91"), ("913", "94"), ("914", "25"), ("915", "95"), ("916", "63"), ("917", "96"), ("918", "96"),
        ("919", "96"), ("920", "96"), ("921", "96"), ("922", "96"), ("923", "09"),
    ];

    /// <summary>Every row: the code of 1987, and the action code of 1993 that it is written as.</summary>
    internal static readonly (string Code, string Action)[] Writing =
    [
        ("00", "000"), ("01", "107"), ("02", "108"), ("03", "109"), ("04", "200"), ("05", "100"), ("06", "909"),
        ("07", "207"), ("08", "001"), ("09", "923"), ("10", "002"), ("11", "003"), ("12", "902"), ("13", "110"),
        ("14", "111"), ("15", "908"), ("16", "004"), ("17", "100"), ("18", "100"), ("19", "903"), ("20", "909"),
        ("21", "909"), ("22", "909"), ("23", "113"), ("24", "301"), ("25", "914"), ("26", "308"), ("27", "304"),
        ("28", "305"), ("29", "306"), ("30", "904"), ("31", "905"), ("32", "100"), ("33", "201"), ("34", "202"),
        ("35", "203"), ("36", "204"), ("37", "205"), ("38", "206"), ("39", "114"), ("40", "115"), ("41", "208"),
        ("42", "114"), ("43", "209"), ("44", "114"), ("51", "116"), ("52", "114"), ("53", "114"), ("54", "101"),
        ("55", "117"), ("56", "118"), ("57", "119"), ("58", "120"), ("59", "102"), ("60", "103"), ("61", "121"),
        ("62", "104"), ("63", "122"), ("64", "110"), ("65", "123"), ("66", "105"), ("67", "200"), ("68", "911"),
        ("75", "106"), ("81", "126"), ("85", "000"), ("86", "920"), ("90", "906"), ("91", "907"), ("92", "908"),
        ("93", "124"), ("94", "913"), ("95", "915"), ("96", "909"), ("N0", "912"),
    ];

    /// <summary>What an action code without a row is read as, by its first digit.</summary>
    internal static readonly string[] ReadingOfFamily = ["00", "05", "04", "29", "06", "95", "06", "06", "06", "96"];

    /// <summary>
    /// What "approved" is called in an answer, by the class of the message: 400 says that a reversal was accepted, 500
    /// that totals are in balance, 800 that a network message was accepted.
    /// </summary>
    internal static readonly string[] AcceptedOfClass =
        ["000", "000", "000", "300", "400", "500", "600", "700", "800", "000"];

    /// <summary>What a code of 1987 without a row is written as: a refusal without a reason.</summary>
    internal const string WritingOfUnknown = "100";

    private const int OutOfBalance = 501;
    private const int RecordNotFound = 302;
    private const int AdviceAcknowledged = 900;
    private const int TotalsClass = 5;
    private const int FileClass = 3;

    private static readonly ushort[] CodeOfAction = BuildReading();
    private static readonly short[] ActionOfCode = BuildWriting();

    private readonly IsoVersion _version;
    private readonly (ulong Wire, ushort Code)[] _own;
    private readonly IReadOnlyDictionary<string, string> _ownText;

    /// <param name="version">The edition of the dialect.</param>
    /// <param name="own">The dialect's own rows: what is on the wire, and the canonical code.</param>
    public ResponseCodes(IsoVersion version, IReadOnlyDictionary<string, string>? own)
    {
        _version = version;
        _ownText = own ?? new Dictionary<string, string>();
        _own = new (ulong, ushort)[_ownText.Count];
        int count = 0;
        foreach ((string wire, string code) in _ownText)
        {
            _own[count++] = (Word(System.Text.Encoding.ASCII.GetBytes(wire)), Pack(code));
        }
    }

    /// <summary>Digits or characters of DE 39 in an edition.</summary>
    public static int SizeOf(IsoVersion version) => version switch
    {
        IsoVersion.Iso1993 => 3,
        IsoVersion.Iso2003 => 4,
        _ => 2,
    };

    /// <summary>What may stand on the wire and what it is read as: own rows, then the edition's.</summary>
    public IReadOnlyList<CodeMeaning> Describe()
    {
        var rows = new List<CodeMeaning>();
        foreach ((string wire, string code) in _ownText)
        {
            rows.Add(new CodeMeaning(wire, code, IsOwn: true));
        }

        if (_version == IsoVersion.Iso1987)
        {
            foreach ((string code, _) in Writing)
            {
                AddUnlessOwn(rows, code, code);
            }
        }
        else
        {
            foreach ((string action, string code) in Reading)
            {
                string wire = _version == IsoVersion.Iso1993
                    ? action
                    : $"{action[0]}{(action[0] == '9' ? '1' : '0')}{action[1..]}";
                AddUnlessOwn(rows, wire, code);
            }
        }

        return rows;
    }

    private void AddUnlessOwn(List<CodeMeaning> rows, string wire, string code)
    {
        if (!_ownText.ContainsKey(wire))
        {
            rows.Add(new CodeMeaning(wire, code, IsOwn: false));
        }
    }

    /// <summary>Writes the two characters of 1987. False when what was on the wire is no code at all.</summary>
    public bool TryRead(ReadOnlySpan<byte> wire, Span<byte> code)
    {
        ulong word = Word(wire);
        foreach ((ulong own, ushort meant) in _own)
        {
            if (own == word)
            {
                Unpack(meant, code);
                return true;
            }
        }

        if (_version == IsoVersion.Iso1987)
        {
            return wire.Length == code.Length && wire.TryCopyTo(code);
        }

        if (!TryParse(wire, out int number) || wire.Length != SizeOf(_version))
        {
            return false;
        }

        // 1016 is 116, and 9107 is 907.
        int action = wire.Length == 4 ? (number / 1000 * 100) + (number % 100) : number;
        bool isOfPattern = wire.Length != 4 || wire[1] == (wire[0] == (byte)'9' ? (byte)'1' : (byte)'0');
        ushort found = isOfPattern ? CodeOfAction[action] : (ushort)0;
        Unpack(found != 0 ? found : Pack(ReadingOfFamily[wire[0] - '0']), code);
        return true;
    }

    /// <summary>
    /// Writes what stands on the wire, <see cref="SizeOf"/> bytes or those of the dialect's own row. Three digits are
    /// an action code of 1993, for what 1987 has no code of its own.
    /// </summary>
    public int Write(ReadOnlySpan<byte> code, Mti mti, Span<byte> wire)
    {
        ushort packed = code.Length == 2 ? Pack(code[0], code[1]) : (ushort)0;
        foreach ((ulong own, ushort meant) in _own)
        {
            if (meant == packed)
            {
                return CopyWord(own, wire);
            }
        }

        if (_version == IsoVersion.Iso1987)
        {
            code.CopyTo(wire);
            return code.Length;
        }

        int action = code.Length == SizeOf(IsoVersion.Iso1993) && TryParse(code, out int stated)
            ? stated
            : ActionOf(packed, mti);
        wire[0] = (byte)('0' + (action / 100));
        int at = 1;
        if (_version == IsoVersion.Iso2003)
        {
            wire[at++] = action >= 900 ? (byte)'1' : (byte)'0';
        }

        wire[at + 1] = (byte)('0' + (action % 10));
        wire[at] = (byte)('0' + (action / 10 % 10));
        return at + 2;
    }

    private static int ActionOf(ushort code, Mti mti)
    {
        int action = code < ActionOfCode.Length ? ActionOfCode[code] : -1;
        action = action < 0 ? int.Parse(WritingOfUnknown, System.Globalization.CultureInfo.InvariantCulture) : action;
        if (!mti.IsResponse)
        {
            return action;
        }

        return mti.Class switch
        {
            1 or 2 when action == 0 && mti.Function == 3 => AdviceAcknowledged,
            FileClass when code == Pack("25") => RecordNotFound,
            TotalsClass when code == Pack("95") => OutOfBalance,
            _ when action == 0 => 100 * (AcceptedOfClass[mti.Class][0] - '0'),
            _ => action,
        };
    }

    private static ushort[] BuildReading()
    {
        var codes = new ushort[1000];
        foreach ((string action, string code) in Reading)
        {
            codes[int.Parse(action, System.Globalization.CultureInfo.InvariantCulture)] = Pack(code);
        }

        return codes;
    }

    private static short[] BuildWriting()
    {
        var actions = new short[0x8000];
        Array.Fill(actions, (short)-1);
        foreach ((string code, string action) in Writing)
        {
            actions[Pack(code)] = short.Parse(action, System.Globalization.CultureInfo.InvariantCulture);
        }

        return actions;
    }

    private static bool TryParse(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return !digits.IsEmpty;
    }

    private static ushort Pack(string code) => Pack((byte)code[0], (byte)code[1]);

    private static ushort Pack(byte first, byte second) => (ushort)((first << 8) | second);

    private static void Unpack(ushort packed, Span<byte> code)
    {
        code[1] = (byte)packed;
        code[0] = (byte)(packed >> 8);
    }

    private static ulong Word(ReadOnlySpan<byte> text)
    {
        ulong word = 0;
        foreach (byte character in text[..Math.Min(text.Length, sizeof(ulong))])
        {
            word = (word << 8) | character;
        }

        return word;
    }

    private static int CopyWord(ulong word, Span<byte> destination)
    {
        int length = (64 - System.Numerics.BitOperations.LeadingZeroCount(word) + 7) / 8;
        for (int i = length - 1; i >= 0; i--, word >>= 8)
        {
            destination[i] = (byte)word;
        }

        return length;
    }
}
