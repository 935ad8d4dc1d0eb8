using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Telemetry;

/// <summary>Serilog behind <c>ILogger</c>: the one place that knows it.</summary>
internal static class LoggingSetup
{
    /// <summary>
    /// Events that may wait for a slow console or disk. Beyond that they are dropped: a log must never hold up a
    /// payment, and what matters is in the journal.
    /// </summary>
    private const int QueueMax = 10_000;

    /// <summary>
    /// The host of the admin listener. What it cannot do is thrown as well, and said by the switch in one line; its own
    /// error is the stack of that exception, in front of the line.
    /// </summary>
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    private const string Template =
        "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{"
        + PlainEvents.Exception + "}";

    /// <summary>Disposing the factory writes what waits.</summary>
    /// <exception cref="ConfigurationException">The log file's folder cannot be made or written.</exception>
    public static ILoggerFactory Create(LoggingOptions options, ConfigurationEnvironment environment)
    {
        if (options.File is { } named)
        {
            TryFile(environment.Resolve(named));
        }

        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Is(LevelOf(options.Level))
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override(HostCategory, LogEventLevel.Fatal);

        // The platform's own Information is a line per request of the admin listener; it can be asked for by name.
        foreach ((string category, LogSeverity severity) in options.Levels)
        {
            configuration.MinimumLevel.Override(category, LevelOf(severity));
        }

        ITextFormatter formatter = FormatterOf(options.Format, configuration);
        if (options.Console)
        {
            // Standard error, because standard output is for what a command prints.
            configuration.WriteTo.Async(
                to => to.Console(formatter, standardErrorFromLevel: LogEventLevel.Verbose), bufferSize: QueueMax);
        }

        if (options.File is { } file)
        {
            configuration.WriteTo.Async(
                to => to.File(
                    formatter,
                    environment.Resolve(file),
                    rollingInterval: RollingInterval.Day,
                    rollOnFileSizeLimit: true,
                    fileSizeLimitBytes: options.FileSizeMax,
                    retainedFileCountLimit: options.FilesMax,
                    hooks: new OwnLogFile()),
                bufferSize: QueueMax);
        }

        // Severities are filtered by Serilog alone: two filters would need to agree. The provider is added to the
        // factory itself, which then disposes of it; one that comes from a container's builder is left alone, and with
        // it the last lines, which say why a process ends.
        var loggers = new LoggerFactory([], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        loggers.AddProvider(new SerilogLoggerProvider(configuration.CreateLogger(), dispose: true));
        return loggers;
    }

    /// <summary>
    /// The file's writer would keep silent about a folder that it cannot write: a switch whose log is lost looks well.
    /// </summary>
    private static void TryFile(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        string probe = Path.Combine(folder, $".{Path.GetFileName(file)}.{Environment.ProcessId}");
        try
        {
            OwnFiles.MakeFolder(folder);
            using (new FileStream(
                probe, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
                // That it can be made is all there is to know.
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"{ConfigurationValidator.Root}:Logging:File", $"nothing can be written in {folder}: {e.Message}");
        }
    }

    private static ITextFormatter FormatterOf(LogFormat format, LoggerConfiguration configuration)
    {
        if (format == LogFormat.Json)
        {
            return new JsonLines();
        }

        configuration.Enrich.With(new PlainEvents());
        return new MessageTemplateTextFormatter(Template, CultureInfo.InvariantCulture);
    }

    private static LogEventLevel LevelOf(LogSeverity severity) => severity switch
    {
        LogSeverity.Trace => LogEventLevel.Verbose,
        LogSeverity.Debug => LogEventLevel.Debug,
        LogSeverity.Information => LogEventLevel.Information,
        LogSeverity.Warning => LogEventLevel.Warning,
        LogSeverity.Error => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };
}
