using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>A field of any length, if there is one, and the fields of fixed length between it and the next.</summary>
internal readonly struct LayoutStep
{
    /// <summary>The field with a length prefix; 0 in front of a message that begins with fixed ones.</summary>
    public required int Field { get; init; }

    /// <summary>How many fixed fields follow it.</summary>
    public required int FixedCount { get; init; }

    /// <summary>Bytes that those take.</summary>
    public required int FixedSize { get; init; }
}

/// <summary>
/// Neighbouring fields whose bytes are all of one class: from the value of the first, less its sign, to the end of the
/// last.
/// </summary>
internal readonly record struct LayoutRun(ByteClassName Class, byte Sign, short First, short Last);

/// <summary>A field whose content a class of bytes alone cannot describe, and its place in the message.</summary>
internal readonly record struct LayoutQuirk(byte Field, byte Place, LayoutCheck Check);

/// <summary>What of a field with quirks is to be looked at.</summary>
internal enum LayoutCheck : byte
{
    /// <summary>Its rule says.</summary>
    ByRule,

    /// <summary>The high half of the first byte is zero where the digits are odd.</summary>
    ZeroLeft,

    /// <summary>The low half of the last byte is zero where the digits are odd.</summary>
    ZeroRight,
}

/// <summary>
/// Where the fields of all messages with the same bitmaps lie, as far as the bitmaps say it: fixed fields that follow
/// each other are found together, and what is checked is listed once. Immutable.
/// </summary>
internal sealed class FieldLayout
{
    /// <summary>Places of fixed fields are moved so many at a time: as much room is needed behind the last.</summary>
    public const int Block = 4;

    private readonly LayoutStep[] _steps;
    private readonly FieldSlot[] _fixedSlots;
    private readonly LayoutRun[] _runs;
    private readonly LayoutQuirk[] _quirks;
    private readonly byte[] _bitmaps;

    /// <param name="dialect">Whose messages they are.</param>
    /// <param name="bitmaps">All bitmaps as they are on the wire.</param>
    /// <param name="fields">What they announce; the dialect defines them all, and there is at least one.</param>
    public FieldLayout(Dialect dialect, ReadOnlySpan<byte> bitmaps, in FieldSet fields)
    {
        _bitmaps = bitmaps.ToArray();
        Fields = fields;
        Count = fields.Count;
        _fixedSlots = new FieldSlot[Count + Block];
        var steps = new List<LayoutStep>();
        var runs = new List<LayoutRun>();
        var quirks = new List<LayoutQuirk>();
        int variable = 0;
        int fixedCount = 0;
        int fixedSize = 0;
        int place = 0;
        byte runClass = (byte)ByteClassName.Any;
        foreach (int field in fields)
        {
            ref readonly FieldRule rule = ref dialect.Rule(field);
            if (rule.IsVariable)
            {
                AddStep();
                variable = field;
            }
            else
            {
                _fixedSlots[place] = rule.FixedSlot.At(fixedSize);
                fixedCount++;
                fixedSize += rule.FixedSize;
            }

            AddContent(in rule, place, ref runClass, runs);
            AddQuirk(in rule, field, place, quirks);
            place++;
        }

        AddStep();
        _steps = [.. steps];
        _runs = [.. runs];
        _quirks = [.. quirks];

        void AddStep()
        {
            if (variable != 0 || fixedCount != 0)
            {
                steps.Add(new LayoutStep { Field = variable, FixedCount = fixedCount, FixedSize = fixedSize });
            }

            fixedCount = 0;
            fixedSize = 0;
        }
    }

    public FieldSet Fields { get; }

    public int Count { get; }

    public ReadOnlySpan<byte> Bitmaps => _bitmaps;

    public ReadOnlySpan<LayoutStep> Steps => _steps;

    /// <summary>
    /// By their place in the message: fixed fields as far behind the variable one before them as they lie. Others are
    /// empty, and so are <see cref="Block"/> more.
    /// </summary>
    public ReadOnlySpan<FieldSlot> FixedSlots => _fixedSlots;

    public ReadOnlySpan<LayoutRun> Runs => _runs;

    public ReadOnlySpan<LayoutQuirk> Quirks => _quirks;

    private static void AddContent(in FieldRule rule, int place, ref byte runClass, List<LayoutRun> runs)
    {
        bool continues = rule.RunKey == runClass;
        runClass = (byte)(rule.RunKey & ~FieldRule.StartsRun);
        if (runClass == (byte)ByteClassName.Any)
        {
            return;
        }

        if (continues)
        {
            runs[^1] = runs[^1] with { Last = (short)place };
            return;
        }

        byte sign = (byte)(rule.Quirks & ContentQuirks.Sign);
        runs.Add(new LayoutRun((ByteClassName)runClass, sign, (short)place, (short)place));
    }

    // A field of packed digits mostly has a pad of zero or none, and that is all that there is to see.
    private static void AddQuirk(in FieldRule rule, int field, int place, List<LayoutQuirk> quirks)
    {
        const ContentQuirks Pads = ContentQuirks.PadLeft | ContentQuirks.PadRight;
        ContentQuirks content = rule.Quirks & ~ContentQuirks.CountsWire;
        bool isPadOnly = rule.PadNibble == 0 && (content & ~Pads) == 0;
        if (content == ContentQuirks.None || (isPadOnly && !rule.IsVariable && (rule.LengthMax & 1) == 0))
        {
            return;
        }

        LayoutCheck check = !isPadOnly ? LayoutCheck.ByRule
            : (content & ContentQuirks.PadLeft) != 0 ? LayoutCheck.ZeroLeft
            : LayoutCheck.ZeroRight;
        quirks.Add(new LayoutQuirk((byte)field, (byte)place, check));
    }
}
