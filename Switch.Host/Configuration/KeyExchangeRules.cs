using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Configuration;

/// <summary>What must hold where a partner sends new keys.</summary>
internal static class KeyExchangeRules
{
    public static void Validate(SwitchOptions options, ConfigurationErrors errors, DialectCatalog dialects)
    {
        const string Root = ConfigurationValidator.Root;
        foreach ((int index, AcquirerOptions one) in options.Acquirers.Index())
        {
            Validate(errors, $"{Root}:Acquirers:{index}", one.KeyExchange, one.Keys, one.Mac, one.Dialect, dialects);
        }

        foreach ((int index, IssuerOptions one) in options.Issuers.Index())
        {
            Validate(errors, $"{Root}:Issuers:{index}", one.KeyExchange, one.Keys, one.Mac, one.Dialect, dialects);
        }
    }

    private static void Validate(
        ConfigurationErrors errors, string path, KeyExchangeOptions? exchange, ZoneKeyOptions keys, MacOptions? mac,
        string dialect, DialectCatalog dialects)
    {
        if (exchange is null)
        {
            return;
        }

        errors.Require(
            keys.Zpk is not null || keys.Zak is not null, $"{path}:KeyExchange",
            "is set, and Keys names no key that could be exchanged.");
        errors.Require(
            mac?.Network != false, $"{path}:Mac:Network",
            "is false, and KeyExchange is set: a key is taken from a message with a MAC only, where there are MACs.");
        if (dialects.TryGet(dialect, out Dialect? found))
        {
            RequireField(errors, $"{path}:KeyExchange:Field", exchange.Field, found);
            if (exchange.CheckField is { } check)
            {
                RequireField(errors, $"{path}:KeyExchange:CheckField", check, found);
            }
        }
    }

    private static void RequireField(ConfigurationErrors errors, string path, int field, Dialect dialect) =>
        errors.Require(
            dialect[field] is { IsVariable: true } and not { Kind: FieldKind.N or FieldKind.B }, path,
            $"is {field}, which is no field of characters and of variable length in the dialect {dialect.Name}.");
}
