using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>How the four digits of the MTI travel.</summary>
public enum MtiEncoding : byte
{
    Ascii,
    Bcd,
    Ebcdic,
}

/// <summary>
/// How one partner speaks ISO 8583: an immutable table compiled once from JSON, shared by all threads. Two messages
/// are in the same dialect when this is the same object.
/// </summary>
public sealed class Dialect
{
    /// <summary>What <see cref="Match"/> may hold: what means the same in every edition, and is no secret.</summary>
    internal static readonly FieldSet Matchable = FieldSet.Of(
        Field.Pan, Field.ProcessingCode, Field.Amount, Field.TransmissionDateTime, Field.AcquirerId,
        Field.ForwarderId, Field.RetrievalReference, Field.TerminalId, Field.MerchantId);

    /// <summary>What <see cref="Key"/> may hold: what a sender states about a message to tell it from others.</summary>
    internal static readonly FieldSet Identifying = FieldSet.Of(
        Field.TransmissionDateTime, Field.Stan, Field.LocalTime, Field.LocalDate, Field.AcquirerId,
        Field.RetrievalReference, Field.TerminalId, Field.MerchantId);

    private static readonly FieldSet DefaultKey = FieldSet.Of(
        Field.TransmissionDateTime, Field.Stan, Field.AcquirerId, Field.TerminalId);

    // Part of a key where they are there: 1987 makes them optional.
    private static readonly FieldSet OptionalInKey = FieldSet.Of(Field.AcquirerId, Field.MerchantId);

    private static readonly FieldSet DefaultMatch = FieldSet.Of(
        Field.Pan, Field.Amount, Field.TransmissionDateTime, Field.TerminalId);

    private const int PlansMax = 64;

    private readonly FieldSpec?[] _specs;
    private readonly FieldRule[] _rules;
    private readonly FieldSet _defined;
    private readonly FieldSet _scrubbed;
    private TranscodingPlan[] _plans = [];

    internal Dialect(DialectText text, FieldSpec?[] specs, FieldRule[] rules, DialectSets sets)
    {
        Text = text;
        _specs = specs;
        _rules = rules;
        Name = text.Name!;
        IsoVersion = text.Version ?? default;
        Mti = text.Mti ?? default;
        Bitmap = text.Bitmap ?? default;
        BitmapMax = text.BitmapMax ?? DialectText.BitmapMaxDefault;
        HasBothBitmaps = text.HasBothBitmaps ?? false;
        _defined = sets.Defined;
        _scrubbed = ScrubbedOf(specs);
        Sensitive = sets.Sensitive;
        Private = sets.Private;
        Edition = new EditionMap(Name, IsoVersion, specs, sets, text.Edition);
        Match = text.Match ?? DefaultMatch;
        Key = KeyOf(text, IsoVersion);
        MandatoryKey = Key.Except(OptionalInKey);
        KeysByLocalTime = text.Key is null ? Edition.NamesOriginalsByLocalTime : Key.Contains(Field.LocalTime);
        CardlessReversals = text.CardlessReversals ?? false;
        KeepsRrn = text.KeepsRrn ?? false;
        Layouts = new LayoutTable(this);
    }

    public string Name { get; }

    public IsoVersion IsoVersion { get; }

    public MtiEncoding Mti { get; }

    public BitmapEncoding Bitmap { get; }

    /// <summary>How many bitmaps a message may have: 2 for fields to 128, 3 for fields to 192.</summary>
    public int BitmapMax { get; }

    /// <summary>
    /// Whether each message has both bitmaps, as one of 16 bytes for the fields to 128, and its first bit is never set.
    /// </summary>
    public bool HasBothBitmaps { get; }

    /// <summary>
    /// Whether every byte of a message is a printable character of ASCII or EBCDIC, so that a control character may
    /// end it.
    /// </summary>
    public bool IsText => Mti != MtiEncoding.Bcd && Bitmap != BitmapEncoding.Binary
        && Array.TrueForAll(_specs, static spec => spec is null || spec.IsText);

    /// <summary>The fields that a bitmap may announce. Any other is <see cref="ParseError.UnknownField"/>.</summary>
    public FieldSet Defined => _defined;

    /// <summary>
    /// Sensitive authentication data: never stored, never logged, not even encrypted (PCI DSS 3.3.1).
    /// </summary>
    public FieldSet Sensitive { get; }

    /// <summary>
    /// Fields whose layout belongs to the partner and may hold a card verification code or a PIN block: not stored
    /// when they came in a request, unless the dialect says that they are harmless.
    /// </summary>
    public FieldSet Private { get; }

    /// <summary>How its messages are seen in the switch's own terms, the 1987 edition.</summary>
    public EditionMap Edition { get; }

    /// <summary>
    /// What a reply must agree in with its request, besides link and STAN: DE 7 must be there, the others may be
    /// absent.
    /// </summary>
    public FieldSet Match { get; }

    /// <summary>
    /// Whether DE 37 stays the same from a request to its reversals and completions, so that one with another DE 37
    /// names another payment.
    /// </summary>
    public bool KeepsRrn { get; }

    /// <summary>
    /// The elements by which an acquirer tells one transaction from another, by their numbers in 1987: a STAN or DE 37
    /// or both, DE 7 or DE 12 and 13, DE 41, and perhaps DE 32 and 42.
    /// </summary>
    public FieldSet Key { get; }

    /// <summary>What of <see cref="Key"/> must be there: all but DE 32 and 42.</summary>
    public FieldSet MandatoryKey { get; }

    /// <summary>
    /// Whether DE 12 and 13 are the time in its keys, and not DE 7. In the later editions they are unless it says
    /// otherwise, where they are there.
    /// </summary>
    public bool KeysByLocalTime { get; }

    /// <summary>Whether it states its key, and does not leave that to the default.</summary>
    public bool StatesKey => Text.Key is not null;

    /// <summary>Whether a reversal may come without a card number, and is then found by DE 90 or DE 56.</summary>
    public bool CardlessReversals { get; }

    /// <summary>Null for a field that the dialect does not define.</summary>
    public FieldSpec? this[int field] => (uint)field < (uint)_specs.Length ? _specs[field] : null;

    /// <summary>
    /// Private fields that are known to be harmless, by their numbers on the wire: not in <see cref="Private"/>.
    /// </summary>
    public FieldSet Storable => Text.Storable ?? default;

    /// <summary>
    /// What is stated about messages by their MTI, with x for any digit. Null: what a parent stated is taken back.
    /// </summary>
    public IReadOnlyDictionary<string, MessageText?> Messages => Text.Messages;

    /// <summary>Fields that answers repeat besides the usual, by their numbers on the wire.</summary>
    public FieldSet Echo => Text.Echo ?? default;

    /// <summary>
    /// What a network management message without a code (DE 70, DE 24 of the later editions) is taken for, as DE 70 of
    /// 1987; 301, an echo test, unless it says otherwise.
    /// </summary>
    public int NetworkDefault => Text.NetworkDefault ?? DialectText.EchoTest;

    /// <summary>Whether it has no code of network management and says what a message without one is.</summary>
    public bool GreetsWithoutCode => Text.NetworkDefault is not null && !Edition.Defined.Contains(Field.NetworkCode);

    internal MessageRules? MessageRules { get; init; }

    /// <summary>
    /// The first field that a message of this type lacks or must not have; 0: none, or the dialect states nothing.
    /// </summary>
    public int FieldAtFault(Mti mti, in FieldSet fields) => MessageRules?.FieldAtFault(mti, in fields) ?? 0;

    private static FieldSet ScrubbedOf(FieldSpec?[] specs)
    {
        FieldSet scrubbed = FieldSet.Of(Field.IccData);
        for (int field = 1; field < specs.Length; field++)
        {
            scrubbed = specs[field]?.Composite is { HasSensitive: true } ? scrubbed.With(field) : scrubbed;
        }

        return scrubbed;
    }

    // DE 12 of the later editions is date and time.
    private static FieldSet KeyOf(DialectText text, IsoVersion version) =>
        text.Key is not { } stated ? DefaultKey
        : version != IsoVersion.Iso1987 && stated.Contains(Field.LocalTime) ? stated.With(Field.LocalDate)
        : stated;

    /// <summary>What it was compiled from, so that another can extend it.</summary>
    internal DialectText Text { get; }

    internal FieldRule[] Rules => _rules;

    /// <summary>What is known of the bitmaps that its messages have.</summary>
    internal LayoutTable Layouts { get; }

    /// <summary><see cref="Defined"/> where it lies.</summary>
    internal ref readonly FieldSet DefinedFields => ref _defined;

    /// <summary>Fields of which not all may be kept: chip data, and others with sensitive parts.</summary>
    internal ref readonly FieldSet Scrubbed => ref _scrubbed;

    /// <summary>How fields of another dialect become fields of this one. Worked out at its first use.</summary>
    internal TranscodingPlan PlanFrom(Dialect source)
    {
        TranscodingPlan[] plans = _plans; // Read once: another thread may put a longer one in its place.
        foreach (TranscodingPlan plan in plans)
        {
            if (ReferenceEquals(plan.From, source))
            {
                return plan;
            }
        }

        // Two threads may make the same one, or one loses its own: it is made again then. More dialects than any
        // switch speaks are a tool's, which goes on to the next.
        var made = new TranscodingPlan(source, this);
        _plans = plans.Length < PlansMax ? [.. plans, made] : [made];
        return made;
    }

    /// <summary>Bytes of the MTI on the wire.</summary>
    internal int MtiSize => Mti == MtiEncoding.Bcd ? 2 : 4;

    /// <summary>Bytes of one bitmap on the wire.</summary>
    internal int BitmapSize => Bitmap == BitmapEncoding.Binary ? 8 : 16;

    internal ref readonly FieldRule Rule(int field) => ref _rules[field];

    /// <summary>
    /// The dialect as JSON that extends nothing and makes the same dialect when it is read, under a name of its own
    /// where one is given.
    /// </summary>
    public string ToJson(string? name = null) => DialectWriter.Write(this, name ?? Name);

    /// <summary>
    /// A dialect that is built in. Throws for any other name: for tests and tools; a host asks its catalog.
    /// </summary>
    public static Dialect Get(string builtInName) => DialectCatalog.BuiltIn.TryGet(builtInName, out Dialect? dialect)
        ? dialect
        : throw new ArgumentException($"No built-in dialect is called '{builtInName}'.", nameof(builtInName));

    public override string ToString() => Name;
}
