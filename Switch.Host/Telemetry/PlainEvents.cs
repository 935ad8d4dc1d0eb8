using Serilog.Core;
using Serilog.Events;
using Switch.Host.Wording;

namespace Switch.Host.Telemetry;

/// <summary>
/// Values of log events as a terminal may have them: names in files, what partners send and what people give as a
/// reason may hold control characters, which would command the terminal or begin a line that the switch never wrote.
/// Exceptions keep their lines, and are handed on as the property that the template prints.
/// </summary>
internal sealed class PlainEvents : ILogEventEnricher
{
    /// <summary>What the template prints in place of the exception; absent without one.</summary>
    public const string Exception = "PlainException";

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? changed = null;
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            LogEventPropertyValue plain = Of(value);
            if (!ReferenceEquals(plain, value))
            {
                (changed ??= []).Add(new LogEventProperty(name, plain));
            }
        }

        changed?.ForEach(logEvent.AddOrUpdateProperty);
        if (logEvent.Exception is { } exception)
        {
            string text = Printable.OfLines(exception.ToString()) + '\n';
            logEvent.AddOrUpdateProperty(new LogEventProperty(Exception, new ScalarValue(text)));
        }
    }

    private static LogEventPropertyValue Of(LogEventPropertyValue value) => value switch
    {
        ScalarValue { Value: null or ValueType } => value, // Numbers, times and names of enumerations.
        ScalarValue { Value: string text } => Of(text, value),
        ScalarValue { Value: { } other } => Of(other.ToString() ?? "", value),
        SequenceValue sequence => new SequenceValue(sequence.Elements.Select(Of)),
        _ => Of(value.ToString(), value),
    };

    private static LogEventPropertyValue Of(string text, LogEventPropertyValue value) =>
        Printable.Of(text) is var plain && ReferenceEquals(plain, text) ? value : new ScalarValue(plain);
}
