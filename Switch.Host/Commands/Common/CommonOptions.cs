using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Switch.Host.Commands.Common;

/// <summary>Options that several commands take, and how they print.</summary>
internal static class CommonOptions
{
    /// <summary>
    /// Hidden option of <c>run</c>: stop when standard input ends, as after a signal. For a node that another program
    /// has started and that must not outlive it, whatever ends that: the system closes the pipe.
    /// </summary>
    public const string UntilInputEnds = "--until-input-ends";

    /// <summary>Narrower tables would fold; a file or a pipe has no width of its own.</summary>
    private const int WidthWithoutTerminal = 140;

    /// <summary>One line, names in camel case, and apostrophes as they are: for people and for scripts.</summary>
    public static JsonSerializerOptions JsonFormat { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Option<string?> Config() => new("--config", "-c")
    {
        Description = "Configuration file. Without it: appsettings.json here, else the sample that is shipped. "
            + "Environment variables Switch__... override it.",
        HelpName = "FILE",
    };

    /// <summary>As above, for commands that must not take the sample for what somebody meant.</summary>
    public static Option<string?> ConfigOrHere() => new("--config", "-c")
    {
        Description = "Configuration file. Without it: appsettings.json here. Environment variables Switch__... "
            + "override it.",
        HelpName = "FILE",
    };

    public static Option<bool> Sample() => new("--sample")
    {
        Description = "Take the sample that is shipped: one acquirer and two issuers on this machine. Its journal and "
            + "store go to ./data.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of text." };

    /// <summary>Whether a person looks at what is written.</summary>
    public static bool IsTerminal(TextWriter output) =>
        ReferenceEquals(TargetOf(output), Console.Out) && !Console.IsOutputRedirected;

    /// <summary>
    /// The code of a run that has an end of its own: one that was interrupted has shown nothing, however it looks.
    /// </summary>
    public static int UnlessInterrupted(int code, ParseResult parsed, CancellationToken stop)
    {
        if (!stop.IsCancellationRequested)
        {
            return code;
        }

        parsed.InvocationConfiguration.Error.WriteLine("Interrupted: the figures cover only a part of the run.");
        return ExitCode.Problems;
    }

    /// <summary>Tables on any writer; colours only where there is a terminal to show them.</summary>
    public static IAnsiConsole ConsoleOn(TextWriter output)
    {
        TextWriter target = TargetOf(output);
        bool terminal = IsTerminal(output);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal ? target : output),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        console.Pipeline.Attach(new PlainRendering());
        if (!terminal)
        {
            console.Profile.Width = WidthWithoutTerminal;
        }

        return console;
    }

    private static TextWriter TargetOf(TextWriter output) => output is PlainWriter plain ? plain.Inner : output;
}
