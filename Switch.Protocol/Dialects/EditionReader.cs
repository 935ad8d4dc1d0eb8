using System.Globalization;
using System.Text.Json;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// Reads what a dialect's JSON says about translation: its tables of codes, and the fields it takes over.
/// </summary>
internal sealed class EditionReader(List<string> mistakes)
{
    private const int WireCodeMax = 4;

    /// <summary>Reads { "116": "51" }: what is on the wire, and what it means in the two characters of 1987.</summary>
    public Dictionary<string, string>? ResponseCodesOf(JsonElement value, string path) =>
        TableOf(value, path, IsWireCode, code => code.Length == 2 && IsWireCode(code), "two characters");

    /// <summary>Reads { "270": "301" }: what is on the wire, and what it means as DE 70 of 1987.</summary>
    public Dictionary<string, string>? NetworkCodesOf(JsonElement value, string path) =>
        TableOf(value, path, IsNetworkCode, IsNetworkCode, "three digits");

    /// <summary>Reads "301": DE 70 of 1987.</summary>
    public int? NetworkCodeOf(JsonElement value, string path)
    {
        string? code = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (code is not null && IsNetworkCode(code))
        {
            return int.Parse(code, CultureInfo.InvariantCulture);
        }

        mistakes.Add($"{path}: three digits expected, DE 70 of 1987");
        return null;
    }

    /// <summary>Reads { "other-dialect": { "48": 48, "60": 63 } }: their field, and ours.</summary>
    public void ReadCarry(Dictionary<string, CarriedField[]> carry, JsonElement value, string path)
    {
        if (!Expect(value, path))
        {
            return;
        }

        foreach (JsonProperty dialect in value.EnumerateObject())
        {
            string at = $"{path}.{dialect.Name}";
            var fields = new List<CarriedField>();
            if (Expect(dialect.Value, at))
            {
                foreach (JsonProperty pair in dialect.Value.EnumerateObject())
                {
                    bool isPair = int.TryParse(
                        pair.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int from)
                        & pair.Value.TryGetInt32OrNot(out int to);
                    if (!isPair || from is < 2 or > Field.Max || to is < 2 or > Field.Max)
                    {
                        mistakes.Add($"{at}.{pair.Name}: two field numbers expected, theirs and ours");
                        continue;
                    }

                    fields.Add(new CarriedField(from, to));
                }
            }

            carry[dialect.Name] = [.. fields];
        }
    }

    private Dictionary<string, string>? TableOf(
        JsonElement value, string path, Func<string, bool> isWire, Func<string, bool> isCode, string expected)
    {
        if (!Expect(value, path))
        {
            return null;
        }

        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty row in value.EnumerateObject())
        {
            string? code = row.Value.ValueKind == JsonValueKind.String ? row.Value.GetString() : null;
            if (!isWire(row.Name) || code is null || !isCode(code))
            {
                mistakes.Add($"{path}.{row.Name}: a code and {expected} expected");
                continue;
            }

            table[row.Name] = code;
        }

        return table;
    }

    private bool Expect(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return true;
        }

        mistakes.Add($"{path}: object expected");
        return false;
    }

    private static bool IsWireCode(string text) =>
        text.Length is > 0 and <= WireCodeMax && !text.AsSpan().ContainsAnyExceptInRange('0', 'Z');

    private static bool IsNetworkCode(string text) =>
        text.Length == 3 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}

/// <summary>What <see cref="JsonElement"/> lacks.</summary>
file static class JsonNumbers
{
    /// <summary>False, and not an exception, when the element is no number.</summary>
    public static bool TryGetInt32OrNot(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }
}
