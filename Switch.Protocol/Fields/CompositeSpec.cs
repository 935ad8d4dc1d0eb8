using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Switch.Protocol.Emv;

namespace Switch.Protocol.Fields;

/// <summary>How a field is divided into sub-fields.</summary>
public enum CompositeKind : byte
{
    /// <summary>One after the other, in the order of their numbers. Those at the end may be missing.</summary>
    Positional,

    /// <summary>Tag of fixed width, length of fixed width, value; in any order, any number of times.</summary>
    Tlv,

    /// <summary>BER-TLV, as chip data are: see <see cref="BerTlvReader"/>.</summary>
    BerTlv,

    /// <summary>A bitmap that announces which sub-fields follow, in the order of their numbers.</summary>
    Bitmap,
}

/// <summary>
/// How the canonical text of a field is divided. Immutable, part of a dialect. Tools, masking and the removal of
/// sensitive parts use it; messages on their way are never taken apart.
/// </summary>
public sealed class CompositeSpec
{
    /// <summary>
    /// Composites inside composites beyond this depth are malformed: EMV needs three, DE 127.25 two.
    /// </summary>
    public const int DepthMax = 8;

    /// <summary>
    /// Sub-fields of one field, at all depths together, beyond this count are malformed: a full EMV record set has
    /// fewer than a hundred.
    /// </summary>
    public const int CountMax = 512;

    /// <summary>Greatest count of sub-fields that a bitmap announces.</summary>
    internal const int BitmapBitsMax = 128;

    /// <summary>Greatest width of a tag: it is handled as one number.</summary>
    internal const int TagSizeMax = 8;

    private readonly ulong[] _codes;
    private readonly SubField[] _fields;
    private readonly ulong[] _sensitive;

    /// <summary>Sub-fields and sensitive codes in ascending order.</summary>
    internal CompositeSpec(CompositeKind kind, SubField[] fields, ulong[] sensitive)
    {
        Kind = kind;
        _fields = fields;
        _codes = Array.ConvertAll(fields, field => field.Code);
        _sensitive = sensitive;
        HasSensitive = kind == CompositeKind.BerTlv || sensitive.Length > 0
            || Array.Exists(fields, field => field.Spec.Composite is { HasSensitive: true });
        HasInner = Array.Exists(fields, field => field.Spec.Composite is not null);
    }

    /// <summary>Chip data (DE 55) without anything of a partner's own.</summary>
    public static CompositeSpec IccData { get; } = new(CompositeKind.BerTlv, [], []);

    /// <summary>Says in a dialect that a field is no composite although its parent's is.</summary>
    internal static CompositeSpec None { get; } = new(CompositeKind.Positional, [], []);

    public CompositeKind Kind { get; }

    /// <summary>The sub-fields that are declared, in ascending order.</summary>
    public IReadOnlyList<SubField> Fields => _fields;

    /// <summary>Codes that may not be kept or shown, declared or not, in ascending order.</summary>
    public IReadOnlyList<ulong> Sensitive => _sensitive;

    /// <summary>Whether something in it may have to be removed before the field is kept.</summary>
    public bool HasSensitive { get; }

    /// <summary>Whether a declared part is a composite itself.</summary>
    internal bool HasInner { get; }

    /// <summary>TLV: bytes of a tag; 0 otherwise.</summary>
    public int TagSize { get; internal init; }

    /// <summary>TLV: characters, or bytes that are written in hexadecimal.</summary>
    public FieldKind TagKind { get; internal init; }

    /// <summary>TLV: a value of a tag that is not declared, and how every length travels.</summary>
    public FieldSpec? Undeclared { get; internal init; }

    /// <summary>Bitmap: how it travels.</summary>
    public BitmapEncoding Bitmap { get; internal init; }

    /// <summary>Bitmap: how many sub-fields one can announce, a multiple of 8 up to 128.</summary>
    public int BitmapBits { get; internal init; }

    /// <summary>TLV: the rule of a value whose tag is not declared.</summary>
    internal FieldRule UndeclaredRule { get; init; }

    /// <summary>Bytes of the bitmap.</summary>
    internal int BitmapSize => Bitmap == BitmapEncoding.Binary ? BitmapBits / 8 : BitmapBits / 4;

    /// <summary>Whether a part may never be kept or shown: card numbers, tracks, codes, PIN blocks.</summary>
    public bool IsSensitive(ulong code) => (_sensitive.Length != 0 && Array.BinarySearch(_sensitive, code) >= 0)
        || (Kind == CompositeKind.BerTlv && code <= uint.MaxValue && EmvTags.IsSensitive((uint)code));

    /// <summary>Null for a tag or number that is not declared.</summary>
    public SubField? Find(ulong code)
    {
        int index = _codes.Length == 0 ? -1 : Array.BinarySearch(_codes, code);
        return index < 0 ? null : _fields[index];
    }

    /// <summary>The tag or number as people write it: 3, 9F26, AB.</summary>
    public string KeyOf(ulong code)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, code);
        ReadOnlySpan<byte> tag = bytes[^Math.Max(TagSize, 1)..];
        return Kind switch
        {
            CompositeKind.BerTlv => Convert.ToHexString(bytes[^SizeOf(code)..]),
            CompositeKind.Tlv => TagKind == FieldKind.B ? Convert.ToHexString(tag) : Encoding.Latin1.GetString(tag),
            _ => code.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>What <see cref="KeyOf"/> wrote, or false.</summary>
    public bool TryParseKey(string key, out ulong code)
    {
        code = 0;
        switch (Kind)
        {
            case CompositeKind.BerTlv:
                return TryParseHex(key, 1, BerTlvReader.TagSizeMax, out code) && IsBerTag(key, code);
            case CompositeKind.Tlv when TagKind == FieldKind.B:
                return TryParseHex(key, TagSize, TagSize, out code);
            case CompositeKind.Tlv:
                foreach (char character in key)
                {
                    code = (code << 8) | (byte)character;
                }

                return key.Length == TagSize && !key.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF');
            default:
                return ulong.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out code)
                    && code >= 1 && code <= (ulong)(Kind == CompositeKind.Bitmap ? BitmapBits : CountMax)
                    && KeyOf(code) == key;
        }
    }

    private static int SizeOf(ulong code) => code > 0xFF_FFFF ? 4 : code > 0xFFFF ? 3 : code > 0xFF ? 2 : 1;

    private static bool TryParseHex(string text, int sizeMin, int sizeMax, out ulong value)
    {
        value = 0;
        return text.Length % 2 == 0 && text.Length >= 2 * sizeMin && text.Length <= 2 * sizeMax
            && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether a reader would take exactly these bytes off as a tag.</summary>
    private static bool IsBerTag(string hex, ulong code)
    {
        byte[] element = [.. Convert.FromHexString(hex), 0];
        var reader = new BerTlvReader(element);
        return reader.TryRead() && reader.Tag == code && reader.Element.Length == element.Length;
    }
}

/// <summary>One declared part of a composite.</summary>
public sealed class SubField
{
    internal SubField(string key, ulong code, FieldSpec spec, FieldRule rule)
    {
        Key = key;
        Code = code;
        Spec = spec;
        Rule = rule;
    }

    /// <summary>Its number or tag, as people write it.</summary>
    public string Key { get; }

    /// <summary>Its number, or the bytes of its tag as a number.</summary>
    public ulong Code { get; }

    public FieldSpec Spec { get; }

    internal FieldRule Rule { get; }
}
