using System.Globalization;
using System.Security;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Host.Commands.Dialects;

/// <summary>
/// Descriptions of the vectors' layouts in the forms of other libraries, made from the layouts themselves and not from
/// our dialects, in the words that these libraries have for them.
/// </summary>
internal static class ForeignDescriptions
{
    /// <summary>In the form of jPOS's GenericPackager.</summary>
    public static string JposOf(string layout)
    {
        var xml = new StringBuilder("""
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE isopackager PUBLIC "-//jPOS/jPOS Generic Packager DTD 1.0//EN"
                "http://jpos.org/dtd/generic-packager-1.0.dtd">
            <isopackager>

            """);
        foreach ((int field, JsonElement row) in RowsOf(layout))
        {
            string name = SecurityElement.Escape(TextOf(row, "name"));
            string pad = TextOf(row, "oddPad") == "left" ? " pad=\"true\"" : "";
            xml.AppendLine(
                CultureInfo.InvariantCulture,
                $"""  <isofield id="{field}" length="{LengthOf(row)}" name="{name}"{pad}""");
            xml.AppendLine(CultureInfo.InvariantCulture, $"""    class="org.jpos.iso.{ClassOf(field, row)}"/>""");
        }

        return xml.AppendLine("</isopackager>").ToString();
    }

    /// <summary>
    /// In the form of moov-io/iso8583, without the fields that it cannot say: a sign in front of packed digits.
    /// </summary>
    public static string MoovOf(string layout)
    {
        var fields = new JsonObject();
        foreach ((int field, JsonElement row) in RowsOf(layout))
        {
            if (!TextOf(row, "data").StartsWith("sign ", StringComparison.Ordinal))
            {
                fields[field.ToString(CultureInfo.InvariantCulture)] = MoovFieldOf(field, row);
            }
        }

        return new JsonObject { ["name"] = layout, ["fields"] = fields }.ToJsonString();
    }

    private static string ClassOf(int field, JsonElement row)
    {
        string data = TextOf(row, "data");
        string type = TextOf(row, "type");
        if (field == 1)
        {
            return data == "binary" ? "IFB_BITMAP" : "IFA_BITMAP";
        }

        if (TextOf(row, "kind") == "fixed")
        {
            return (data, type) switch
            {
                ("ascii", "n") => "IFA_NUMERIC",
                ("bcd", "n") => "IFB_NUMERIC",
                ("ebcdic", "n") => "IFE_NUMERIC",
                ("ascii", "ans") => "IF_CHAR",
                ("ebcdic", "ans") => "IFE_CHAR",
                ("hex-ascii", "b") => "IFA_BINARY",
                ("binary", "b") => "IFB_BINARY",
                ("ascii", "x+n") => "IFA_AMOUNT",
                ("ebcdic", "x+n") => "IFE_AMOUNT",
                _ => "IFB_AMOUNT",
            };
        }

        string places = new('L', row.GetProperty("prefixDigits").GetInt32());
        string content = type switch { "n" => "NUM", "b" => "BINARY", _ => "CHAR" };
        return (TextOf(row, "prefix"), data) switch
        {
            ("ascii", _) => $"IFA_{places}{content}",
            ("ebcdic", _) => $"IFE_{places}{content}",
            ("bcd", _) => $"IFB_{places}{content}",
            (_, "ebcdic") => $"IFB_{places}HE{content}",
            _ => $"IFB_{places}H{content}",
        };
    }

    private static JsonObject MoovFieldOf(int field, JsonElement row)
    {
        string data = TextOf(row, "data");
        string type = TextOf(row, "type");
        bool isFixed = TextOf(row, "kind") == "fixed";
        var json = new JsonObject
        {
            ["type"] = type switch
            {
                _ when field == 1 => "Bitmap",
                "n" when isFixed => "Numeric",
                "b" => "Binary",
                _ => "String",
            },
            ["length"] = field == 1 ? 8 : LengthOf(row), // Each bitmap; more follow where they are announced.
            ["description"] = TextOf(row, "name"),
            ["enc"] = data switch
            {
                "ascii" => "ASCII",
                "ebcdic" => "EBCDIC",
                "binary" => "Binary",
                "hex-ascii" => "HexToASCII",
                _ => TextOf(row, "oddPad") == "left" ? "BCD" : "LBCD",
            },
            ["prefix"] = PrefixOf(row),
        };
        if (row.TryGetProperty("align", out JsonElement align))
        {
            json["padding"] = new JsonObject
            {
                ["type"] = align.GetString() == "right" ? "Left" : "Right", ["pad"] = TextOf(row, "pad"),
            };
        }

        return json;
    }

    private static string PrefixOf(JsonElement row)
    {
        if (!row.TryGetProperty("prefixDigits", out JsonElement digits))
        {
            return TextOf(row, "data") == "hex-ascii" ? "Hex.Fixed" : "ASCII.Fixed";
        }

        string places = new('L', digits.GetInt32());
        return TextOf(row, "prefix") switch
        {
            "ascii" => $"ASCII.{places}",
            "bcd" => $"BCD.{places}",
            "ebcdic" => $"EBCDIC.{places}",
            _ => "Binary.L",
        };
    }

    private static IEnumerable<(int Field, JsonElement Row)> RowsOf(string layout)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Vector.PathOf($"{layout}.fields.json")));
        foreach (JsonProperty row in document.RootElement.EnumerateObject())
        {
            yield return (int.Parse(row.Name, CultureInfo.InvariantCulture), row.Value);
        }
    }

    private static int LengthOf(JsonElement row) => row.GetProperty("length").GetInt32();

    private static string TextOf(JsonElement row, string member) =>
        row.TryGetProperty(member, out JsonElement text) ? text.GetString()! : "";
}
