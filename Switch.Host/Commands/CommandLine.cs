using System.CommandLine;
using System.CommandLine.Invocation;
using Switch.Host.Commands.Common;
using Switch.Host.Commands.Dialects;
using Switch.Host.Configuration;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Commands;

/// <summary>
/// The tree of commands. Each command is a class of its own with one <c>Create</c>; this is where it is hung.
/// </summary>
internal static class CommandLine
{
    public static RootCommand Build()
    {
        var root = new RootCommand("Switch: an ISO 8583 authorization switch. Without a command it runs.")
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            DemoCommand.Create(),
            DrillCommand.Create(),
            SendCommand.Create(),
            TraceCommand.Create(),
            DecodeCommand.Create(),
            EncodeCommand.Create(),
            DialectCommand.Create(),
            JournalCommand.Create(),
            ExplainCommand.Create(),
            ReconcileCommand.Create(),
            ReportCommand.Create(),
            StoreCommand.Create(),
            SimulateCommand.Create(),
            SecurityCommand.Create(),
            KeysCommand.Create(),
            StatusCommand.Create(),
            IssuersCommand.Create(),
            AdvicesCommand.Create(),
            CardsCommand.Create(),
            VelocityCommand.Create(),
            TlsCommand.Create(),
            AdminCommand.Create(),
            ApprovalsCommand.Create(),
            SettingsCommand.Create(),
            AuditCommand.Create(),
        };
        RunCommand.Configure(root);
        return root;
    }

    /// <summary>
    /// Parses and runs. Expected failures become one message on <paramref name="error"/> and an exit code.
    /// </summary>
    public static async Task<int> InvokeAsync(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken stop)
    {
        // What commands quote of files and messages must not command a terminal.
        output = new PlainWriter(output);
        error = new PlainWriter(error);
        ParseResult parsed = Build().Parse(arguments);
        var settings = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,

            // Signals arrive as the token: see Signals.
            ProcessTerminationTimeout = null,
        };
        try
        {
            int code = await parsed.InvokeAsync(settings, stop).ConfigureAwait(false);
            return parsed.Action is ParseErrorAction ? ExitCode.Usage : code;
        }
        catch (ConfigurationException e)
        {
            await WriteErrorsAsync(error, e).ConfigureAwait(false);
            return ExitCode.Usage;
        }
        catch (UsageException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Usage;
        }
        catch (NoAnswerException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Problems;
        }
        catch (StoreException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Problems;
        }
        catch (JournalException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Journal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk behind standard output, a file that may not be read: the message says what and why.
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Problems;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Problems;
        }
    }

    private static async Task WriteErrorsAsync(TextWriter error, ConfigurationException e)
    {
        await error.WriteLineAsync(
            $"The configuration has {e.Errors.Count} mistake{(e.Errors.Count == 1 ? "" : "s")}:").ConfigureAwait(false);
        foreach (ConfigurationError mistake in e.Errors)
        {
            await error.WriteLineAsync($"  {mistake}").ConfigureAwait(false);
        }
    }
}
