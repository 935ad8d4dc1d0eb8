using Switch.Host.Security;
using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>What must hold for the PIN blocks of an acquirer.</summary>
internal static class PinRules
{
    public static void Validate(SwitchOptions options, int index, ConfigurationErrors errors, string path)
    {
        AcquirerOptions acquirer = options.Acquirers[index];
        List<IssuerOptions> issuers = options.Issuers;
        errors.Require(
            acquirer.PinErrorCode is "86" or "81", $"{path}:PinErrorCode",
            $"'{acquirer.PinErrorCode}' is neither 86 nor 81.");
        if (acquirer.Pin == PinHandling.Translate)
        {
            ValidateTranslation(options, acquirer, errors, path);
        }

        bool passesThrough = acquirer.Pin == PinHandling.PassThrough;
        errors.Require(
            passesThrough == acquirer.PinSharedWith.Count > 0, $"{path}:PinSharedWith",
            passesThrough
                ? "is empty. With Pin PassThrough, name the issuers that have this acquirer's PIN key: no other issuer "
                    + "is asked with its PIN blocks."
                : "names issuers, and Pin is not PassThrough.");
        for (int i = 0; i < acquirer.PinSharedWith.Count; i++)
        {
            string name = acquirer.PinSharedWith[i];
            errors.Require(
                issuers.Exists(issuer => issuer.Name == name), $"{path}:PinSharedWith:{i}",
                $"'{name}' is not the name of an issuer.");
        }
    }

    private static void ValidateTranslation(
        SwitchOptions options, AcquirerOptions acquirer, ConfigurationErrors errors, string path)
    {
        errors.Require(
            options.Security.Module != SecurityModuleKind.None, $"{path}:Pin",
            "is Translate, and Security:Module is None: nothing could encipher a PIN block anew.");
        errors.Require(
            acquirer.Keys is not { Zpk: null, Bdk: null }, $"{path}:Keys:Zpk",
            "is missing. With Pin Translate, name the key of this acquirer's PIN blocks; or Bdk, the base key of its "
            + "terminals.");
        errors.Require(
            options.Issuers.Exists(static issuer => issuer.Keys.Zpk is not null), $"{path}:Pin",
            "is Translate, and no issuer has Keys:Zpk: no issuer could be asked with a PIN.");
        foreach (IssuerOptions issuer in options.Issuers.Where(static issuer => issuer.Keys.Zpk is not null))
        {
            errors.Require(
                acquirer.PinFormat.MayBecome(issuer.PinFormat), $"{path}:PinFormat",
                $"{acquirer.PinFormat} must not become {issuer.PinFormat}, which issuer {issuer.Name} takes "
                + "(ISO 9564-1).");
        }
    }
}
