using System.Globalization;
using System.Text.Json;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// One JSON object of a description as Go's encoding/json reads it: names in any letter case, of two with one name the
/// last, null as if it were not there. What is in it and was never asked for is said by <see cref="Finish"/>: a
/// property that is passed over in silence is found out by a payment.
/// </summary>
internal sealed class MoovObject
{
    private readonly DialectDraft _draft;
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);

    /// <param name="value">The object.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="draft">What is told.</param>
    public MoovObject(JsonElement value, string path, DialectDraft draft)
    {
        _draft = draft;
        Path = path;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string key = Fold(property.Name);
            if (_members.ContainsKey(key))
            {
                draft.Warn($"{PathOf(property.Name)}: is given twice, in different letter case: the last one is used");
            }

            _members[key] = new Member(property.Name, property.Value);
        }
    }

    public string Path { get; }

    /// <summary>The first property that is not of the kind that belongs there; null: none was met.</summary>
    public string? Problem { get; private set; }

    /// <summary>The text; null where there is none.</summary>
    public string? Text(string name) => Take(name, JsonValueKind.String, "text expected") is { } value
        ? value.GetString()
        : null;

    /// <summary>The whole number; null where there is none.</summary>
    public int? Number(string name)
    {
        if (Take(name, JsonValueKind.Number, "a whole number expected") is not { } value)
        {
            return null;
        }

        if (value.TryGetInt32(out int number))
        {
            return number;
        }

        Problem ??= $"{PathOf(name)}: a whole number expected";
        return null;
    }

    public bool IsTrue(string name)
    {
        if (!_members.TryGetValue(name, out Member? member))
        {
            return false;
        }

        member.IsTaken = true;
        if (member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null))
        {
            Problem ??= $"{PathOf(member.Name)}: true or false expected";
        }

        return member.Value.ValueKind == JsonValueKind.True;
    }

    /// <summary>The object; null where there is none.</summary>
    public MoovObject? Object(string name) => Take(name, JsonValueKind.Object, "an object expected") is { } value
        ? new MoovObject(value, PathOf(name), _draft)
        : null;

    /// <summary>
    /// The values of an object whose names are no properties but numbers or tags, as they are written; of two with one
    /// name the last. Empty where there is none.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Map(string name)
    {
        if (Take(name, JsonValueKind.Object, "an object expected") is not { } value)
        {
            return [];
        }

        var map = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (map.ContainsKey(property.Name))
            {
                _draft.Warn($"{PathOf(name)}.{property.Name}: is given twice: the last one is used");
            }

            map[property.Name] = property.Value;
        }

        return [.. map];
    }

    /// <summary>Names what was not asked for.</summary>
    public void Finish()
    {
        foreach (Member member in _members.Values)
        {
            if (!member.IsTaken && member.Value.ValueKind != JsonValueKind.Null)
            {
                _draft.Warn($"{PathOf(member.Name)}: not supported, or without meaning here: not used");
            }
        }
    }

    private JsonElement? Take(string name, JsonValueKind kind, string expected)
    {
        if (!_members.TryGetValue(name, out Member? member))
        {
            return null;
        }

        member.IsTaken = true;
        if (member.Value.ValueKind == kind)
        {
            return member.Value;
        }

        if (member.Value.ValueKind != JsonValueKind.Null)
        {
            Problem ??= $"{PathOf(member.Name)}: {expected}";
        }

        return null;
    }

    private string PathOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    /// <summary>Go also takes the Kelvin sign for a k and the long s for an s.</summary>
    private static string Fold(string name) =>
        name.Replace('\u212A', 'k').Replace('\u017F', 's').ToLower(CultureInfo.InvariantCulture);

    private sealed class Member(string name, JsonElement value)
    {
        public string Name { get; } = name;

        public JsonElement Value { get; } = value;

        public bool IsTaken { get; set; }
    }
}
