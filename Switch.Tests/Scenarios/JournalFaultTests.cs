using System.Diagnostics;
using System.Globalization;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;
using Switch.Tests.Support;
using Xunit.Abstractions;

namespace Switch.Tests.Scenarios;

/// <summary>
/// The journal's promises against the kernel: the process killed at its n-th write, sync, rename and so on; a disk that
/// fails once; a file system that stops. Short here; Switch.Tests/Journal/fault-loops.sh runs them whole.
/// </summary>
public sealed class JournalFaultTests(ITestOutputHelper log) : IDisposable
{
    private const double Rate = 150;

    // With the n that the short run begins at: some at a start, some under load.
    private static readonly (string Call, int First)[] Calls =
    [
        ("pwrite64", 60), ("fdatasync", 25), ("renameat", 2), ("fsync", 1), ("ftruncate", 2), ("fallocate", 2),
        ("unlinkat", 1),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-fault-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// n = 1, 2, 3 ... for each system call, until a life ends by itself or the call's share of the time is over; the
    /// short run is one life for each call.
    /// </summary>
    [NeedsFact("strace")]
    public async Task Switch_KilledAtTheNthSystemCall_BooksAgree()
    {
        TimeSpan budget = Setting("SWITCH_KILL_SECONDS", out bool isWhole) ?? TimeSpan.MaxValue;
        TimeSpan share = budget / Calls.Length;
        await using FaultLoop loop = FaultLoop.Create(_folder, "journal");
        await loop.Server.StartAsync();
        await loop.StartLoadAsync(Rate);
        await loop.Server.UntilAsync("requests", static count => count >= 50, Rig.Patience);
        await loop.Server.KillAsync();
        int kills = 0;
        foreach ((string call, int first) in Calls)
        {
            bool isKilled = true;
            long started = Stopwatch.GetTimestamp();
            for (int n = isWhole ? 1 : first; isKilled && Stopwatch.GetElapsedTime(started) < share; n++)
            {
                isKilled = await LifeAsync(loop, call, n);
                log.WriteLine($"{call} {n}: {(isKilled ? "killed" : "ended by itself")}");
                kills += isKilled ? 1 : 0;
                isKilled &= isWhole;
            }
        }

        await loop.Server.StartAsync();
        BooksReport books = await loop.SettleAsync();
        Assert.True(books.Agrees, string.Join('\n', books.Differences));
        Assert.True(kills >= (isWhole ? 3 * Calls.Length : 3), $"Only {kills} kills.");
        Assert.True(loop.Approved > 20, $"Only {loop.Approved} approvals to compare.");
        Assert.Equal(0, await loop.Server.StopAsync());
        log.WriteLine($"{kills} kills, {loop.Approved} approvals, books agree");
    }

    /// <summary>
    /// One fdatasync fails, all after it would succeed: nothing of that batch may be approved to anybody, the process
    /// says so and leaves, and the next start is clean. Issuers are silent, so every approval hangs on the journal.
    /// </summary>
    [NeedsFact("strace")]
    public async Task Fdatasync_FailsOnce_NothingOfItsBatchIsApprovedAndItLeavesWith70()
    {
        int rounds = (int?)Setting("SWITCH_EIO_ROUNDS", out _)?.TotalSeconds ?? 1;
        await using FaultLoop loop = FaultLoop.Create(_folder, "journal");
        await loop.Server.StartAsync();
        loop.SetIssuers(IssuerMode.Silent);
        await loop.StartLoadAsync(Rate);
        await loop.Server.UntilAsync("approvedByStandIn", static count => count >= 10, Rig.Patience);
        await loop.Server.KillAsync();
        for (int round = 0; round < rounds; round++)
        {
            // A start of this journal takes some ten syncs; then it is under load.
            string[] fault = Inject("fdatasync", $"error=EIO:when={40 + (round * 7)}");
            Assert.True(await loop.Server.StartUnderAsync(fault), loop.Server.Printed);
            Assert.Equal(ExitCode.Journal, await loop.Server.EndedAsync(Rig.Patience));
        }

        await loop.Server.StartAsync();
        loop.SetIssuers(IssuerMode.Normal);
        BooksReport books = await loop.SettleAsync();
        Assert.True(books.Agrees, string.Join('\n', books.Differences));
        Assert.Contains("fdatasync of journal file", loop.Server.Printed, StringComparison.Ordinal);
        Assert.True(loop.Approved > 10, $"Only {loop.Approved} approvals to compare.");
        Assert.Equal(0, await loop.Server.StopAsync());
    }

    /// <summary>
    /// The file system under the journal is shut down without flushing its log, as when the power goes: whatever was
    /// not synced is gone. It is mounted again, and the switch goes on.
    /// </summary>
    [NeedsLoopFact]
    public async Task Power_LostUnderLoad_BooksAgree()
    {
        int rounds = (int?)Setting("SWITCH_POWER_ROUNDS", out _)?.TotalSeconds ?? 2;
        using LoopFileSystem disk = LoopFileSystem.Create(_folder);
        await using FaultLoop loop = FaultLoop.Create(_folder, Path.Combine(disk.MountPoint, "journal"));
        await loop.Server.StartAsync();
        await loop.StartLoadAsync(Rate);
        for (int round = 0; round < rounds; round++)
        {
            loop.SetIssuers(round % 2 == 0 ? IssuerMode.Normal : IssuerMode.Silent);
            await loop.Server.UntilAsync("requests", static count => count >= 100, Rig.Patience);
            disk.CutPower();
            Assert.Equal(ExitCode.Journal, await loop.Server.EndedAsync(Rig.Patience));
            disk.Restore();
            await loop.Server.StartAsync();
            log.WriteLine($"power cut {round + 1}: came back, {loop.Approved} approvals so far");
        }

        loop.SetIssuers(IssuerMode.Normal);
        BooksReport books = await loop.SettleAsync();
        Assert.True(books.Agrees, string.Join('\n', books.Differences));
        Assert.Equal(0, await loop.Server.StopAsync());
    }

    // One life that is to be killed at that call. False: it lived its time and was ended in order.
    private static async Task<bool> LifeAsync(FaultLoop loop, string call, int n)
    {
        if (!await loop.Server.StartUnderAsync(Inject(call, $"signal=KILL:when={n}")))
        {
            return true;
        }

        if (await loop.Server.EndedAsync(TimeSpan.FromSeconds(4)) is null)
        {
            int code = await loop.Server.StopAsync();
            return code == 137; // It may meet its call while it stops.
        }

        return true;
    }

    // -D: the switch is our child and strace its watcher, so that its exit code and signals are its own.
    private static string[] Inject(string call, string what) =>
        ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:{what}"];

    private static TimeSpan? Setting(string name, out bool isSet)
    {
        isSet = double.TryParse(
            Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out double value);
        return isSet ? TimeSpan.FromSeconds(value) : null;
    }
}
