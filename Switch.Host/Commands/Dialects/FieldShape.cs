using System.Globalization;
using System.Text.Json.Nodes;

namespace Switch.Host.Commands.Dialects;

/// <summary>How one field of a foreign description travels, in the words of a dialect's JSON.</summary>
/// <param name="Kind">n, x+n, ans, z, b.</param>
/// <param name="Encoding">As dialects name it.</param>
/// <param name="Places">Of its length prefix; 0 for a fixed field.</param>
/// <param name="Prefix">As dialects name it.</param>
internal sealed record FieldShape(string Kind, string Encoding, int Places = 0, string Prefix = "ascii")
{
    public string? Odd { get; init; }

    public string? Pad { get; init; }

    /// <summary>"wire" where the prefix counts bytes of packed digits.</summary>
    public string? Counts { get; init; }

    public string? Fill { get; init; }

    public string? Align { get; init; }

    public string? Content { get; init; }

    /// <summary>Whether every byte of it is a printable character of ASCII.</summary>
    public bool IsText => Encoding is "ascii" or "hex" && (Places == 0 || Prefix is "ascii" or "hex");

    public JsonObject ToJson(int length, string? name)
    {
        var json = new JsonObject();
        if (!string.IsNullOrEmpty(name))
        {
            json["name"] = name;
        }

        // The length of a signed amount counts its sign here as there; the notation does not.
        string digits = (Kind == "x+n" ? length - 1 : length).ToString(CultureInfo.InvariantCulture);
        json["format"] = Places == 0 ? $"{Kind} {digits}" : $"{Kind}{new string('.', Places)}{digits}";
        json["encoding"] = Encoding;
        if (Places != 0)
        {
            json["prefix"] = Prefix;
        }

        foreach ((string member, string? value) in ((string, string?)[])
            [
                ("odd", Odd), ("pad", Pad), ("counts", Counts), ("fill", Fill), ("align", Align),
                ("content", Content),
            ])
        {
            if (value is not null)
            {
                json[member] = value;
            }
        }

        return json;
    }
}
