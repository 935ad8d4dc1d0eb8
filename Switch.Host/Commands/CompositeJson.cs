using System.Text.Json;
using Switch.Protocol.Composites;
using Switch.Protocol.Masking;

namespace Switch.Host.Commands;

/// <summary>
/// Composites as JSON: an object with a member for each part, in the order of the bytes. A part that stands there
/// several times in a row is an array; a part that is a composite itself is an object.
/// </summary>
internal static class CompositeJson
{
    /// <summary>
    /// Whether an object can stand for the parts: one that comes back after another would lose its place.
    /// </summary>
    public static bool CanHold(IReadOnlyList<CompositePart> parts)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int index = 0; index < parts.Count; index++)
        {
            bool isNext = index > 0 && parts[index - 1].Key == parts[index].Key;
            if (!isNext && !seen.Add(parts[index].Key))
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="writer">Stands where a value is expected.</param>
    /// <param name="parts">What <see cref="CanHold"/> holds for.</param>
    /// <param name="exposure">Which parts people may see.</param>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<CompositePart> parts, PartExposure exposure)
    {
        writer.WriteStartObject();
        for (int index = 0; index < parts.Count;)
        {
            int end = index + 1;
            while (end < parts.Count && parts[end].Key == parts[index].Key)
            {
                end++;
            }

            writer.WritePropertyName(parts[index].Key);
            if (end == index + 1)
            {
                WriteValue(writer, parts[index], exposure);
            }
            else
            {
                writer.WriteStartArray();
                for (int repeat = index; repeat < end; repeat++)
                {
                    WriteValue(writer, parts[repeat], exposure);
                }

                writer.WriteEndArray();
            }

            index = end;
        }

        writer.WriteEndObject();
    }

    /// <summary>The parts that an object describes, in its order. False, and why, when it is none.</summary>
    public static bool TryRead(JsonElement value, out List<CompositePart> parts, out string reason)
    {
        parts = [];
        reason = "";
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement repeat in property.Value.EnumerateArray())
                {
                    reason = reason.Length == 0 ? Add(parts, property.Name, repeat) : reason;
                }
            }
            else
            {
                reason = reason.Length == 0 ? Add(parts, property.Name, property.Value) : reason;
            }
        }

        return reason.Length == 0;
    }

    private static void WriteValue(Utf8JsonWriter writer, CompositePart part, PartExposure exposure)
    {
        if (exposure.IsMasked && Masker.IsHidden(part, exposure.IsPrivate))
        {
            writer.WriteStringValue(Masker.Hidden);
        }
        else if (part.Parts is not { } inside)
        {
            writer.WriteStringValue(part.Text);
        }
        else if (CanHold(inside))
        {
            Write(writer, inside, exposure);
        }
        else
        {
            writer.WriteStringValue(exposure.IsMasked ? Masker.Hidden : part.Text);
        }
    }

    private static string Add(List<CompositePart> parts, string key, JsonElement value)
    {
        List<CompositePart>? inside = null;
        bool isObject = value.ValueKind == JsonValueKind.Object;
        if (isObject && !TryRead(value, out inside, out string reason))
        {
            return reason;
        }

        if (!isObject && value.ValueKind != JsonValueKind.String)
        {
            return $"{key}: a part is a string, an object, or an array of them";
        }

        string text = isObject ? "" : value.GetString()!;
        parts.Add(new CompositePart { Key = key, Name = "", Text = text, Parts = inside });
        return "";
    }
}

/// <summary>Whether parts are shown whole, and if not, whether their field is a private one.</summary>
internal readonly record struct PartExposure(bool IsMasked, bool IsPrivate);
