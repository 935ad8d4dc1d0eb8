using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Switch.Host.Server;

namespace Switch.Tests.Support;

/// <summary>
/// Switch.Host as a process of its own. Keeps everything it prints; killed at the end if it still runs.
/// </summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const int SigHup = 1;
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _printed = new();
    private readonly Task _reading;

    private HostProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, isOut: true), ReadAsync(process.StandardError, isOut: false));
    }

    /// <summary>Of the operating system.</summary>
    public int Id => _process.Id;

    /// <summary>All of standard output and standard error so far.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
            {
                return _printed.ToString();
            }
        }
    }

    public static HostProcess Start(params ReadOnlySpan<string> arguments) => StartUnder([], arguments);

    /// <summary>As <see cref="Start"/>, by another program that runs what its arguments end with.</summary>
    public static HostProcess StartUnder(ReadOnlySpan<string> wrapper, params ReadOnlySpan<string> arguments) =>
        StartIn(null, wrapper, arguments);

    /// <summary>As above, in a folder; null: in that of the tests.</summary>
    public static HostProcess StartIn(
        string? folder, ReadOnlySpan<string> wrapper, params ReadOnlySpan<string> arguments)
    {
        string? runner = Environment.ProcessPath;
        bool isDotnet = runner is not null && Path.GetFileNameWithoutExtension(runner) == "dotnet";
        string program = typeof(SwitchServer).Assembly.Location;
        string[] words = [.. wrapper, isDotnet ? runner! : "dotnet", program, .. arguments];
        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (string argument in words.AsSpan(1))
        {
            start.ArgumentList.Add(argument);
        }

        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>The next line of standard output.</summary>
    public Task<string> NextLineAsync() => _lines.Reader.ReadAsync().AsTask().WaitAsync(Rig.Patience);

    /// <summary>The last line of standard output of a process that has ended.</summary>
    public string LastLine()
    {
        string last = "";
        while (_lines.Reader.TryRead(out string? line))
        {
            last = line;
        }

        return last;
    }

    /// <summary>Writes a line to standard input.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Nothing more comes on standard input.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>kill -9: no goodbye of any kind.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync(Rig.Patience);
    }

    /// <summary>SIGHUP: read the card files anew.</summary>
    public void HangUp() => Assert.Equal(0, Kill(_process.Id, SigHup));

    /// <summary>SIGTERM, and the exit code that follows.</summary>
    public async Task<int> TerminateAsync()
    {
        Assert.Equal(0, Kill(_process.Id, SigTerm));
        return await EndAsync(Rig.Patience * 2);
    }

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> EndAsync(TimeSpan patience)
    {
        await _process.WaitForExitAsync().WaitAsync(patience);
        await _reading.WaitAsync(patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        // Until it is gone it may hold ports, and still write to a folder that its test is about to delete.
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, bool isOut)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_printed)
            {
                _printed.AppendLine(line);
            }

            if (isOut)
            {
                _lines.Writer.TryWrite(line);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
