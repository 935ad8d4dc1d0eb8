using System.Globalization;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>What becomes of one field on its way from one dialect to another.</summary>
/// <param name="From">Its number where it comes from.</param>
/// <param name="To">Its number where it goes; 0: it is dropped.</param>
/// <param name="Rule">How it is carried, or why it is not; one line for people.</param>
public sealed record FieldTranslation(int From, int To, string Rule)
{
    public bool IsCarried => To != 0;
}

/// <summary>Describes the way between two dialects, field by field.</summary>
public static class DialectTranslation
{
    /// <summary>
    /// What becomes of each field of one dialect on its way to another. For people: not on the way of a message.
    /// </summary>
    public static IReadOnlyList<FieldTranslation> Describe(Dialect from, Dialect to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var translations = new List<FieldTranslation>();
        foreach (int field in from.Defined)
        {
            translations.Add(ReferenceEquals(from, to)
                ? new FieldTranslation(field, field, "as it is")
                : TranslationOf(field, from, to));
        }

        return translations;
    }

    private static FieldTranslation TranslationOf(int field, Dialect from, Dialect to)
    {
        EditionRow row = from.Edition.Row(field);
        if (field is Field.Mac or Field.Mac2)
        {
            return new FieldTranslation(field, 0, "a MAC belongs to the bytes it was made over");
        }

        foreach (CarriedField carried in to.Edition.RenumberingOf(from.Edition))
        {
            if (carried.From == field)
            {
                return new FieldTranslation(field, carried.To, $"by the map of {to.Name}");
            }
        }

        if (from.Private.Contains(field) && (row.Conversion is Conversion.Same or Conversion.Renumbered))
        {
            return new FieldTranslation(field, 0, "private: its layout is known within its own dialect only");
        }

        int home = to.Edition.HomeOf(row.Canonical);
        foreach (int other in row.Others)
        {
            home = home == 0 && other < LaterField.First ? to.Edition.HomeOf(other) : home;
        }

        if (home == 0)
        {
            return new FieldTranslation(field, 0, $"{Year(to)} has no place for it");
        }

        EditionRow target = to.Edition.Row(home);
        string? rule = RuleOf(row, target, from, to);
        return new FieldTranslation(field, home, rule ?? WidthOf(from[field]!, to[home]!));
    }

    private static string? RuleOf(in EditionRow row, in EditionRow target, Dialect from, Dialect to)
    {
        Conversion conversion = target.Conversion is Conversion.Same or Conversion.Renumbered
            ? row.Conversion
            : target.Conversion;
        bool isSameEdition = from.IsoVersion == to.IsoVersion;
        return conversion switch
        {
            _ when isSameEdition && conversion is not (Conversion.ActionCode or Conversion.NetworkCode) => null,
            Conversion.LocalDateTime when from.IsoVersion == IsoVersion.Iso1987 =>
                "DE 12 and 13 in one, with the year nearest to now; from DE 7 without them",
            Conversion.LocalDateTime when to.IsoVersion == IsoVersion.Iso1987 => "split into DE 12 and 13",
            Conversion.LocalDateTime => "with the century nearest to now",
            Conversion.YearlessDate when from.IsoVersion == IsoVersion.Iso1987 => "with the year nearest to now",
            Conversion.YearlessDate => "the year is dropped, and found again where one is asked for",
            Conversion.YearMonth or Conversion.YearMonthDay => "the century is 20",
            Conversion.PosData => "by the tables of entry mode and condition",
            Conversion.ActionCode => "by the tables of both dialects",
            Conversion.NetworkCode or Conversion.FunctionCode => "by the tables of network codes, and as it is",
            Conversion.SecurityControl => "sixteen digits packed into eight bytes, and nothing else",
            Conversion.Original => "type, STAN, time and acquirer of the original",
            Conversion.OriginalAmounts => "of a part reversed: its DE 4 and what stays of it",
            Conversion.CurrencyAmount => "currency and minor unit stand with the amount",
            Conversion.Stan => "six digits, or twelve with leading zeros",
            Conversion.Identifier => "trailing spaces come and go; dropped when longer than its place",
            _ => null,
        };
    }

    private static string WidthOf(FieldSpec from, FieldSpec to)
    {
        string width = to.LengthMax.ToString(CultureInfo.InvariantCulture);
        return to.LengthMax >= from.LengthMax ? "as it is"
            : to.Number == Field.MerchantName ? $"cut after {width}"
            : $"as it is, up to {width}; dropped when longer";
    }

    private static string Year(Dialect dialect) => dialect.IsoVersion switch
    {
        IsoVersion.Iso1993 => $"{dialect.Name} (1993)",
        IsoVersion.Iso2003 => $"{dialect.Name} (2003)",
        _ => $"{dialect.Name} (1987)",
    };
}
