using System.Diagnostics.CodeAnalysis;

namespace Switch.Host.Security.Wrapping;

/// <summary>
/// Where a key is in a PKCS#11 token, in the form of RFC 7512:
/// <c>pkcs11:token=switch;object=master?module-path=/usr/lib/softhsm/libsofthsm2.so&amp;pin-source=file:token.pin</c>.
/// Its PIN is referred to and never contained.
/// </summary>
internal sealed record Pkcs11Address
{
    public const string Scheme = "pkcs11:";

    /// <summary>Label of the token.</summary>
    public required string Token { get; init; }

    /// <summary>Serial number of the token; null: any.</summary>
    public string? Serial { get; init; }

    /// <summary>Label of the key (CKA_LABEL).</summary>
    public required string Label { get; init; }

    /// <summary>The library that drives the token.</summary>
    public required string Library { get; init; }

    /// <summary>A <c>file:</c> or <c>env:</c> reference to the PIN of the token's user.</summary>
    public required string PinSource { get; init; }

    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Pkcs11Address? address, out string problem)
    {
        address = null;
        problem = "must be pkcs11:token=...;object=...?module-path=...&pin-source=file:...";
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        string[] halves = text[Scheme.Length..].Split('?');
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (halves.Length != 2 || !Read(halves[0], ';', parts) || !Read(halves[1], '&', parts))
        {
            return false;
        }

        if (parts.ContainsKey("pin-value"))
        {
            problem = "has pin-value. A configuration never contains the PIN itself: name its file with pin-source";
            return false;
        }

        string[] unknown = [.. parts.Keys.Except(["token", "serial", "object", "type", "module-path", "pin-source"])];
        if (unknown.Length > 0)
        {
            problem = $"has '{unknown[0]}', which is not known here";
            return false;
        }

        if (parts.GetValueOrDefault("type", "secret-key") != "secret-key")
        {
            problem = "has a type other than secret-key";
            return false;
        }

        if (!parts.TryGetValue("token", out string? token) || !parts.TryGetValue("object", out string? label)
            || !parts.TryGetValue("module-path", out string? library)
            || !parts.TryGetValue("pin-source", out string? pin))
        {
            return false;
        }

        if (!Path.IsPathFullyQualified(library))
        {
            problem = "has a module-path that is not absolute: another library could be loaded instead";
            return false;
        }

        address = new Pkcs11Address
        {
            Token = token,
            Serial = parts.GetValueOrDefault("serial"),
            Label = label,
            Library = library,
            PinSource = pin,
        };
        return true;
    }

    private static bool Read(string text, char between, Dictionary<string, string> into)
    {
        foreach (string part in text.Split(between))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == part.Length - 1
                || !into.TryAdd(part[..equals], Uri.UnescapeDataString(part[(equals + 1)..])))
            {
                return false;
            }
        }

        return true;
    }
}
