using Microsoft.Extensions.Logging;

namespace Switch.Tests.Support;

/// <summary>Keeps what was logged, for tests that count lines.</summary>
internal sealed class ListLoggerFactory : ILoggerFactory, ILogger
{
    private readonly List<(int Id, LogLevel Level, string Text)> _lines = [];

    public (int Id, LogLevel Level, string Text)[] Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>What is kept, and all above it.</summary>
    public LogLevel Lowest { get; init; } = LogLevel.Information;

    public int CountOf(int eventId) => Lines.Count(line => line.Id == eventId);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Lowest;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            lock (_lines)
            {
                _lines.Add((eventId.Id, logLevel, formatter(state, exception)));
            }
        }
    }

    public void Dispose()
    {
    }
}
