using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

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
            "Send one message and print the answer, card data masked. Exit code 1 when there is none in time.");
        var file = new Argument<string>("message")
        {
            Description = "JSON file, or - for standard input: {\"mti\": \"0100\", \"fields\": {\"2\": \"...\"}}. "
                + "Binary fields in hexadecimal; \"auto\" in fields 7, 11, 12, 13 and 37 takes the time.",
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
                    + $"{(int)dialect.IsoVersion}: {mti} is a format error to who speaks it.");
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(TimeSpan.FromSeconds(parsed.GetValue(timeout)));
            long started = Stopwatch.GetTimestamp();
            Message? answer = null;
            try
            {
                answer = await exchange.SendAsync(host, port, request, mti, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // Too late is no answer.
            }

            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(wire.Json))
            {
                WriteJson(output, answer, elapsed);
            }
            else
            {
                WriteText(output, answer, elapsed);
            }

            return answer is null ? ExitCode.Problems : ExitCode.Done;
        });
        return command;
    }

    private static void WriteJson(TextWriter output, Message? answer, double elapsed) =>
        output.WriteLine(JsonSerializer.Serialize(
            new
            {
                answered = answer is not null,
                elapsedMs = Math.Round(elapsed, 1),
                mti = answer?.Mti.ToString(),
                fields = answer is null ? null : MessageJson.Masked(answer).ToDictionary(),
            },
            CommonOptions.JsonFormat));

    private static void WriteText(TextWriter output, Message? answer, double elapsed)
    {
        if (answer is null)
        {
            output.WriteLine($"No answer within {elapsed:F0} ms.");
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
            throw new UsageException(e.Message);
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
