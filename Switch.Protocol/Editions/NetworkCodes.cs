using System.Globalization;

namespace Switch.Protocol.Editions;

/// <summary>
/// Network management: DE 70 of 1987 and the function codes 8xx that 1993 and 2003 keep in DE 24 (docs/domain.md
/// section 1.7). A dialect may state other numbers; the canonical ones are those of 1987.
/// </summary>
internal sealed class NetworkCodes
{
    /// <summary>Every row: the function code, and the code of 1987.</summary>
    internal static readonly (int Function, int Code)[] Functions =
    [
        (801, 1), (802, 2), (803, 3), (804, 4), (805, 5), (806, 6), (811, 161),
        (821, 201), (831, 301),
    ];

    private const int CodesEnd = 1000;

    private readonly short[] _codeOfWire = new short[CodesEnd];
    private readonly short[] _wireOfCode = new short[CodesEnd];
    private readonly IsoVersion _version;
    private readonly IReadOnlyDictionary<string, string> _own;

    /// <param name="version">The edition of the dialect.</param>
    /// <param name="own">The dialect's own rows: what is on the wire, and the canonical code.</param>
    public NetworkCodes(IsoVersion version, IReadOnlyDictionary<string, string>? own)
    {
        _version = version;
        _own = own ?? new Dictionary<string, string>();
        bool isDefaultSame = version == IsoVersion.Iso1987;
        for (int code = 0; code < CodesEnd; code++)
        {
            _codeOfWire[code] = isDefaultSame ? (short)code : (short)-1;
            _wireOfCode[code] = isDefaultSame ? (short)code : (short)-1;
        }

        foreach ((int function, int code) in isDefaultSame ? [] : Functions)
        {
            _codeOfWire[function] = (short)code;
            _wireOfCode[code] = (short)function;
        }

        foreach ((string wire, string code) in _own)
        {
            int from = int.Parse(wire, NumberStyles.None, CultureInfo.InvariantCulture);
            int to = int.Parse(code, NumberStyles.None, CultureInfo.InvariantCulture);
            _codeOfWire[from] = (short)to;
            _wireOfCode[to] = (short)from;
        }
    }

    /// <summary>What may stand on the wire and what it is read as: own rows, then the edition's.</summary>
    public IReadOnlyList<CodeMeaning> Describe()
    {
        var rows = new List<CodeMeaning>();
        foreach ((string wire, string code) in _own)
        {
            rows.Add(new CodeMeaning(wire, code, IsOwn: true));
        }

        foreach ((int function, int code) in Functions)
        {
            int number = _version == IsoVersion.Iso1987 ? code : function;
            string wire = number.ToString("D3", CultureInfo.InvariantCulture);
            if (!_own.ContainsKey(wire))
            {
                rows.Add(new CodeMeaning(wire, code.ToString("D3", CultureInfo.InvariantCulture), IsOwn: false));
            }
        }

        return rows;
    }

    /// <summary>The canonical code, -1 when the dialect has no meaning for the number.</summary>
    public int Read(int wire) => (uint)wire < CodesEnd ? _codeOfWire[wire] : -1;

    /// <summary>The number on the wire, -1 when the dialect cannot say it.</summary>
    public int Write(int code) => (uint)code < CodesEnd ? _wireOfCode[code] : -1;
}
