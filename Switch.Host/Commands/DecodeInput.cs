using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>How bytes are written down.</summary>
internal enum InputForm
{
    Auto,
    Hex,
    Base64,
    Binary,
}

/// <summary>
/// Bytes that people have: hexadecimal or base64, one message to a line, or as they are. Where from is an argument
/// itself, a file, or standard input.
/// </summary>
internal static class DecodeInput
{
    /// <summary>Bytes of an input that is taken as one piece.</summary>
    public const int BinarySizeMax = 64 * 1024 * 1024;

    /// <summary>Characters of a line: the largest message in hexadecimal, with spaces.</summary>
    private const int LineLengthMax = 4 * 1024 * 1024;

    private static readonly SearchValues<byte> TextBytes = SearchValues.Create(
        [.. "\t\n\r"u8, .. Enumerable.Range(' ', '~' - ' ' + 1).Select(value => (byte)value)]);

    /// <summary>Each line's bytes, or null for a line that is none. Blank lines are passed over.</summary>
    public static async IAsyncEnumerable<byte[]?> ReadAsync(string source, InputForm form)
    {
        if (source != "-" && !File.Exists(source) && !Directory.Exists(source))
        {
            yield return form == InputForm.Binary
                ? throw new UsageException($"'{source}' is not a file.") : BytesOf(source, form);
            yield break;
        }

        using Stream stream = source == "-" ? Console.OpenStandardInput() : ToolFile.OpenRead(source);
        PipeReader pipe = PipeReader.Create(stream);
        ReadResult start = await pipe.ReadAsync().ConfigureAwait(false);
        bool isBinary = form == InputForm.Binary || (form == InputForm.Auto && !IsText(start.Buffer));
        pipe.AdvanceTo(start.Buffer.Start); // It was looked at, and is read again.
        using Stream whole = pipe.AsStream();
        if (isBinary)
        {
            yield return await ReadAllAsync(whole).ConfigureAwait(false);
            yield break;
        }

        using var reader = new StreamReader(whole, Encoding.Latin1);
        string name = source == "-" ? "standard input" : source;
        await foreach (string line in BoundedLines.ReadAsync(reader, name, LineLengthMax).ConfigureAwait(false))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return BytesOf(line, form);
            }
        }
    }

    /// <summary>Null when the text is neither.</summary>
    public static byte[]? BytesOf(string line, InputForm form)
    {
        string text = string.Concat(line.Where(character => !char.IsWhiteSpace(character)));
        text = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        byte[] bytes = new byte[text.Length];
        if (form is InputForm.Hex or InputForm.Auto && text.Length % 2 == 0
            && Convert.FromHexString(text, bytes, out _, out int written) == OperationStatus.Done)
        {
            return bytes[..written];
        }

        return form is InputForm.Base64 or InputForm.Auto && Convert.TryFromBase64String(text, bytes, out written)
            ? bytes[..written]
            : null;
    }

    private static bool IsText(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            if (part.Span.ContainsAnyExcept(TextBytes))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[81_920];
        for (int size; (size = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            all.Write(buffer, 0, size);
            if (all.Length > BinarySizeMax)
            {
                throw new UsageException($"The input is longer than {BinarySizeMax} bytes. Give it in parts.");
            }
        }

        return all.ToArray();
    }
}
