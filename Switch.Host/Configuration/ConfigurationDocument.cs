using System.Text;
using System.Text.Json;

namespace Switch.Host.Configuration;

/// <summary>
/// A configuration file as the keys and values of .NET configuration. The platform's own reader makes one of an empty
/// text, an empty list and an empty group, merges groups that stand there twice, and counts lines from zero.
/// </summary>
internal sealed class ConfigurationDocument
{
    /// <summary>What stands for <c>[]</c>. A variable of the environment cannot hold a zero.</summary>
    public const string EmptyList = "\0[]";

    /// <summary>What stands for <c>{}</c>.</summary>
    public const string EmptyGroup = "\0{}";

    private static readonly JsonReaderOptions Form = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
    };

    private readonly byte[] _text;
    private readonly ConfigurationErrors _errors;
    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _lines = new(StringComparer.OrdinalIgnoreCase);

    private ConfigurationDocument(byte[] text, ConfigurationErrors errors)
    {
        _text = text;
        _errors = errors;
    }

    /// <summary>Values by path, with <c>:</c> between its parts. A key that stands there twice is a mistake.</summary>
    /// <exception cref="FormatException">It is not a JSON object; says in which line and byte, from 1.</exception>
    public static IReadOnlyDictionary<string, string?> Read(ReadOnlySpan<byte> utf8, ConfigurationErrors errors)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        utf8 = utf8.StartsWith(mark) ? utf8[mark.Length..] : utf8;
        var document = new ConfigurationDocument(utf8.ToArray(), errors);
        document.ReadAll();
        return document._values;
    }

    private void ReadAll()
    {
        var json = new Utf8JsonReader(_text, Form);
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw new FormatException($"line {LineOf(json)}: the document must be one object, {{ ... }}.");
            }

            ReadGroup(ref json, "");
            json.Read(); // Throws when anything follows.
        }
        catch (JsonException e)
        {
            string what = e.Message;
            int place = what.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw new FormatException(
                $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {(place < 0 ? what : what[..place])}", e);
        }
        catch (InvalidOperationException e)
        {
            // A text that is half of a character only.
            throw new FormatException($"line {LineOf(json)}: {e.Message}", e);
        }
    }

    private void ReadGroup(ref Utf8JsonReader json, string path)
    {
        int count = 0;
        for (json.Read(); json.TokenType != JsonTokenType.EndObject; json.Read(), count++)
        {
            string key = json.GetString()!;
            string child = path.Length == 0 ? key : $"{path}:{key}";
            int line = LineOf(json);
            json.Read();
            if (_lines.TryAdd(child, line))
            {
                ReadValue(ref json, child);
            }
            else
            {
                _errors.Add(
                    child,
                    $"cannot be read: it is given twice, in line {_lines[child]} and in line {line}. Remove one.");
                json.Skip();
            }
        }

        if (count == 0 && path.Length > 0)
        {
            _values[path] = EmptyGroup;
        }
    }

    private void ReadList(ref Utf8JsonReader json, string path)
    {
        int count = 0;
        for (json.Read(); json.TokenType != JsonTokenType.EndArray; json.Read(), count++)
        {
            ReadValue(ref json, FormattableString.Invariant($"{path}:{count}"));
        }

        if (count == 0)
        {
            _values[path] = EmptyList;
        }
    }

    private void ReadValue(ref Utf8JsonReader json, string path)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject:
                ReadGroup(ref json, path);
                break;
            case JsonTokenType.StartArray:
                ReadList(ref json, path);
                break;
            case JsonTokenType.String:
                _values[path] = json.GetString();
                break;
            case JsonTokenType.Null:
                _values[path] = null;
                break;
            default: // Numbers and truths as they stand there: what they mean is for the key to say.
                _values[path] = Encoding.UTF8.GetString(json.ValueSpan);
                break;
        }
    }

    private int LineOf(in Utf8JsonReader json) =>
        1 + _text.AsSpan(0, (int)json.TokenStartIndex).Count((byte)'\n');
}
