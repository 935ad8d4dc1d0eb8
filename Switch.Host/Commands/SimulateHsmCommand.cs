using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;

namespace Switch.Host.Commands;

/// <summary><c>simulate hsm</c>: a security module with host commands under the public test key, until it is
/// stopped.</summary>
internal static class SimulateHsmCommand
{
    public static Command Create()
    {
        var command = new Command(
            "hsm",
            "Simulate a security module with host commands, under the test key that everyone knows. Reads commands "
                + "from standard input: healthy, slow TIME, silent, error CODE, wrong-block, swapped-header, "
                + "garbage, reset, quit.");
        Option<IPEndPoint> listen = SimulatorOptions.EndPoint(
            "--listen", "Where to listen; port 0 takes a free one.", "127.0.0.1:1500");
        var header = new Option<int>("--header-length")
        {
            Description = "Characters before each command.", DefaultValueFactory = static _ => 4,
        };
        var mode = new Option<string>("--mode")
        {
            Description = "How it begins: one of the commands above.", DefaultValueFactory = static _ => "healthy",
        };
        var common = new SimulatorOptions();
        foreach (Option option in (Option[])[
            listen, header, mode, common.TlsCertificate, common.TlsKey, common.TlsTrust, common.Json])
        {
            command.Add(option);
        }

        command.SetAction((parsed, stop) =>
        {
            int headerLength = parsed.GetValue(header);
            if (headerLength is < 1 or > 255)
            {
                throw new UsageException("--header-length must be 1 to 255.");
            }

            SimulatorTls? tls = common.TlsOf(parsed);
            InvocationConfiguration console = parsed.InvocationConfiguration;
            var hsm = new HsmSimulator(parsed.GetValue(listen)!, headerLength)
            {
                Secure = tls is null ? null : tls.AcceptAsync,
                OnRefused = text => console.Error.WriteLine($"no TLS: {text}"),
            };
            return RunAsync(hsm, parsed.GetValue(mode)!, parsed.GetValue(common.Json), console.Output, stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        HsmSimulator hsm, string mode, bool isJson, TextWriter output, CancellationToken stop)
    {
        await using (hsm.ConfigureAwait(false))
        {
            if (!TryObey(hsm, mode))
            {
                throw new UsageException($"--mode '{mode}' is none.");
            }

            try
            {
                hsm.Start();
            }
            catch (SocketException e)
            {
                throw new UsageException(e.Message);
            }

            await output.WriteLineAsync(isJson
                ? JsonSerializer.Serialize(new { listening = hsm.EndPoint.ToString() }, CommonOptions.JsonFormat)
                : $"A simulated security module listens on {hsm.EndPoint}. Its keys are known to everyone.")
                .ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await ObeyAsync(hsm, output, stop).ConfigureAwait(false);
            await output.WriteLineAsync(isJson
                ? JsonSerializer.Serialize(new { commands = hsm.Commands }, CommonOptions.JsonFormat)
                : $"{hsm.Commands} commands came.").ConfigureAwait(false);
            return ExitCode.Done;
        }
    }

    private static async Task ObeyAsync(HsmSimulator hsm, TextWriter output, CancellationToken stop)
    {
        try
        {
            // A console read cannot be cancelled, so it sits on a thread of its own and is left behind at the end.
            while (await Task.Run(Console.In.ReadLine, stop).WaitAsync(stop).ConfigureAwait(false) is { } order)
            {
                if (order.Trim() == "quit")
                {
                    return;
                }

                if (!TryObey(hsm, order.Trim()))
                {
                    await output.WriteLineAsync($"Not understood: {order}").ConfigureAwait(false);
                }
            }

            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private static bool TryObey(HsmSimulator hsm, string order)
    {
        switch (order.Split(' '))
        {
            case ["healthy"]:
                hsm.Mode = HsmMode.Healthy;
                return true;
            case ["slow", var time] when TimeSpan.TryParse(time, CultureInfo.InvariantCulture, out TimeSpan delay):
                hsm.Delay = delay;
                hsm.Mode = HsmMode.Slow;
                return true;
            case ["silent"]:
                hsm.Mode = HsmMode.Silent;
                return true;
            case ["error", { Length: 2 } code]:
                hsm.ErrorCode = code;
                hsm.Mode = HsmMode.Error;
                return true;
            case ["wrong-block"]:
                hsm.Mode = HsmMode.WrongBlock;
                return true;
            case ["swapped-header"]:
                hsm.Mode = HsmMode.SwappedHeader;
                return true;
            case ["garbage"]:
                hsm.Mode = HsmMode.Garbage;
                return true;
            case ["reset"]:
                hsm.Reset();
                return true;
            default:
                return false;
        }
    }
}
