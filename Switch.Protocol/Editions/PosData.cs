using System.Buffers.Binary;

namespace Switch.Protocol.Editions;

/// <summary>
/// DE 22 in its three forms: three digits in 1987 (how the card number was entered, whether a PIN can be), twelve
/// positions in 1993, four maps of 32 bits in 2003. DE 25 of 1987, the condition at the point of service, is folded in
/// and taken out again. What a form cannot tell is written as unknown.
/// </summary>
internal static class PosData
{
    public const int Size1993 = 12;
    public const int Size2003 = 16;
    public const int EntryModeSize = 3;
    public const int ConditionSize = 2;

    /// <summary>
    /// How the card number was entered: the first two digits of 1987, position 7 and the capability of position 1 in
    /// 1993, and the bits of the reading method in 2003. Read back, the first row that fits counts.
    /// </summary>
    internal static readonly EntryRow[] Entries =
    [
        new("00", '0', '0', Reading.Unknown), new("01", '1', '1', Reading.Physical),
        new("02", '2', '2', Reading.Stripe), new("03", '3', '3', Reading.BarCode),
        new("04", '4', '4', Reading.Physical), new("05", '5', '5', Reading.Chip),
        new("06", '6', '6', Reading.Physical), new("07", 'M', 'M', Reading.Contactless | Reading.Chip),
        new("10", '7', '0', Reading.OnFile), new("79", '1', '5', Reading.Physical | Reading.ChipFailed),
        new("80", '2', '5', Reading.Stripe | Reading.Fallback), new("81", 'S', '0', Reading.Physical),
        new("82", 'T', '0', Reading.OnFile), new("90", 'B', '2', Reading.Stripe),
        new("91", 'A', 'A', Reading.Contactless | Reading.Stripe), new("95", '5', '5', Reading.Chip),
    ];

    /// <summary>
    /// The condition: DE 25 of 1987, positions 4 (environment), 5 (cardholder) and 6 (card) in 1993, and the bits of
    /// the environment in 2003. Read back, the first row that fits counts.
    /// </summary>
    internal static readonly ConditionRow[] Conditions =
    [
        new("00", '9', '0', '1', Place.Attended), new("01", '9', '1', '0', Place.Unknown),
        new("02", '2', '0', '1', Place.Unattended), new("05", '9', '0', '0', Place.Attended),
        new("08", '9', '2', '0', Place.MailOrTelephone), new("27", '2', '0', '1', Place.Unattended),
        new("59", '9', '5', '0', Place.ElectronicCommerce),
    ];

    /// <summary>The last digit of 1987 and position 2, authentication capability, of 1993.</summary>
    internal static readonly (char Pin, char Capability)[] Pins =
        [('0', '9'), ('1', '1'), ('2', '0'), ('8', '5'), ('9', '1')];

    private const char UnknownMark = '9';

    [Flags]
    internal enum Reading : uint
    {
        Unknown = 1,
        Contactless = 1 << 1,
        Physical = 1 << 2,
        BarCode = 1 << 3,
        Stripe = 1 << 4,
        Chip = 1 << 5,
        OnFile = 1 << 6,
        ChipFailed = 1 << 11,
        Fallback = 1 << 13,
    }

    [Flags]
    internal enum Place : uint
    {
        Unknown = 1,
        Attended = 1 << 1,
        Unattended = 1 << 2,
        MailOrTelephone = 1 << 3,
        ElectronicCommerce = 1 << 4,
    }

    [Flags]
    private enum Verification : uint
    {
        Unknown = 1,
        OnlinePin = 1 << 3,
        OfflinePin = 1 << 4,
    }

    /// <summary>Twelve positions from the three digits of 1987.</summary>
    /// <param name="entryMode">DE 22 of 1987.</param>
    /// <param name="condition">DE 25 of 1987; empty: not given.</param>
    /// <param name="hasPin">Whether DE 52 goes with it.</param>
    /// <param name="positions">Receives twelve characters.</param>
    public static bool TryTo1993(
        ReadOnlySpan<byte> entryMode, ReadOnlySpan<byte> condition, bool hasPin, Span<byte> positions)
    {
        if (entryMode.Length != EntryModeSize)
        {
            return false;
        }

        positions[..Size1993].Fill((byte)UnknownMark);
        positions[9] = (byte)'0';
        positions[10] = (byte)'0';
        positions[11] = entryMode[2] == (byte)'2' ? (byte)'0' : (byte)'1';
        EntryRow entry = EntryOf(entryMode);
        positions[0] = (byte)entry.Capability;
        positions[6] = (byte)entry.Mode;
        foreach ((char pin, char capability) in Pins)
        {
            positions[1] = pin == entryMode[2] ? (byte)capability : positions[1];
        }

        if (hasPin || entryMode[2] == (byte)'9')
        {
            positions[7] = (byte)'1';
            positions[8] = (byte)(entryMode[2] == (byte)'9' ? '2' : '3');
        }

        if (TryCondition(condition, out ConditionRow row))
        {
            positions[3] = (byte)row.Environment;
            positions[4] = (byte)row.Cardholder;
            positions[5] = (byte)row.Card;
            positions[2] = row.Code == "27" ? (byte)'0' : row.Code == "02" ? (byte)'1' : positions[2];
        }

        return true;
    }

    /// <summary>The three digits of 1987 from twelve positions.</summary>
    public static void From1993(ReadOnlySpan<byte> positions, Span<byte> entryMode)
    {
        EntryRow entry = Entries[0];
        foreach (EntryRow row in Entries)
        {
            if (row.Mode == positions[6])
            {
                entry = row;
                break;
            }
        }

        if (positions[6] is (byte)'C' or (byte)'F')
        {
            entry = EntryOf("050"u8); // Chip, online and offline, as some networks tell them apart.
        }

        entry.CopyTo(entryMode);
        byte pin = (byte)'0';
        foreach ((char digit, char capability) in Pins)
        {
            if (capability == positions[1])
            {
                pin = (byte)digit;
                break;
            }
        }

        entryMode[2] = positions[7] == (byte)'1' && positions[8] == (byte)'2' ? (byte)'9' : pin;
    }

    /// <summary>DE 25 of 1987 from twelve positions; false when they tell of none.</summary>
    public static bool TryConditionFrom1993(ReadOnlySpan<byte> positions, Span<byte> condition)
    {
        bool isUnattended = positions[3] is (byte)'2' or (byte)'4' or (byte)'6';
        foreach (ConditionRow row in Conditions)
        {
            bool fits = row.Cardholder == Telephone(positions[4]) && row.Card == positions[5]
                && isUnattended == (row.Environment == '2') && (row.Code != "02" || positions[2] != (byte)'0');
            if (fits)
            {
                row.CopyTo(condition);
                return true;
            }
        }

        return false;
    }

    /// <summary>Four maps of 32 bits, each with its lowest byte first, from the three digits of 1987.</summary>
    /// <inheritdoc cref="TryTo1993" path="/param"/>
    /// <param name="maps">Receives sixteen bytes.</param>
    public static bool TryTo2003(
        ReadOnlySpan<byte> entryMode, ReadOnlySpan<byte> condition, bool hasPin, Span<byte> maps)
    {
        if (entryMode.Length != EntryModeSize)
        {
            return false;
        }

        EntryRow entry = EntryOf(entryMode);
        Verification verified = entryMode[2] == (byte)'9' ? Verification.OfflinePin
            : hasPin ? Verification.OnlinePin
            : Verification.Unknown;
        Place place = TryCondition(condition, out ConditionRow row) ? row.Place : Place.Unknown;
        place = entry.Code == "81" ? Place.ElectronicCommerce : place;
        BinaryPrimitives.WriteUInt32LittleEndian(maps, (uint)entry.Reading);
        BinaryPrimitives.WriteUInt32LittleEndian(maps[4..], (uint)verified);
        BinaryPrimitives.WriteUInt32LittleEndian(maps[8..], (uint)place);
        BinaryPrimitives.WriteUInt32LittleEndian(maps[12..], 1);
        return true;
    }

    /// <summary>The three digits of 1987 from four maps.</summary>
    public static void From2003(ReadOnlySpan<byte> maps, Span<byte> entryMode)
    {
        const Reading Known = Reading.Contactless | Reading.Physical | Reading.BarCode | Reading.Stripe | Reading.Chip
            | Reading.OnFile | Reading.ChipFailed | Reading.Fallback;
        Reading reading = (Reading)BinaryPrimitives.ReadUInt32LittleEndian(maps) & Known;
        EntryRow entry = Entries[0];
        foreach (EntryRow row in Entries)
        {
            if (row.Reading == reading)
            {
                entry = row;
                break;
            }
        }

        var place = (Place)BinaryPrimitives.ReadUInt32LittleEndian(maps[8..]);
        if (reading == Reading.Physical && (place & Place.ElectronicCommerce) != 0)
        {
            entry = EntryOf("810"u8);
        }

        entry.CopyTo(entryMode);
        var verified = (Verification)BinaryPrimitives.ReadUInt32LittleEndian(maps[4..]);
        entryMode[2] = (verified & Verification.OfflinePin) != 0 ? (byte)'9'
            : (verified & Verification.OnlinePin) != 0 ? (byte)'1'
            : (byte)'0';
    }

    /// <summary>DE 25 of 1987 from four maps; false when they tell of none.</summary>
    public static bool TryConditionFrom2003(ReadOnlySpan<byte> maps, Span<byte> condition)
    {
        var place = (Place)BinaryPrimitives.ReadUInt32LittleEndian(maps[8..]);
        foreach (ConditionRow row in Conditions)
        {
            if (row.Place != Place.Unknown && (place & row.Place) != 0)
            {
                row.CopyTo(condition);
                return true;
            }
        }

        return false;
    }

    // Mail order, telephone order and standing orders are one condition in 1987.
    private static char Telephone(byte cardholder) =>
        cardholder is (byte)'3' or (byte)'4' ? '2' : (char)cardholder;

    private static EntryRow EntryOf(ReadOnlySpan<byte> entryMode)
    {
        foreach (EntryRow row in Entries)
        {
            if (row.Code[0] == entryMode[0] && row.Code[1] == entryMode[1])
            {
                return row;
            }
        }

        return Entries[0];
    }

    private static bool TryCondition(ReadOnlySpan<byte> condition, out ConditionRow found)
    {
        found = Conditions[0];
        foreach (ConditionRow row in Conditions)
        {
            if (condition.Length == ConditionSize && row.Code[0] == condition[0] && row.Code[1] == condition[1])
            {
                found = row;
                return true;
            }
        }

        return false;
    }

    /// <summary>One way to enter a card number.</summary>
    internal readonly record struct EntryRow(string Code, char Mode, char Capability, Reading Reading)
    {
        public void CopyTo(Span<byte> entryMode)
        {
            entryMode[1] = (byte)Code[1];
            entryMode[0] = (byte)Code[0];
        }
    }

    /// <summary>One condition at the point of service.</summary>
    internal readonly record struct ConditionRow(
        string Code, char Environment, char Cardholder, char Card, Place Place)
    {
        public void CopyTo(Span<byte> condition)
        {
            condition[1] = (byte)Code[1];
            condition[0] = (byte)Code[0];
        }
    }
}
