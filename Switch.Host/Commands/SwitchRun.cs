using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Server;
using Switch.Host.Telemetry;
using Switch.Routing.Journal;

namespace Switch.Host.Commands;

/// <summary>One life of the switch as a process: its log, the switch itself, and an orderly end.</summary>
internal static class SwitchRun
{
    /// <summary>
    /// Writes one line to <paramref name="output"/> when payments are taken, for scripts to wait for. Why it cannot
    /// start goes to <paramref name="error"/> and to the log, whatever the log's settings are.
    /// </summary>
    /// <returns>
    /// An exit code: 0 after a signal, 1 when the world is in the way (a port that is taken), 70 when the journal is,
    /// or when the switch could not go on.
    /// </returns>
    /// <param name="orders">What a person says should the journal be missing or older.</param>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static async Task<int> RunAsync(
        LoadedConfiguration loaded, TextWriter output, TextWriter error, CancellationToken stop,
        JournalOrders? orders = null)
    {
        using ILoggerFactory loggers = LoggingSetup.Create(loaded.Options.Logging, loaded.Place);
        ILogger logger = loggers.CreateLogger(typeof(SwitchRun));
        RunLog.Configured(logger, loaded.Source, loaded.Place.ContentRoot);
        foreach (ConfigurationError note in ConfigurationNotes.Of(loaded.Options, loaded.Place))
        {
            RunLog.Note(logger, note.Path, note.Problem);
        }

        orders ??= new JournalOrders();
        SwitchServer? server = null;
        try
        {
            JournalStarts.Require(loaded, orders, loggers);
            server = new SwitchServer(loaded.Options, loggers, loaded.Place) { JournalOrders = orders };
            await server.StartAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            RunLog.StoppedEarly(logger);
            await DisposeAsync(server).ConfigureAwait(false);
            return ExitCode.Done;
        }
        catch (Exception problem)
        {
            await DisposeAsync(server).ConfigureAwait(false);
            return Refuse(problem, loaded, logger, error);
        }

        await using ConfiguredAsyncDisposable closing = server.ConfigureAwait(false);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = server.ReplaceCardListsAsync("signal", "SIGHUP"); // It logs how it ended.
        });
        await output.WriteLineAsync(Describe(loaded.Options, server)).ConfigureAwait(false);

        // Not with the token: a signal at this moment must lead to a drain like any other.
        await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return await WaitAsync(server, loaded.Options, logger, stop).ConfigureAwait(false);
    }

    private static ValueTask DisposeAsync(SwitchServer? server) => server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Says why; a configuration's mistakes are listed by the caller of all commands.</summary>
    private static int Refuse(Exception problem, LoadedConfiguration loaded, ILogger logger, TextWriter error)
    {
        bool isOfTheWorld = problem is IOException or SocketException or UnauthorizedAccessException
            or JournalException or ConfigurationException;
        string journal = loaded.Place.Resolve(loaded.Options.Journal.Path);
        string reason = problem is JournalException && !problem.Message.Contains(journal, StringComparison.Ordinal)
            ? $"the journal in {journal}: {problem.Message}"
            : problem.Message;
        RunLog.CannotStart(logger, reason, isOfTheWorld ? null : problem);
        if (problem is ConfigurationException)
        {
            ExceptionDispatchInfo.Throw(problem);
        }

        error.WriteLine(isOfTheWorld
            ? $"The switch cannot start: {reason}"
            : $"The switch cannot start, which is a defect; the log has more: {problem.GetType()}: {reason}");
        return problem is JournalException ? ExitCode.Journal : ExitCode.Problems;
    }

    private static async Task<int> WaitAsync(
        SwitchServer server, SwitchOptions options, ILogger logger, CancellationToken stop)
    {
        Task signal = Task.Delay(Timeout.Infinite, stop);
        if (await Task.WhenAny(signal, server.Completion).ConfigureAwait(false) == signal)
        {
            await server.StopAsync(options.Limits.Drain).ConfigureAwait(false);
            return ExitCode.Done;
        }

        Exception? cause = server.Completion.Exception?.GetBaseException();
        RunLog.CannotGoOn(logger, options.Limits.Drain, cause);
        if (server.Completion.Exception?.InnerException is JournalException)
        {
            // For a while acquirers hear 96 and balancers see red, which says more than a closed door. Then the process
            // ends, so that its supervisor starts another, which recovers.
            await Task.WhenAny(signal, Task.Delay(options.Limits.Drain, CancellationToken.None)).ConfigureAwait(false);
        }

        return ExitCode.Journal;
    }

    private static string Describe(SwitchOptions options, SwitchServer server)
    {
        IEnumerable<string> listeners = server.AcquirerEndPoints.Select(pair => $"{pair.Key} on {pair.Value}");
        string admin = server.AdminEndPoint is null ? "" : $", admin on {server.AdminEndPoint}";
        return $"{options.Node.Name} is ready: {string.Join(", ", listeners)}{admin}.";
    }
}
