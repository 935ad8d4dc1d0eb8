using System.Globalization;
using System.Text.Json.Nodes;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// A dialect that is made from a foreign description. What cannot be said in a dialect is kept with its place and is
/// never guessed: a field that was guessed would be found out by a payment.
/// </summary>
/// <param name="name">What the dialect is to be called.</param>
/// <param name="edition">1987, 1993 or 2003: no foreign description states it.</param>
/// <param name="leavesOut">
/// Whether a field that cannot be said is left out, with a warning: messages that have it are then refused.
/// </param>
internal sealed class DialectDraft(string name, IsoVersion edition, bool leavesOut)
{
    private readonly SortedDictionary<int, JsonObject> _fields = [];
    private readonly List<string> _mistakes = [];
    private readonly List<string> _warnings = [];

    public string? Mti { get; set; }

    public string? Bitmap { get; set; }

    public bool HasThirdBitmap { get; set; }

    public IReadOnlyList<string> Warnings => _warnings;

    public void Add(int field, JsonObject json, string place)
    {
        if (!_fields.TryAdd(field, json))
        {
            Fail($"{place}: field {field} is there twice");
        }
    }

    /// <summary>The description as a whole cannot be used.</summary>
    public void Fail(string mistake) => _mistakes.Add(mistake);

    /// <summary>One field cannot be said.</summary>
    public void FailField(string mistake)
    {
        if (leavesOut)
        {
            _warnings.Add($"{mistake}: left out");
        }
        else
        {
            _mistakes.Add(mistake);
        }
    }

    /// <summary>What is said is right, but is not all that the description says.</summary>
    public void Warn(string warning)
    {
        if (!_warnings.Contains(warning))
        {
            _warnings.Add(warning);
        }
    }

    /// <summary>The dialect, which compiles.</summary>
    /// <exception cref="UsageException">There are mistakes: lists all.</exception>
    public Dialect Compile(string source)
    {
        if (_mistakes.Count == 0 && (Mti is null || Bitmap is null))
        {
            _mistakes.Add("field 0 (the MTI) and field 1 (the bitmap) must be described");
        }

        Dialect? dialect = null;
        if (_mistakes.Count == 0)
        {
            new DialectCatalog().TryAdd(Write().ToJsonString(), out dialect, out IReadOnlyList<string> mistakes);
            _mistakes.AddRange(mistakes);
        }

        return dialect
            ?? throw new UsageException($"{source} cannot be imported:\n  {string.Join("\n  ", _mistakes)}");
    }

    private JsonObject Write()
    {
        FieldSet defined = default;
        var fields = new JsonObject();
        foreach ((int field, JsonObject json) in _fields)
        {
            fields[field.ToString(CultureInfo.InvariantCulture)] = json;
            defined = field is >= 1 and <= Field.MaxWithThirdBitmap ? defined.With(field) : defined;
        }

        var dialect = new JsonObject
        {
            ["name"] = name,
            ["version"] = DialectNames.YearOf(edition),
            ["mti"] = Mti,
            ["bitmap"] = Bitmap,
        };
        if (HasThirdBitmap)
        {
            dialect["bitmaps"] = 3;
        }

        // A foreign description does not say what is secret: what the standard calls so is, and what it leaves to
        // partners may be.
        Dialect standard = Dialect.Get(edition switch
        {
            IsoVersion.Iso1993 => "iso93-ascii",
            IsoVersion.Iso2003 => "iso03-ascii",
            _ => "iso87-ascii",
        });
        AddSet(dialect, "sensitive", standard.Sensitive & defined);
        AddSet(dialect, "private", standard.Private & defined);
        dialect["fields"] = fields;
        return dialect;
    }

    private static void AddSet(JsonObject dialect, string member, FieldSet set)
    {
        if (!set.IsEmpty)
        {
            dialect[member] = DialectNames.Of(in set);
        }
    }
}
