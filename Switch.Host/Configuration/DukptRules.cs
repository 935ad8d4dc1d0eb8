using System.Globalization;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>What must hold for an acquirer whose terminals encipher PIN blocks with DUKPT.</summary>
internal static class DukptRules
{
    private const int DescriptorLength = 3;

    // The rest of twenty digits is the counter.
    private const int DescribedDigits = 15;

    /// <param name="keys">Null: none is named, or the store cannot be read.</param>
    public static void Validate(
        SwitchOptions options, ConfigurationErrors errors, DialectCatalog dialects, KeyStore? keys)
    {
        foreach ((int index, AcquirerOptions acquirer) in options.Acquirers.Index())
        {
            string path = $"{ConfigurationValidator.Root}:Acquirers:{index}";
            if (acquirer.Keys.Bdk is { } name)
            {
                StoredKey? key = keys?.Find(name) is { Kind: KeyKind.Bdk } found ? found : null;
                Validate(options, errors, path, acquirer, key);
                ValidateField(errors, path, acquirer, dialects, key?.Current.IsAes);
            }
            else
            {
                errors.Require(
                    acquirer.Dukpt is null, $"{path}:Dukpt",
                    "is set, and Keys:Bdk is null: no key serial number is looked for.");
            }
        }
    }

    /// <summary>
    /// Of settings that passed validation: the canonical number of the field with the key serial number; 0: there is
    /// none.
    /// </summary>
    public static int SerialNumberFieldOf(AcquirerOptions acquirer, Dialect dialect) =>
        acquirer.Keys.Bdk is null ? 0 : dialect.Edition.CanonicalOf(FieldOf(acquirer));

    private static int FieldOf(AcquirerOptions acquirer) => acquirer.Dukpt?.Field ?? DukptOptions.DefaultField;

    private static void Validate(
        SwitchOptions options, ConfigurationErrors errors, string path, AcquirerOptions acquirer, StoredKey? key)
    {
        errors.Require(
            acquirer.Keys.Zpk is null, $"{path}:Keys:Bdk",
            "is set, and Zpk too: a PIN block does not say which of them it is under. Keep one; an acquirer with both "
            + "kinds of PIN blocks needs a listener for each.");
        errors.Require(
            acquirer.Pin == PinHandling.Translate, $"{path}:Keys:Bdk",
            $"is set, and Pin is {acquirer.Pin}: only Translate makes anything of a terminal's PIN blocks.");
        string descriptor = acquirer.Dukpt?.Descriptor ?? DukptOptions.DefaultDescriptor;
        errors.Require(
            IsDescriptor(descriptor), $"{path}:Dukpt:Descriptor",
            $"'{descriptor}' must be three digits of 0-9 A-F for identifier, sub-key and device, which together are "
            + $"{DescribedDigits}, as in A05 or 609.");
        if (key is null)
        {
            return;
        }

        bool isAes = key.Current.IsAes;
        errors.Require(
            isAes == (acquirer.PinFormat == PinFormat.Iso4), $"{path}:PinFormat",
            $"is {acquirer.PinFormat}, and '{key.Name}' is a key of {(isAes ? "AES" : "triple DES")}: format 4 is "
            + "under AES, and the others are under triple DES.");
        errors.Require(
            !isAes || options.Security.Module != SecurityModuleKind.HostCommands, $"{path}:Keys:Bdk",
            $"'{key.Name}' is a key of AES, and the module is HostCommands: its command for DUKPT with AES has no "
            + "public layout.");
        errors.Require(
            key.Current.Key.Scheme != 'T', $"{path}:Keys:Bdk",
            $"'{key.Name}' is of triple length, and base keys of DUKPT are of double length.");
    }

    private static bool IsDescriptor(string text)
    {
        int sum = 0;
        foreach (char digit in text)
        {
            if (!char.IsAsciiHexDigitUpper(digit))
            {
                return false;
            }

            sum += Convert.ToInt32(digit.ToString(), 16);
        }

        return text.Length == DescriptorLength && sum == DescribedDigits;
    }

    /// <param name="isAes">Null: the key is not known.</param>
    private static void ValidateField(
        ConfigurationErrors errors, string path, AcquirerOptions acquirer, DialectCatalog dialects, bool? isAes)
    {
        if (!dialects.TryGet(acquirer.Dialect, out Dialect? dialect))
        {
            return;
        }

        int number = FieldOf(acquirer);
        string at = $"{path}:Dukpt:Field";
        string sizes = isAes switch { true => "12", false => "8 or 10", _ => "8, 10 or 12" };
        if (!errors.Require(
            dialect[number] is { } field && IsRoomFor(field, isAes) && dialect.Edition.CanonicalOf(number) != 0, at,
            $"is {number}, and DE {number} of the dialect {dialect.Name} "
            + (dialect[number] is { } spec ? $"is {spec.Format}" : "does not exist")
            + $". A key serial number needs {sizes} bytes (b), or twice as many characters (an or ans). Give the "
            + "acquirer a dialect that has such a field."))
        {
            return;
        }

        errors.Require(
            dialect.Sensitive.Contains(number), at,
            $"is {number}, which is not among the sensitive fields of the dialect {dialect.Name}: a key serial number "
            + "would be recorded. Add it there.");
        errors.Require(
            !dialect.Echo.Contains(number) && number != Field.PinData, at,
            $"is {number}, which the dialect {dialect.Name} repeats in answers, or which has the PIN block.");
        int blockSize = acquirer.PinFormat.BlockSize();
        errors.Require(
            dialect[Field.PinData] is { Kind: FieldKind.B } block && IsLength(block, blockSize), $"{path}:PinFormat",
            string.Create(
                CultureInfo.InvariantCulture,
                $"is {acquirer.PinFormat}, whose blocks have {blockSize} bytes, and DE 52 of the dialect "
                + $"{dialect.Name} has no room for them."));
    }

    private static bool IsRoomFor(FieldSpec field, bool? isAes)
    {
        IEnumerable<int> sizes = isAes switch
        {
            true => [KeySerialNumber.AesSize],
            false => [sizeof(ulong), KeySerialNumber.TdesSize],
            _ => [sizeof(ulong), KeySerialNumber.TdesSize, KeySerialNumber.AesSize],
        };
        return field.Kind switch
        {
            FieldKind.B => sizes.Any(size => IsLength(field, size)),
            FieldKind.AN or FieldKind.ANS => sizes.Any(size => field.LengthMax >= 2 * size),
            _ => false,
        };
    }

    private static bool IsLength(FieldSpec field, int size) =>
        field.IsVariable ? field.LengthMax >= size : field.LengthMax == size;
}
