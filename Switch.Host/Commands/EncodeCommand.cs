using System.CommandLine;
using Switch.Host.Commands.Common;
using Switch.Host.Wording;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary><c>encode</c>: JSON to bytes in hexadecimal, the way back from <c>decode --json --unmask</c>.</summary>
internal static class EncodeCommand
{
    /// <summary>The largest message that a composer makes.</summary>
    private const int SizeMax = 131_071;

    /// <summary>Characters of a line: such a message with each of its bytes escaped.</summary>
    private const int LineLengthMax = 1024 * 1024;

    public static Command Create()
    {
        var command = new Command(
            "encode",
            "Encode messages from JSON, one per line, as 'decode --json --unmask' prints them, and print each in "
            + "hexadecimal, or an error instead of it. Exit code 1 when a message cannot be encoded.");
        Argument<string> input = DecodeCommand.Input("The JSON itself, a file of lines, or - for standard input.");
        Option<bool> json = CommonOptions.Json();
        var wire = new DialectOptions();
        command.Add(input);
        foreach (Option option in (Option[])[wire.Dialect, wire.Files, wire.Framing, wire.Header, json])
        {
            command.Add(option);
        }

        command.SetAction(parsed => RunAsync(
            parsed.GetValue(input)!, wire.DialectOf(parsed), wire.FramingOf(parsed), parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(
        string source, Dialect dialect, FrameFormat? framing, bool json, TextWriter output)
    {
        var composer = new MessageComposer(SizeMax);
        int problems = 0;
        await foreach (string line in LinesAsync(source).ConfigureAwait(false))
        {
            if (TryEncode(line, dialect, framing, composer, out string hex, out MessageMistake mistake))
            {
                output.WriteLine(json ? $"{{\"hex\":\"{hex}\"}}" : hex);
            }
            else
            {
                problems++;
                output.WriteLine(DecodeJson.LineOf(mistake));
            }
        }

        return problems == 0 ? ExitCode.Done : ExitCode.Problems;
    }

    private static bool TryEncode(
        string line, Dialect dialect, FrameFormat? framing, MessageComposer composer, out string hex,
        out MessageMistake mistake)
    {
        hex = "";
        if (!MessageJson.TryEncode(line, dialect, composer, now: null, out EncodedMessage message, out mistake))
        {
            return false;
        }

        byte[] bytes = message.Bytes;
        if (framing is not null)
        {
            if (bytes.Length > framing.BodySizeMax)
            {
                mistake = new(0, 0, $"{bytes.Length} bytes are too many for {framing}.");
                return false;
            }

            if (!TryHeader(message.Header, framing, out FrameHeader header))
            {
                mistake = new(0, 0, $"\"header\" must be {framing.Header.Size} bytes in hexadecimal for {framing}.");
                return false;
            }

            byte[] frame = new byte[framing.OverheadSize + bytes.Length];
            bytes = frame[..framing.Write(frame, bytes, in header)];
        }

        hex = Convert.ToHexString(bytes);
        return true;
    }

    /// <summary>The header that a decoded message came with; without one the framing uses its own.</summary>
    private static bool TryHeader(string? hex, FrameFormat framing, out FrameHeader header)
    {
        header = default;
        if (hex is null)
        {
            return true;
        }

        byte[] bytes = new byte[FrameHeader.SizeMax];
        bool isHex = Convert.FromHexString(hex, bytes, out _, out int size) == System.Buffers.OperationStatus.Done;
        header = new FrameHeader(bytes.AsSpan(0, size));
        return isHex && size == framing.Header.Size;
    }

    private static async IAsyncEnumerable<string> LinesAsync(string source)
    {
        if (source != "-" && source.TrimStart().StartsWith('{'))
        {
            yield return source;
            yield break;
        }

        using TextReader reader = source == "-"
            ? new StreamReader(Console.OpenStandardInput())
            : new StreamReader(ToolFile.OpenRead(source));
        string name = source == "-" ? "standard input" : source;
        await foreach (string line in BoundedLines.ReadAsync(reader, name, LineLengthMax).ConfigureAwait(false))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return line;
            }
        }
    }
}
