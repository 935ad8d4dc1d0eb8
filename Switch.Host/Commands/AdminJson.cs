using System.Globalization;
using System.Text.Json;

namespace Switch.Host.Commands;

/// <summary>
/// Reads what the admin listener says for people. A switch of another version may lack a name: that is a blank, and no
/// reason to end.
/// </summary>
internal static class AdminJson
{
    /// <summary>Empty when it is not there.</summary>
    public static string Text(JsonElement item, string name) => Find(item, name)?.ToString() ?? "";

    /// <summary>Zero when it is not there, or is no number.</summary>
    public static long Number(JsonElement item, string name) =>
        Find(item, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number)
            ? number : 0;

    /// <summary>A number as people read it; a dash when it is not there.</summary>
    public static string Figure(JsonElement item, string name) =>
        Find(item, name) is { ValueKind: JsonValueKind.Number } value
            ? value.GetDecimal().ToString("#,0.###", CultureInfo.InvariantCulture) : "-";

    public static bool Is(JsonElement item, string name) => Find(item, name) is { ValueKind: JsonValueKind.True };

    /// <summary>The entries of a list; none when it is not there.</summary>
    public static IEnumerable<JsonElement> List(JsonElement item, string name) =>
        Find(item, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static JsonElement? Find(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement value) ? value : null;
}
