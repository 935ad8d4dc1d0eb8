using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>What must hold for the PIN blocks of an acquirer.</summary>
internal static class PinRules
{
    public static void Validate(
        AcquirerOptions acquirer, List<IssuerOptions> issuers, ConfigurationErrors errors, string path)
    {
        errors.Require(
            acquirer.PinErrorCode is "86" or "81", $"{path}:PinErrorCode",
            $"'{acquirer.PinErrorCode}' is neither 86 nor 81.");
        errors.Require(
            acquirer.Pin != PinHandling.Translate, $"{path}:Pin",
            "is Translate, which needs a security module; this version has none.");
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
}
