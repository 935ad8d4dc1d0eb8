using System.Globalization;
using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// A dialect that is made from a foreign description. What cannot be expressed in a dialect is kept with its place and
/// is never guessed: a field that was guessed would be found out by a payment.
/// </summary>
/// <param name="name">What the dialect is to be called.</param>
/// <param name="edition">1987, 1993 or 2003: no foreign description states it.</param>
/// <param name="leavesOut">
/// Whether a field that cannot be expressed is left out, with a warning: messages that have it are then refused.
/// </param>
internal sealed class DialectDraft(string name, IsoVersion edition, bool leavesOut)
{
    /// <summary>Mistakes and warnings that are shown, of each: a file with more is another file.</summary>
    private const int NotesMax = 200;

    private readonly SortedDictionary<int, JsonObject> _fields = [];
    private readonly Notes _mistakes = new();
    private readonly Notes _warnings = new();

    // A foreign description does not say what is secret or what a number is for: the standard does. Of its layouts the
    // one with packed digits has bytes where the standard has them.
    private readonly Dialect _standard = Dialect.Get(edition switch
    {
        IsoVersion.Iso1993 => "iso93-binary",
        IsoVersion.Iso2003 => "iso03-binary",
        _ => "iso87-binary",
    });

    public string Name => name;

    public string? Mti { get; set; }

    public string? Bitmap { get; set; }

    public bool HasThirdBitmap { get; set; }

    /// <summary>Whether both bitmaps are always there, as one of 16 bytes.</summary>
    public bool HasBothBitmaps { get; set; }

    /// <summary>Whether the bitmap announces no other.</summary>
    public bool HasOneBitmap { get; set; }

    public IReadOnlyList<string> Warnings => _warnings.Texts;

    /// <summary>What the edition calls a field; null where it has none.</summary>
    public FieldSpec? StandardOf(int field) => _standard[field];

    public void Add(int field, JsonObject json, string place)
    {
        if (!_fields.TryAdd(field, json))
        {
            Fail($"{place}: field {field} is there twice");
        }
    }

    /// <summary>The description as a whole cannot be used.</summary>
    public void Fail(string mistake) => _mistakes.Add(mistake);

    /// <summary>One field cannot be expressed.</summary>
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
    public void Warn(string warning) => _warnings.Add(warning);

    /// <summary>The dialect, which compiles.</summary>
    /// <exception cref="UsageException">There are mistakes: lists all.</exception>
    public Dialect Compile(string source)
    {
        if (_mistakes.IsEmpty && (Mti is null || Bitmap is null))
        {
            _mistakes.Add("field 0 (the MTI) and field 1 (the bitmap) must be described");
        }

        int max = HasOneBitmap ? Field.ThirdBitmap - 1 : HasBothBitmaps ? Field.Max : Field.MaxWithThirdBitmap;
        foreach (int field in _fields.Keys.Where(field => field > max && (HasOneBitmap || HasBothBitmaps)))
        {
            _mistakes.Add($"fields.{field}: beyond a bitmap of {max / 8} bytes that announces no other");
        }

        Dialect? dialect = null;
        if (_mistakes.IsEmpty)
        {
            new DialectCatalog().TryAdd(Write().ToJsonString(), out dialect, out IReadOnlyList<string> mistakes);
            foreach (string mistake in mistakes)
            {
                _mistakes.Add(mistake);
            }
        }

        return dialect
            ?? throw new UsageException($"{source} cannot be imported:\n  {string.Join("\n  ", _mistakes.Texts)}");
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
        if (HasBothBitmaps || HasThirdBitmap)
        {
            dialect["bitmaps"] = HasBothBitmaps ? "both" : "3";
        }

        // What the standard calls secret is, and what it leaves to partners may be.
        AddSet(dialect, "sensitive", _standard.Sensitive & defined);
        AddSet(dialect, "private", _standard.Private & defined);
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

    /// <summary>Each text once, in order, and no more than so many.</summary>
    private sealed class Notes
    {
        private readonly HashSet<string> _known = new(StringComparer.Ordinal);
        private readonly List<string> _texts = [];
        private int _more;

        public bool IsEmpty => _texts.Count == 0;

        public IReadOnlyList<string> Texts => _more == 0 ? _texts : [.. _texts, $"and {_more} more"];

        public void Add(string text)
        {
            if (_texts.Count >= NotesMax)
            {
                _more++;
            }
            else if (_known.Add(text))
            {
                _texts.Add(text);
            }
        }
    }
}
