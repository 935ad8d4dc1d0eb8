namespace Switch.Host.Security;

/// <summary>Formats of PIN blocks (ISO 9564-1) that go between parties. Format 2 is for chips offline.</summary>
internal enum PinFormat : byte
{
    /// <summary>Eight bytes with the account number added.</summary>
    Iso0 = 0,

    /// <summary>Eight bytes with random digits and no account number.</summary>
    Iso1 = 1,

    /// <summary>As format 0, filled with random digits A to F.</summary>
    Iso3 = 3,

    /// <summary>Sixteen bytes under AES, with the account number between two encryptions.</summary>
    Iso4 = 4,
}

internal static class PinFormats
{
    public const int PinLengthMin = 4;
    public const int PinLengthMax = 12;

    /// <summary>Bytes of the largest block.</summary>
    public const int BlockSizeMax = 16;

    public static bool IsKnown(this PinFormat format) =>
        format is PinFormat.Iso0 or PinFormat.Iso1 or PinFormat.Iso3 or PinFormat.Iso4;

    /// <summary>Bytes of a block of the format.</summary>
    public static int BlockSize(this PinFormat format) => format == PinFormat.Iso4 ? BlockSizeMax : 8;

    /// <summary>
    /// Whether a block may become one of the other format. A format with the account number must not lose it, because
    /// blocks of format 1 can be tried against any account. So nothing becomes format 1.
    /// </summary>
    public static bool MayBecome(this PinFormat source, PinFormat destination) =>
        source.IsKnown() && destination is PinFormat.Iso0 or PinFormat.Iso3 or PinFormat.Iso4;
}
