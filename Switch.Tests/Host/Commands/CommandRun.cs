using System.Text;
using System.Threading.Channels;
using Switch.Host.Commands;
using Switch.Tests.Support;

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

/// <summary>
/// A command inside the test process that runs until it is stopped: at the end of the test at the latest, whatever
/// becomes of that, so that it is out of its folder before the folder goes.
/// </summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LineWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Task<int> _running;

    public RunningCommand(params string[] arguments) =>
        _running = CommandLine.InvokeAsync(arguments, _output, _error, _stop.Token);

    public Task<string> ReadLineAsync() => _output.ReadLineAsync();

    /// <summary>As a signal does; gives the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        return await _running.WaitAsync(Rig.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default); // A failure was the test's to see.
        _stop.Dispose();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
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
        await _lines.Reader.ReadAsync().AsTask().WaitAsync(Rig.Patience);
}
