using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Switch.Host.Configuration;

/// <summary>One guarded setting that is not as it was.</summary>
/// <param name="Path">Below the configuration's root; names stand for places in lists.</param>
/// <param name="From">Empty: it was not set, or as by default.</param>
/// <param name="To">Empty: it is not set now, or as by default.</param>
/// <param name="NeedsTwo">False: it only makes a limit lower.</param>
internal sealed record GuardedChange(string Path, string From, string To, bool NeedsTwo);

/// <summary>
/// What two persons change: whom the switch believes (TLS, PINs, MACs, keys, the security module), where cards go, what
/// stand-in may approve, what velocity rules stop, and who commands. Values are text; what is as by default is left
/// out, so that a new version's new settings are no change.
/// </summary>
internal sealed class GuardedSettings
{
    private static readonly JsonSerializerOptions Form = new()
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Of a stand-in profile: a smaller number approves less, and zero nothing.
    private static readonly string[] LimitNames =
    [
        nameof(StandInOptions.PerTransaction), nameof(StandInOptions.IssuerExposure),
        nameof(StandInOptions.FallbackPerTransaction), PerCardCount, PerCardAmount,
    ];

    private const string PerCardCount = $"{nameof(StandInOptions.PerCard)}:{nameof(PerCardOptions.Count)}";
    private const string PerCardAmount = $"{nameof(StandInOptions.PerCard)}:{nameof(PerCardOptions.Amount)}";

    private const string OfTls = $":{nameof(AcquirerOptions.Tls)}";

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    private GuardedSettings()
    {
    }

    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>SHA-256 of all values, in lower-case hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(_values, Form))));

    /// <summary>Of a configuration, which may be wrong in any way.</summary>
    public static GuardedSettings Of(SwitchOptions options)
    {
        var settings = new GuardedSettings();
        foreach (AcquirerOptions one in options.Acquirers)
        {
            string path = $"Acquirers:{one.Name}";
            settings.Add(path + OfTls, TextOf(one.Tls));
            settings.Add($"{path}:Pin", one.Pin == default ? "" : one.Pin.ToString());
            settings.Add($"{path}:PinSharedWith", string.Join(", ", one.PinSharedWith));
            settings.Add($"{path}:PinFormat", one.PinFormat == default ? "" : one.PinFormat.ToString());
            settings.Add($"{path}:Keys", TextOf(one.Keys));
            settings.Add($"{path}:Dukpt", TextOf(one.Dukpt));
            settings.Add($"{path}:Mac", TextOf(one.Mac));
            settings.Add($"{path}:KeyExchange", TextOf(one.KeyExchange));
        }

        foreach (IssuerOptions one in options.Issuers)
        {
            string path = $"Issuers:{one.Name}";
            settings.Add(path + OfTls, TextOf(one.Tls));
            settings.Add($"{path}:PinFormat", one.PinFormat == default ? "" : one.PinFormat.ToString());
            settings.Add($"{path}:Keys", TextOf(one.Keys));
            settings.Add($"{path}:Mac", TextOf(one.Mac));
            settings.Add($"{path}:KeyExchange", TextOf(one.KeyExchange));
        }

        foreach (RouteOptions route in options.Routes)
        {
            settings.Add($"Routes:{route.Prefix}", TextOf(route));
        }

        foreach ((string name, StandInOptions profile) in options.StandIn)
        {
            settings.AddProfile($"StandIn:{name}", profile);
        }

        settings.Add("Velocity", TextOf(options.Velocity));
        settings.AddSecurity(options.Security);
        settings.Add("Keys", TextOf(options.Keys));
        settings.Add($"Admin{OfTls}", TextOf(options.Admin.Tls));
        JsonObject admin = ChangedOf(options.Admin);
        admin.Remove(nameof(AdminOptions.Tls));
        settings.Add("Admin", admin.Count == 0 ? "" : admin.ToJsonString(Form));
        return settings;
    }

    /// <summary>These, with what others say of TLS: it was replaced in the running switch.</summary>
    public GuardedSettings WithTlsOf(GuardedSettings others)
    {
        var settings = new GuardedSettings();
        foreach ((string path, string value) in _values.Where(static one => !IsOfTls(one.Key))
            .Concat(others._values.Where(static one => IsOfTls(one.Key))))
        {
            settings.Add(path, value);
        }

        return settings;
    }

    /// <summary>What is not as it was, by path.</summary>
    public IReadOnlyList<GuardedChange> ChangesFrom(IReadOnlyDictionary<string, string> former)
    {
        var changes = new List<GuardedChange>();
        foreach (string path in _values.Keys.Union(former.Keys).Order(StringComparer.Ordinal))
        {
            string from = former.GetValueOrDefault(path, "");
            string to = _values.GetValueOrDefault(path, "");
            if (from != to)
            {
                changes.Add(new GuardedChange(path, from, to, !IsLower(path, from, to)));
            }
        }

        return changes;
    }

    private static bool IsOfTls(string path) => path.EndsWith(OfTls, StringComparison.Ordinal);

    private static bool IsLower(string path, string from, string to) =>
        path.StartsWith("StandIn:", StringComparison.Ordinal)
        && LimitNames.Any(name => path.EndsWith($":{name}", StringComparison.Ordinal))
        && NumberOf(to) <= NumberOf(from);

    // What is no number is more than any.
    private static long NumberOf(string text) => text.Length == 0 ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : long.MaxValue;

    private void AddSecurity(SecurityOptions security)
    {
        JsonObject rest = ChangedOf(security);
        if (rest[nameof(SecurityOptions.Hsm)] is JsonArray modules)
        {
            foreach (JsonNode? module in modules)
            {
                module!.AsObject().Remove(nameof(HsmOptions.Tls)); // The word None is none of its keys.
            }
        }

        Add("Security", rest.Count == 0 ? "" : rest.ToJsonString(Form));
        foreach (HsmOptions module in security.Hsm)
        {
            Add($"Security:Hsm:{module.Endpoint}:Tls", TextOf(module.Tls));
        }
    }

    private void AddProfile(string path, StandInOptions profile)
    {
        JsonObject rest = ChangedOf(profile);
        JsonObject perCard = ChangedOf(profile.PerCard);
        AddLimit(nameof(StandInOptions.PerTransaction), profile.PerTransaction);
        AddLimit(nameof(StandInOptions.IssuerExposure), profile.IssuerExposure);
        AddLimit(nameof(StandInOptions.FallbackPerTransaction), profile.FallbackPerTransaction);
        AddLimit(PerCardCount, profile.PerCard.Count);
        AddLimit(PerCardAmount, profile.PerCard.Amount);
        perCard.Remove(nameof(PerCardOptions.Count));
        perCard.Remove(nameof(PerCardOptions.Amount));
        rest[nameof(StandInOptions.PerCard)] = perCard;
        Add(path, rest.ToJsonString(Form));

        void AddLimit(string name, long value)
        {
            rest.Remove(name);
            Add($"{path}:{name}", value == 0 ? "" : value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Add(string path, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        // Two of one name are a mistake that others report; here each must count.
        _values[path] = _values.TryGetValue(path, out string? other) ? $"{other} and {value}" : value;
    }

    private static string TextOf(TlsOptions? tls) =>
        tls is { IsNone: true } ? TlsOptions.None : TextOf<TlsOptions>(tls);

    private static string TextOf<T>(T? value)
        where T : class, new() => value is null ? ""
        : ChangedOf(value) is { Count: > 0 } changed ? changed.ToJsonString(Form)
        : value is TlsOptions or DukptOptions or MacOptions ? "{}" // That it is there is a setting.
        : "";

    private static JsonObject ChangedOf<T>(T value)
        where T : new()
    {
        JsonObject all = JsonSerializer.SerializeToNode(value, Form)!.AsObject();
        foreach ((string name, JsonNode? byDefault) in JsonSerializer.SerializeToNode(new T(), Form)!.AsObject())
        {
            if (JsonNode.DeepEquals(all[name], byDefault))
            {
                all.Remove(name);
            }
        }

        return all;
    }
}
