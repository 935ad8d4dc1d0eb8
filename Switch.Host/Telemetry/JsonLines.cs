using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;
using Switch.Host.Wording;

namespace Switch.Host.Telemetry;

/// <summary>
/// One JSON object a line (CLEF): <c>@m</c> sentence, <c>@t</c> time, <c>@mt</c> the sentence's template, <c>@l</c>
/// severity unless Information, <c>@x</c> exception, <c>EventId</c>, <c>SourceContext</c>, and each value of the
/// sentence under its name. What would command a terminal is written as its code, which JSON reads as the same
/// character.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    private static readonly CompactJsonFormatter Compact = new();

    // The platform's formatter that renders a sentence puts texts in it between quotation marks.
    private static readonly MessageTemplateTextFormatter Sentence = new("{Message:lj}", CultureInfo.InvariantCulture);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var sentence = new StringWriter(CultureInfo.InvariantCulture);
        Sentence.Format(logEvent, sentence);
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        line.Write("{\"@m\":");
        JsonValueFormatter.WriteQuotedJsonString(sentence.ToString(), line);
        line.Write(',');
        int start = line.GetStringBuilder().Length;
        Compact.Format(logEvent, line);
        line.GetStringBuilder().Remove(start, 1); // The brace, which is there already.
        output.Write(Printable.Of(line.ToString().TrimEnd('\r', '\n')));
        output.Write('\n');
    }
}
