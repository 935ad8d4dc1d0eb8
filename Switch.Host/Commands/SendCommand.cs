using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;

namespace Switch.Host.Commands;

/// <summary><c>send</c>: one message from JSON, as an acquirer would send it; prints the answer, masked.</summary>
internal static class SendCommand
{
    /// <summary>Bytes of the JSON of one message: many times the longest message that is sent.</summary>
    private const int MessageFileSizeMax = 1024 * 1024;

    public static Command Create()
    {
        var command = new Command(
            "send",
            "Send one message and print the answer, card data masked. Exit code 1 when there is none: not in time, or "
            + "the peer closed the connection.");
        var file = new Argument<string>("message")
        {
            Description = "JSON file, or - for standard input: {\"mti\": \"0100\", \"fields\": {\"2\": \"...\"}}. "
                + "Binary fields in hexadecimal; \"auto\" in fields 7, 12 and 13 is the time, in 11 a random "
                + "trace number, in 37 a reference made of both.",
            DefaultValueFactory = static _ => "-",
            HelpName = "FILE",
        };
        var to = new Option<string>("--to")
        {
            Description = "Where to send it.",
            HelpName = "HOST:PORT",
            DefaultValueFactory = static _ => "127.0.0.1:8583",
        };
        Option<double> timeout = SimulatorOptions.Number(
            "--timeout", "Seconds to wait for the answer.", 15, 0.001, 3_600);
        var wire = new SimulatorOptions();
        foreach (Option option in (Option[])[to, wire.Dialect, wire.Framing, wire.Header, timeout, wire.Json])
        {
            command.Add(option);
        }

        command.Add(file);
        command.SetAction(async (parsed, stop) =>
        {
            if (!HostPort.TryParse(parsed.GetValue(to)!, out string? host, out int port))
            {
                throw new UsageException($"--to: '{parsed.GetValue(to)}' is not host:port.");
            }

            (Dialect dialect, FrameFormat framing) = WireOf(
                parsed.GetValue(wire.Dialect)!, parsed.GetValue(wire.Framing)!, parsed.GetValue(wire.Header));
            var exchange = new MessageExchange(dialect, framing);
            string json = Read(parsed.GetValue(file)!);
            byte[] request = MessageJson.Encode(json, dialect, DateTimeOffset.Now, out Mti mti);
            if (mti.Version != (int)dialect.IsoVersion)
            {
                parsed.InvocationConfiguration.Error.WriteLine(
                    $"Note: {dialect} is of {DialectNames.YearOf(dialect.IsoVersion)}, whose types begin with "
                    + $"{(int)dialect.IsoVersion}: a partner that uses it answers {mti} with a format error.");
            }

            long started = Stopwatch.GetTimestamp();
            Exchange ended = await exchange.SendAsync(
                host, port, request, mti, TimeSpan.FromSeconds(parsed.GetValue(timeout)), stop).ConfigureAwait(false);
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(wire.Json))
            {
                WriteJson(output, ended, elapsed);
            }
            else
            {
                WriteText(output, ended, elapsed);
            }

            return ended.Answer is null ? ExitCode.Problems : ExitCode.Done;
        });
        return command;
    }

    private static void WriteJson(TextWriter output, Exchange ended, double elapsed) =>
        output.WriteLine(JsonSerializer.Serialize(
            new
            {
                answered = ended.Answer is not null,
                end = JsonNamingPolicy.CamelCase.ConvertName(ended.End.ToString()),
                elapsedMs = Math.Round(elapsed, 1),
                mti = ended.Answer?.Mti.ToString(),
                fields = ended.Answer is null ? null : MessageJson.Masked(ended.Answer).ToDictionary(),
            },
            CommonOptions.JsonFormat));

    private static void WriteText(TextWriter output, Exchange ended, double elapsed)
    {
        if (ended.Answer is not { } answer)
        {
            output.WriteLine(ended.End switch
            {
                ExchangeEnd.PeerClosed => $"The peer closed the connection after {elapsed:F0} ms, without an answer.",
                ExchangeEnd.PeerReset => $"The peer reset the connection after {elapsed:F0} ms, without an answer.",
                ExchangeEnd.NoFrame => $"What came after {elapsed:F0} ms is not a frame. Check --framing.",
                _ => $"No answer within {elapsed:F0} ms; the connection stayed open.",
            });
            return;
        }

        output.WriteLine($"{answer.Mti} after {elapsed:F1} ms");
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumn(new TableColumn("field") { Alignment = Justify.Right }).AddColumn("value").AddColumn("name");
        foreach ((string field, string value) in MessageJson.Masked(answer))
        {
            string name = answer.Dialect[int.Parse(field, System.Globalization.CultureInfo.InvariantCulture)]!.Name;
            table.AddRow(Cell.Of(field), Cell.Of(value), Cell.Of(name));
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }

    private static string Read(string file)
    {
        try
        {
            if (file != "-")
            {
                return BoundedFile.ReadText(file, MessageFileSizeMax);
            }

            using Stream input = Console.OpenStandardInput();
            using var reader = new StreamReader(
                new MemoryStream(BoundedFile.ReadBytes(input, "Standard input", MessageFileSizeMax)));
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{FileFault.Describe(file, e)}.");
        }
    }

    private static (Dialect Dialect, FrameFormat Framing) WireOf(string dialect, string framing, string? header)
    {
        try
        {
            return Wire.Find(dialect, framing, header);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
