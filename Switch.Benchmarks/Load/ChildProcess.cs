using System.Diagnostics;
using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>
/// A part of a load run in a process of its own, so that its CPU and memory are its own. It ends when its standard
/// input does, which the kernel sees to even if this process is killed.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private Task _copying = Task.CompletedTask;

    private ChildProcess(Process process)
    {
        _process = process;
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts this very program with another command.</summary>
    public static ChildProcess StartSelf(params IEnumerable<string> arguments)
    {
        string own = Path.Combine(AppContext.BaseDirectory, "Switch.Benchmarks.dll");
        return Start("dotnet", [own, .. arguments], output: null);
    }

    /// <param name="program">A program, or a library for <c>dotnet</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="output">A file for what it prints, and one beside it for its errors; null: <see
    /// cref="ReadLine"/> reads it.</param>
    /// <param name="environment">Added to this process's own.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string? output,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = output is not null,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(Process.Start(start)!);
        if (output is not null)
        {
            child._copying = Task.WhenAll(
                CopyAsync(child._process.StandardOutput.BaseStream, output),
                CopyAsync(child._process.StandardError.BaseStream, output + ".err"));
        }

        return child;
    }

    public string ReadLine() => _process.StandardOutput.ReadLine()
        ?? throw new IOException($"Process {_process.Id} ended with {_process.ExitCode} before it said anything.");

    public IReadOnlyList<int> ReadPorts() =>
        [.. ReadLine().Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))];

    /// <summary>Has the child do something, and waits until it has.</summary>
    public void Order(string order)
    {
        _process.StandardInput.WriteLine(order);
        _process.StandardInput.Flush();
        ReadLine();
    }

    /// <summary>Has the child do something, which says nothing of it.</summary>
    public void Tell(string order)
    {
        _process.StandardInput.WriteLine(order);
        _process.StandardInput.Flush();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public int Terminate()
    {
        using Process kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        return WaitForExit();
    }

    public int WaitForExit()
    {
        if (!_process.WaitForExit(60_000))
        {
            _process.Kill();
            throw new TimeoutException($"Process {Id} did not end.");
        }

        _copying.Wait(); // What it printed is in the files now.
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static async Task CopyAsync(Stream from, string path)
    {
        FileStream file = File.Create(path);
        await using (file.ConfigureAwait(false))
        {
            await from.CopyToAsync(file).ConfigureAwait(false);
        }
    }
}
