using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Host.Configuration;

/// <summary>
/// Whether a dialect can carry what its role asks of it. A dialect that reads well and lacks an amount would be
/// accepted, and then every payment would be refused.
/// </summary>
internal static class DialectRoleRules
{
    private const int StanDigits = 6;
    private const int DateTimeDigits = 10;

    private static readonly FieldSet OwnNumbers = FieldSet.Of(Field.TransmissionDateTime, Field.Stan);

    /// <summary>What an acquirer's requests are judged by and its answers are made of.</summary>
    /// <param name="speaks">Whether the switch signs on on its connections.</param>
    public static void ValidateAcquirer(
        ConfigurationErrors errors, string path, string dialect, bool speaks, DialectCatalog dialects)
    {
        if (dialects.TryGet(dialect, out Dialect? found))
        {
            FieldSet needed = CommonFields.MandatoryIn(found).With(Field.ResponseCode);
            List<string> missing = MissingOf(found, needed);
            if (!Carries(found, Field.Pan) && !Carries(found, Field.Track2))
            {
                missing.Insert(0, $"no card number (DE {Field.Pan} or DE {Field.Track2})");
            }

            if (speaks)
            {
                missing.AddRange(MissingOf(found, OwnNumbers.Except(needed)));
                AddNumbers(missing, found);
                RequireCode(errors, path, found, "no sign-on can be sent. Add the field, or set SignOn to false, ");
            }

            Report(errors, path, found, "an acquirer", missing);
        }
    }

    /// <summary>
    /// What requests to an issuer are made of, its replies are known by, and what it is owed is said with.
    /// </summary>
    /// <param name="speaks">Whether the switch sends network management messages of its own on its links.</param>
    public static void ValidateIssuer(
        ConfigurationErrors errors, string path, string dialect, bool speaks, DialectCatalog dialects)
    {
        if (dialects.TryGet(dialect, out Dialect? found))
        {
            FieldSet needed = CommonFields.Mandatory
                .With(Field.Pan).With(Field.ResponseCode).With(Field.OriginalData);
            List<string> missing = MissingOf(found, needed);
            AddNumbers(missing, found);
            Report(errors, path, found, "an issuer", missing);
            if (speaks)
            {
                RequireCode(
                    errors, path, found,
                    "no sign-on and no echo test can be sent. Add the field, or set SignOn to false and Echo to "
                    + "00:00:00, ");
            }
        }
    }

    private static void RequireCode(ConfigurationErrors errors, string path, Dialect dialect, string soWhat) =>
        errors.Require(
            dialect.GreetsWithoutCode || Carries(dialect, Field.NetworkCode),
            path,
            $"'{dialect.Name}' has no DE {Field.NetworkCode} (network management information code), so that {soWhat}"
            + "or state networkDefault in the dialect, where 0800 without a code is one.");

    private static void Report(
        ConfigurationErrors errors, string path, Dialect dialect, string role, List<string> missing) =>
        errors.Require(
            missing.Count == 0,
            path,
            $"'{dialect.Name}' cannot carry the payments of {role}: {string.Join(", ", missing)}. Add to the dialect "
            + "what it lacks, as characters or digits.");

    private static List<string> MissingOf(Dialect dialect, in FieldSet canonical)
    {
        var missing = new List<string>();
        foreach (int field in canonical)
        {
            int wire = WireOf(dialect, field);
            if (wire == 0)
            {
                missing.Add($"DE {field} ({NameOf(field)}) is not in it");
            }
            else if (dialect.Edition.Bytes.Contains(field))
            {
                missing.Add($"DE {wire} ({dialect[wire]!.Name}) is bytes");
            }
        }

        return missing;
    }

    // What the switch's own messages are known by.
    private static void AddNumbers(List<string> missing, Dialect dialect)
    {
        AddShort(missing, dialect, Field.TransmissionDateTime, DateTimeDigits);
        AddShort(missing, dialect, Field.Stan, StanDigits);
    }

    private static void AddShort(List<string> missing, Dialect dialect, int field, int digits)
    {
        int wire = WireOf(dialect, field);
        if (wire == field && dialect[wire] is { Kind: not FieldKind.B } spec && spec.LengthMax < digits)
        {
            missing.Add($"DE {wire} ({spec.Name}) holds {spec.LengthMax} of the {digits} digits that it needs");
        }
    }

    private static bool Carries(Dialect dialect, int field) =>
        WireOf(dialect, field) != 0 && !dialect.Edition.Bytes.Contains(field);

    /// <summary>The field on the wire that says what a field of 1987 says; 0: none does.</summary>
    private static int WireOf(Dialect dialect, int field) =>
        dialect.Edition.WireOf(FieldSet.Of(field)) is { IsEmpty: false } wire ? wire.Lowest : 0;

    /// <summary>What the standard calls a field that the dialect does not have.</summary>
    private static string NameOf(int field) => Dialect.Get("iso87-ascii")[field]!.Name;
}
