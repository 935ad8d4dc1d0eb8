using System.Diagnostics;
using Switch.Host.Files;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// Holds back each sync of a running node's journal thread: strace attached to that one thread. No other thread is
/// slowed. It lets go when it is ended.
/// </summary>
internal sealed class SyncTracer : IAsyncDisposable
{
    private const int SigTerm = 15;

    /// <summary>Of <c>JournalWriter</c>, as the kernel shows it.</summary>
    private const string ThreadName = "journal";

    private readonly Process _process;
    private readonly Task<string> _said;

    private SyncTracer(Process process)
    {
        _process = process;
        _said = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Why it does not hold anything back; null while it does.</summary>
    public string? Refusal => _process.HasExited
        ? $"strace may not attach to a process of this user: {(_said.IsCompleted ? _said.Result.Trim() : "it ended")}"
        : null;

    public static SyncTracer? TryStart(int process, TimeSpan delay, out string because)
    {
        because = "";
        if (!OperatingSystem.IsLinux())
        {
            because = "it needs strace, and so Linux";
            return null;
        }

        string? thread = Directory.EnumerateDirectories($"/proc/{process}/task").FirstOrDefault(static task =>
            File.ReadAllText(Path.Combine(task, "comm")).Trim() == ThreadName);
        if (thread is null)
        {
            because = "the journal's thread is not found by its name";
            return null;
        }

        var start = new ProcessStartInfo("strace") { RedirectStandardError = true, RedirectStandardOutput = true };
        long delayUs = (long)delay.TotalMicroseconds;
        foreach (string word in (string[])[
            "-q", "-p", Path.GetFileName(thread), "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
            FormattableString.Invariant($"inject=fdatasync,fsync:delay_enter={delayUs}")])
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            return new SyncTracer(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            because = "strace is not installed";
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Posix.Kill(_process.Id, SigTerm);
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        await _said.ConfigureAwait(false);
        _process.Dispose();
    }
}
