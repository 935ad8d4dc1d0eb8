using System.CommandLine;
using Switch.Host.Commands.Common;
using Switch.Protocol.Framing;

namespace Switch.Host.Commands;

/// <summary><c>decode</c>: bytes to a table or to JSON.</summary>
internal static class DecodeCommand
{
    public static Command Create()
    {
        var command = new Command(
            "decode",
            "Show what messages say. Card data masked unless --unmask. Each line of input is one message and gives "
            + "one line of --json. Exit code 1 when one is malformed.");
        Argument<string> input = Input(
            "Hexadecimal or base64 itself, a file of lines or of bytes, or - for standard input.");
        var form = new Option<InputForm>("--input")
        {
            Description = "How the bytes are written down: auto takes hexadecimal, then base64, line by line, and "
                + "bytes as they are when there are others than text.",
            DefaultValueFactory = static _ => InputForm.Auto,
        };
        var unmask = new Option<bool>("--unmask")
        {
            Description = "Show card numbers, tracks and all other secrets. Only for test cards.",
        };
        var detect = new Option<bool>("--detect")
        {
            Description = "Try all framings and dialects, and say which fit and why the others do not.",
        };
        var pcap = new Option<string?>("--pcap")
        {
            Description = "Read the TCP streams of a capture file (pcap or pcapng; - for standard input) instead; "
                + "needs --framing.",
            HelpName = "FILE",
        };
        var port = new Option<int?>("--port")
        {
            Description = "Only the capture's packets to or from this port.",
            HelpName = "N",
        };
        Option<bool> json = CommonOptions.Json();
        var wire = new DialectOptions();
        command.Add(input);
        foreach (Option option in (Option[])
            [wire.Dialect, wire.Files, wire.Framing, wire.Header, form, unmask, detect, pcap, port, json])
        {
            command.Add(option);
        }

        command.SetAction(async parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            string source = parsed.GetValue(input)!;
            if (parsed.GetValue(detect))
            {
                if (parsed.GetValue(pcap) is not null)
                {
                    throw new UsageException("--detect: expects bytes, not a capture.");
                }

                var detector = new DecodeDetector(wire.CatalogOf(parsed));
                byte[] bytes = await DecodeDetectReport.ReadAsync(source, parsed.GetValue(form)).ConfigureAwait(false);
                return DecodeDetectReport.Write(output, detector.Try(bytes), parsed.GetValue(json));
            }

            IDecodeView view = parsed.GetValue(json)
                ? new DecodeJson(output, parsed.GetValue(unmask))
                : new DecodeTable(output, parsed.GetValue(unmask));
            FrameFormat? framing = wire.FramingOf(parsed);
            var run = new DecodeRun(wire.DialectOf(parsed), framing, view, parsed.GetValue(unmask));
            if (parsed.GetValue(pcap) is { } file)
            {
                ReadCapture(file, framing, new DecodeCapture(
                    run, parsed.InvocationConfiguration.Error, parsed.GetValue(port)));
                return run.Problems == 0 ? ExitCode.Done : ExitCode.Problems;
            }

            await foreach (byte[]? bytes in DecodeInput.ReadAsync(source, parsed.GetValue(form)).ConfigureAwait(false))
            {
                run.Decode(bytes);
            }

            return run.Problems == 0 ? ExitCode.Done : ExitCode.Problems;
        });
        return command;
    }

    private static void ReadCapture(string file, FrameFormat? framing, DecodeCapture decoder)
    {
        if (framing is null)
        {
            throw new UsageException("--pcap: needs --framing, which separates the messages of a stream.");
        }

        using Stream capture = file == "-" ? Console.OpenStandardInput() : ToolFile.OpenRead(file);
        decoder.Read(capture);
    }

    /// <summary>Where a tool's input comes from.</summary>
    public static Argument<string> Input(string description) => new("input")
    {
        Description = description,
        DefaultValueFactory = static _ => "-",
        HelpName = "INPUT",
    };
}
