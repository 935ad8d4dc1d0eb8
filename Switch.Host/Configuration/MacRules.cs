using System.Globalization;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Configuration;

/// <summary>What must hold for the MACs of a partner, and what its settings come to.</summary>
internal static class MacRules
{
    /// <summary>Each partner with MACs, with its path.</summary>
    public static IEnumerable<(string Path, MacOptions Mac, ZoneKeyOptions Keys, string Dialect)> PartnersOf(
        SwitchOptions options)
    {
        const string Root = ConfigurationValidator.Root;
        foreach ((int index, AcquirerOptions one) in options.Acquirers.Index())
        {
            if (one.Mac is { } mac)
            {
                yield return ($"{Root}:Acquirers:{index}", mac, one.Keys, one.Dialect);
            }
        }

        foreach ((int index, IssuerOptions one) in options.Issuers.Index())
        {
            if (one.Mac is { } mac)
            {
                yield return ($"{Root}:Issuers:{index}", mac, one.Keys, one.Dialect);
            }
        }
    }

    /// <param name="keys">Null: none is named, or the store cannot be read.</param>
    public static void Validate(
        SwitchOptions options, ConfigurationErrors errors, DialectCatalog dialects, KeyStore? keys)
    {
        foreach ((string path, MacOptions mac, ZoneKeyOptions named, string dialect) in PartnersOf(options))
        {
            errors.Require(
                options.Security.Module != SecurityModuleKind.None, $"{path}:Mac",
                "is set, and Security:Module is None: nothing could make a MAC.");
            errors.Require(
                named.Zak is not null, $"{path}:Keys:Zak",
                "is missing. With Mac, name the key of this partner's MACs.");
            errors.Require(mac.Size is 4 or 8, $"{path}:Mac:Size", $"{mac.Size} is neither 8 nor 4.");
            bool isField = errors.Require(
                mac.Field is Field.Mac or Field.Mac2, $"{path}:Mac:Field", $"{mac.Field} is neither 64 nor 128.");
            if (isField && dialects.TryGet(dialect, out Dialect? found))
            {
                ValidateDialect(errors, path, mac, found);
            }

            if (named.Zak is { } name && keys?.Find(name) is { Kind: KeyKind.Zak } key)
            {
                bool isAes = key.Current.IsAes;
                errors.Require(
                    isAes == (mac.Algorithm == MacMethod.AesCmac), $"{path}:Mac:Algorithm",
                    $"is {mac.Algorithm}, and '{name}' is a key of {(isAes ? "AES" : "triple DES")}.");
            }
        }
    }

    /// <summary>Of settings that passed validation.</summary>
    public static MacPolicy PolicyOf(MacOptions mac) => new(
        new MacTerms(mac.ModuleAlgorithm, mac.Field, FieldsOf(mac.Covers) ?? [], mac.Size), mac.Required, mac.Network);

    private static void ValidateDialect(ConfigurationErrors errors, string path, MacOptions mac, Dialect dialect)
    {
        bool hasFirst = !dialect.HasBothBitmaps && mac.Field == Field.Mac;
        bool hasSecond = dialect.HasBothBitmaps || mac.Field == Field.Mac2
            || dialect.Defined.Except(FieldSet.Range(1, Field.Mac)) != default;
        foreach (int field in (int[])[.. hasFirst ? [Field.Mac] : (int[])[], .. hasSecond ? [Field.Mac2] : (int[])[]])
        {
            errors.Require(
                MacLayout.IsField(dialect[field]), $"{path}:Mac:Field",
                $"needs DE {field} as eight bytes (b 8), and the dialect {dialect.Name} has "
                + (dialect[field] is { } spec ? $"{spec.Format} there." : "no such field."));
        }

        if (mac.Covers.Equals(MacOptions.All, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        if (errors.Require(
            FieldsOf(mac.Covers) is { Count: > 0 }, $"{path}:Mac:Covers",
            $"'{mac.Covers}' is neither {MacOptions.All} nor a list of field numbers, as in 0,3,4,7,11."))
        {
            foreach (int field in FieldsOf(mac.Covers)!.Where(field => field != 0 && dialect[field] is null))
            {
                errors.Add($"{path}:Mac:Covers", $"names DE {field}, which the dialect {dialect.Name} does not have.");
            }
        }
    }

    // Null: it is no list. Empty: all.
    private static List<int>? FieldsOf(string covers)
    {
        var fields = new List<int>();
        if (covers.Equals(MacOptions.All, StringComparison.OrdinalIgnoreCase))
        {
            return fields;
        }

        foreach (string part in covers.Split(',', StringSplitOptions.TrimEntries))
        {
            bool isField = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int field)
                && field is >= 0 and < Field.Mac2 and not (1 or Field.Mac) && !fields.Contains(field);
            if (!isField)
            {
                return null;
            }

            fields.Add(field);
        }

        return fields;
    }
}
