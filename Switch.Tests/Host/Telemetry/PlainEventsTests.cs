using System.Text.Json;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Telemetry;

namespace Switch.Tests.Host.Telemetry;

/// <summary>
/// Goal: what a file, a partner or an operator's reason holds can neither command the terminal that shows the log nor
/// forge a line of it. Method: control characters in each kind of value, and what stands in the file.
/// </summary>
public sealed class PlainEventsTests : IDisposable
{
    private const string Evil = "a\u001B]0;owned\u0007\u009B2J\u202E\n2026-01-01 FTL forged";
    private const string Shown = @"a\u001B]0;owned\u0007\u009B2J\u202E\u000A2026-01-01 FTL forged";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-log-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string, string> Values() => new()
    {
        { "text", $"is {Shown}." },
        { "array", $"is [\"{Shown.Replace(@"\", @"\\", StringComparison.Ordinal)}\",\"b\"]." },
        { "object", $"is {Shown}." },
        { "plain", "is \u00E4\u3042, 12." },
        { "number", "is 12." },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Log_ValueWithControls_IsOneLineWithCodes(string kind, string expected)
    {
        object value = kind switch
        {
            "text" => Evil,
            "array" => new[] { Evil, "b" },
            "object" => new Uttering(Evil),
            "plain" => "\u00E4\u3042, 12",
            _ => 12,
        };

        string[] lines = Write(logger => logger.Log(
            LogLevel.Warning, 1, new[] { KeyValuePair.Create("Value", (object?)value), Form }, null,
            static (_, _) => ""));

        Assert.Contains(expected, Assert.Single(lines), StringComparison.Ordinal);
    }

    /// <summary>A stack is lines; what the exception says is in one of them.</summary>
    [Fact]
    public void Log_ExceptionWithControls_ShowsCodesAndKeepsItsStack()
    {
        string[] lines = Write(static logger =>
        {
            try
            {
                throw new InvalidOperationException($"outer {Evil[..10]}", new IOException("\u001B[2J"));
            }
            catch (InvalidOperationException e)
            {
                logger.Log(
                    LogLevel.Warning, 1, new[] { KeyValuePair.Create("Value", (object?)"b"), Form }, e,
                    static (_, _) => "");
            }
        });

        Assert.True(lines.Length > 2, string.Join('\n', lines));
        Assert.EndsWith("is b.", lines[0], StringComparison.Ordinal);
        Assert.Contains(@"outer a\u001B]0", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, static line => line.Contains(@"\u001B[2J", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("   at ", StringComparison.Ordinal));
        Assert.DoesNotContain(string.Concat(lines), static one => char.IsControl(one));
    }

    /// <summary>A collector gets the id, the values by name and the exception, in one plain line.</summary>
    [Fact]
    public void Log_AsJson_IsOnePlainLineWithItsEventId()
    {
        string[] lines = Write(
            static logger => logger.Log(
                LogLevel.Warning, new EventId(3123, "BreakerOpened"),
                new[] { KeyValuePair.Create("Value", (object?)Evil), Form }, new IOException(Evil),
                static (_, _) => ""),
            LogFormat.Json);

        string line = Assert.Single(lines);
        Assert.DoesNotContain(line, static one => char.IsControl(one) || one == '\u202E');
        using var json = JsonDocument.Parse(line);
        Assert.Equal(3123, json.RootElement.GetProperty("EventId").GetProperty("Id").GetInt32());
        Assert.Equal("Warning", json.RootElement.GetProperty("@l").GetString());
        Assert.Equal("test", json.RootElement.GetProperty("SourceContext").GetString());
        Assert.Equal(Evil, json.RootElement.GetProperty("Value").GetString());
        Assert.Equal($"is {Evil}.", json.RootElement.GetProperty("@m").GetString());
        Assert.Contains(Evil, json.RootElement.GetProperty("@x").GetString(), StringComparison.Ordinal);
    }

    private static KeyValuePair<string, object?> Form =>
        KeyValuePair.Create("{OriginalFormat}", (object?)"is {Value}.");

    private string[] Write(Action<ILogger> write, LogFormat format = LogFormat.Text)
    {
        var options = new LoggingOptions { Console = false, File = "switch.log", Format = format };
        using (ILoggerFactory loggers = LoggingSetup.Create(options, ConfigurationEnvironment.Of(_folder.FullName)))
        {
            write(loggers.CreateLogger("test"));
        }

        return File.ReadAllText(Assert.Single(_folder.EnumerateFiles()).FullName).TrimEnd('\n').Split('\n');
    }

    private sealed class Uttering(string text)
    {
        public override string ToString() => text;
    }
}
