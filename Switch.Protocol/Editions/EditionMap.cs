using Switch.Protocol.Fields;

namespace Switch.Protocol.Editions;

/// <summary>
/// How the messages of one dialect are seen in the switch's own terms, the 1987 edition
/// (docs/connecting/translation.md), compiled with the dialect. Field numbers here are canonical: those of 1987, and
/// <see cref="LaterField"/>.
/// </summary>
public sealed class EditionMap
{
    private static readonly FieldSet None = FieldSet.Empty;

    private readonly string _dialect;
    private readonly EditionRow[] _rows = new EditionRow[Field.MaxWithThirdBitmap + 1];
    private readonly byte[] _homes = new byte[LaterField.Max + 1];
    private readonly Dictionary<string, CarriedField[]> _carried = new(StringComparer.Ordinal);

    internal EditionMap(
        string dialect, IsoVersion version, FieldSpec?[] specs, DialectSets sets, EditionText text)
    {
        _dialect = dialect;
        Version = version;
        ResponseCodes = new ResponseCodes(version, text.ResponseCodes);
        NetworkCodes = new NetworkCodes(version, text.NetworkCodes);
        IsIdentity = version == IsoVersion.Iso1987 && text.ResponseCodes is null && text.NetworkCodes is null;
        for (int wire = 0; wire < _rows.Length; wire++)
        {
            _rows[wire] = new EditionRow(wire, Conversion.Same, wire);
        }

        foreach (EditionRow row in EditionRow.Of(version))
        {
            _rows[row.Wire] = row;
        }

        if (version == IsoVersion.Iso1987 && !IsIdentity)
        {
            _rows[Field.ResponseCode] =
                new EditionRow(Field.ResponseCode, Conversion.ActionCode, Field.ResponseCode);
            _rows[Field.NetworkCode] = new EditionRow(Field.NetworkCode, Conversion.NetworkCode, Field.NetworkCode);
        }

        Defined = CanonicalOf(sets.Defined, isWhole: true);
        Sensitive = CanonicalOf(sets.Sensitive, isWhole: false);
        Private = CanonicalOf(sets.Private, isWhole: false);
        Echoed = CanonicalOf(text.Echo, isWhole: false);
        foreach (int wire in sets.Defined)
        {
            EditionRow row = _rows[wire];
            _homes[row.Canonical] = (byte)wire;
            foreach (int other in row.Others)
            {
                _homes[other] = (byte)wire;
            }

            bool isAsItIs = row.Conversion is Conversion.Same or Conversion.Renumbered;
            Bytes = isAsItIs && specs[wire]!.Kind == FieldKind.B ? Bytes.With(row.Canonical) : Bytes;
        }

        Bytes = Bytes.With(LaterField.PosData2003).With(LaterField.SecurityControl);
        foreach ((string from, CarriedField[] fields) in text.Carry)
        {
            _carried[from] = fields;
        }
    }

    public IsoVersion Version { get; }

    /// <summary>Whether the canonical view is what is on the wire.</summary>
    public bool IsIdentity { get; }

    /// <summary>The canonical fields that the dialect can carry.</summary>
    public FieldSet Defined { get; }

    /// <summary>The dialect's sensitive fields by their canonical numbers.</summary>
    public FieldSet Sensitive { get; }

    /// <summary>The dialect's private fields by their canonical numbers.</summary>
    public FieldSet Private { get; }

    /// <summary>What its answers repeat of a request besides what every answer repeats.</summary>
    public FieldSet Echoed { get; }

    /// <summary>
    /// Whether it names an original by its local date and time (DE 56) instead of its DE 7 (DE 90 of 1987).
    /// </summary>
    public bool NamesOriginalsByLocalTime => Version != IsoVersion.Iso1987;

    /// <summary>The numbers on the wire of canonical fields, as far as the dialect has them. For people.</summary>
    public FieldSet WireOf(in FieldSet canonical)
    {
        FieldSet wire = None;
        foreach (int field in canonical)
        {
            int home = HomeOf(field);
            wire = home == 0 ? wire : wire.With(home);
        }

        return wire;
    }

    /// <summary>
    /// What may stand in DE 39 and what each is read as: the dialect's own rows, then the edition's. For people.
    /// </summary>
    public IReadOnlyList<CodeMeaning> DescribeResponseCodes() => ResponseCodes.Describe();

    /// <summary>
    /// What may stand in DE 70, or DE 24 of the later editions, for network management and what each is read as: the
    /// dialect's own rows, then the edition's. For people.
    /// </summary>
    public IReadOnlyList<CodeMeaning> DescribeNetworkCodes() => NetworkCodes.Describe();

    /// <summary>
    /// The canonical field whose text is that of a field on the wire as it stands; 0: it becomes something else.
    /// </summary>
    public int CanonicalOf(int wire)
    {
        EditionRow row = _rows[wire];
        return row.Conversion switch
        {
            Conversion.Same or Conversion.Renumbered => row.Canonical,
            Conversion.SecurityControl => LaterField.SecurityControl,
            _ => 0,
        };
    }

    internal ResponseCodes ResponseCodes { get; }

    internal NetworkCodes NetworkCodes { get; }

    /// <summary>The canonical fields whose text is bytes.</summary>
    public FieldSet Bytes { get; }

    /// <summary>
    /// Private fields of another dialect that this one takes over, by their canonical numbers there.
    /// </summary>
    public FieldSet CarriedFrom(EditionMap source)
    {
        ArgumentNullException.ThrowIfNull(source);
        FieldSet set = None;
        foreach (CarriedField field in RenumberingOf(source))
        {
            set = set.With(source.Row(field.From).Canonical);
        }

        return set;
    }

    internal ReadOnlySpan<CarriedField> RenumberingOf(EditionMap source) =>
        _carried.Count != 0 && _carried.TryGetValue(source._dialect, out CarriedField[]? fields) ? fields : [];

    internal ref readonly EditionRow Row(int wire) => ref _rows[wire];

    /// <summary>The field on the wire that says what a canonical one says; 0: none does.</summary>
    internal int HomeOf(int canonical) => _homes[canonical];

    private FieldSet CanonicalOf(in FieldSet wire, bool isWhole)
    {
        FieldSet canonical = None;
        foreach (int field in wire)
        {
            EditionRow row = _rows[field];
            canonical = canonical.With(row.Canonical);
            canonical = isWhole ? canonical | row.Others
                : row.Conversion == Conversion.PosData ? canonical | row.Others.Without(Field.ConditionCode)
                : row.Conversion == Conversion.SecurityControl ? canonical.With(LaterField.SecurityControl)
                : canonical;
        }

        return canonical;
    }
}

/// <summary>A code on the wire, and the code of 1987 that it is read as.</summary>
/// <param name="Wire">As it stands in a message.</param>
/// <param name="Code">Two characters of DE 39, or three digits of DE 70.</param>
/// <param name="IsOwn">Whether the dialect states it, and not its edition.</param>
public sealed record CodeMeaning(string Wire, string Code, bool IsOwn);

/// <summary>A private field that one dialect takes over from another, under its own number.</summary>
internal readonly record struct CarriedField(int From, int To);

/// <summary>What a dialect's JSON says about its edition.</summary>
internal readonly record struct EditionText(
    IReadOnlyDictionary<string, string>? ResponseCodes, IReadOnlyDictionary<string, string>? NetworkCodes,
    FieldSet Echo, IReadOnlyDictionary<string, CarriedField[]> Carry);

/// <summary>The sets that a compiled dialect carries.</summary>
internal readonly record struct DialectSets(FieldSet Defined, FieldSet Sensitive, FieldSet Private);
