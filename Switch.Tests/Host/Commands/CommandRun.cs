using System.Text;
using System.Threading.Channels;
using Switch.Host.Commands;

namespace Switch.Tests.Host.Commands;

/// <summary>One use of the command line inside the test process: arguments in, text and exit code out.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await CommandLine.InvokeAsync(arguments, output, error, CancellationToken.None);
        return new CommandRun(code, output.ToString(), error.ToString());
    }
}

/// <summary>A writer whose lines can be waited for, for commands that run until they are stopped.</summary>
internal sealed class LineWriter : TextWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (value == '\n')
        {
            _lines.Writer.TryWrite(_line.ToString());
            _line.Clear();
        }
        else
        {
            _line.Append(value);
        }
    }

    public async Task<string> ReadLineAsync() =>
        await _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
