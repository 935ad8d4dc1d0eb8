using System.Text;
using System.Text.Json;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Support;

/// <summary>
/// One message of Vectors/*.jsonl: what its fields say and what its bytes are, agreed by codecs that are not ours.
/// </summary>
internal sealed record Vector(int Line, Dialect Dialect, string Mti, SortedDictionary<int, string> Fields, byte[] Bytes)
{
    public static readonly string[] Dialects =
        ["iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary", "base24", "base1"];

    private static readonly Dictionary<string, Vector[]> Loaded = [];

    /// <summary>All vectors of a dialect, read once.</summary>
    public static Vector[] Of(string dialect)
    {
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(dialect, out Vector[]? vectors))
            {
                IEnumerable<string> lines = File.ReadLines(PathOf($"{dialect}.jsonl"));
                vectors = [.. lines.Select((line, index) => Parse(dialect, line, index + 1))];
                Loaded.Add(dialect, vectors);
            }

            return vectors;
        }
    }

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Vectors", file);

    /// <summary>
    /// The canonical text that a field of the vector stands for: b fields are hex there and bytes here.
    /// </summary>
    public byte[] TextOf(int field) => Dialect[field]!.Kind == FieldKind.B
        ? Convert.FromHexString(Fields[field])
        : Encoding.ASCII.GetBytes(Fields[field]);

    /// <summary>Loads the bytes, which must be good.</summary>
    public Message Load()
    {
        var message = new Message(8192);
        Assert.True(message.TryLoad(Dialect, Bytes, out ParseFault fault), $"{Dialect} line {Line}: {fault}");
        return message;
    }

    public override string ToString() => $"{Dialect} line {Line}";

    private static Vector Parse(string dialect, string json, int line)
    {
        using var document = JsonDocument.Parse(json);
        var fields = new SortedDictionary<int, string>();
        string mti = "";
        foreach (JsonProperty property in document.RootElement.GetProperty("fields").EnumerateObject())
        {
            if (property.Name == "0")
            {
                mti = property.Value.GetString()!;
            }
            else
            {
                fields.Add(int.Parse(property.Name), property.Value.GetString()!);
            }
        }

        byte[] bytes = Convert.FromHexString(document.RootElement.GetProperty("hex").GetString()!);
        return new Vector(line, Switch.Protocol.Dialects.Dialect.Get(dialect), mti, fields, bytes);
    }
}
