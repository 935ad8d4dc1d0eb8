using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Fuzz;

/// <summary>
/// Bytes that once were read wrongly. A file <c>DIALECT-what_it_is.hex</c>: the bytes in hexadecimal, lines of comment
/// behind #, and a line <c>reads:</c> with what is right.
/// </summary>
internal sealed record FuzzCase(string Name, string Dialect, byte[] Bytes, string Expected)
{
    private const string Reads = "reads: ";

    public static IEnumerable<FuzzCase> In(string folder) =>
        Directory.GetFiles(folder, "*.hex").Order(StringComparer.Ordinal).Select(Load);

    /// <summary>What the codec makes of it: the type, the fields that are there, and the fault, if any.</summary>
    public static string Read(Dialect dialect, byte[] bytes)
    {
        var message = new Message(65_536);
        bool isGood = message.TryLoad(dialect, bytes, out ParseFault fault);
        string read = $"{message.Mti} {message.Fields}".Trim();
        return isGood ? read : $"{read}, field {fault.Field} at byte {fault.Offset}: {fault.Error}";
    }

    /// <summary>A new file's text. A person has to write what is right: until then the case fails.</summary>
    public static string Text(Dialect dialect, byte[] bytes) =>
        $"{Convert.ToHexString(bytes)}\n# {dialect}: say what was wrong, and below what is right\n{Reads}\n";

    private static FuzzCase Load(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        string[] lines = File.ReadAllLines(file);
        string? expected = Array.Find(lines, static line => line.StartsWith(Reads, StringComparison.Ordinal));
        return new FuzzCase(
            name,
            name[..name.LastIndexOf('-')],
            Convert.FromHexString(lines[0].Trim()),
            expected?[Reads.Length..] ?? "");
    }
}
