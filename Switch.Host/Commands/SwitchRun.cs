using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Hosting;
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
        using ILoggerFactory loggers = LoggingSetup.Create(loaded.Options.Logging, loaded.Environment);
        ILogger logger = loggers.CreateLogger(typeof(SwitchRun));
        RunLog.Configured(logger, loaded.Source, loaded.Environment.ContentRoot);
        foreach (ConfigurationError note in ConfigurationNotes.Of(loaded.Options, loaded.Environment))
        {
            RunLog.Note(logger, note.Path, note.Problem);
        }

        IHost host = SwitchHost.Build(loaded, orders ?? new JournalOrders(), loggers);
        await using ConfiguredAsyncDisposable disposing = ((IAsyncDisposable)host).ConfigureAwait(false);
        try
        {
            await host.StartAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (IsStopping(host, stop))
        {
            RunLog.StoppedEarly(logger);
            return ExitCode.Done;
        }
        catch (Exception problem)
        {
            // First what was begun is undone, so that the last line of the log says why.
            await ((IAsyncDisposable)host).DisposeAsync().ConfigureAwait(false);
            return Refuse(problem, loaded, logger, error);
        }

        SwitchServer server = host.Services.GetRequiredService<SwitchService>().Server;
        await output.WriteLineAsync(Describe(loaded.Options, server)).ConfigureAwait(false);

        // Not with the token: a signal at this moment must lead to a drain like any other.
        await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        int code = await WaitAsync(host, server, loaded.Options, logger, stop).ConfigureAwait(false);
        await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return code;
    }

    /// <summary>By the command's token, or by a lifetime that has heard a signal of its own (systemd's).</summary>
    private static bool IsStopping(IHost host, CancellationToken stop) => stop.IsCancellationRequested
        || host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

    /// <summary>Says why; a configuration's mistakes are listed by the caller of all commands.</summary>
    private static int Refuse(Exception problem, LoadedConfiguration loaded, ILogger logger, TextWriter error)
    {
        bool isOfTheWorld = problem is IOException or SocketException or UnauthorizedAccessException
            or JournalException or ConfigurationException;
        string journal = loaded.Environment.Resolve(loaded.Options.Journal.Path);
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
            : $"The switch cannot start because of a program error; see the log: {problem.GetType()}: {reason}");
        return problem is JournalException ? ExitCode.Journal : ExitCode.Problems;
    }

    private static async Task<int> WaitAsync(
        IHost host, SwitchServer server, SwitchOptions options, ILogger logger, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            stop, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        Task signal = Task.Delay(Timeout.Infinite, either.Token);
        if (await Task.WhenAny(signal, server.Completion).ConfigureAwait(false) == signal)
        {
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
        string? place = server.AdminEndPoint?.ToString() ?? server.AdminSocket;
        string admin = place is null ? "" : $", admin on {place}";
        return $"{options.Node.Name} is ready: {string.Join(", ", listeners)}{admin}.";
    }
}
