using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Switch.Tests.Support;

/// <summary>
/// An ext4 file system of its own in a file, mounted beside the test, whose power can be cut: the file system is shut
/// down without flushing its log, so that only what was synced is there when it is mounted again.
/// </summary>
internal sealed class LoopFileSystem : IDisposable
{
    // _IOR('X', 125, __u32), and "do not flush the log": include/uapi/linux/ext4.h, fs/xfs/libxfs/xfs_fs.h.
    private const ulong Shutdown = 0x8004587D;
    private const uint WithoutLogFlush = 2;

    private readonly string _image;

    private LoopFileSystem(string image, string mountPoint)
    {
        _image = image;
        MountPoint = mountPoint;
    }

    public string MountPoint { get; }

    /// <summary>Why the machine does not allow it; null when it does.</summary>
    public static string? Problem
    {
        get
        {
            string folder = Directory.CreateTempSubdirectory("switch-loop-").FullName;
            try
            {
                using LoopFileSystem trial = Create(folder);
                trial.CutPower();
                return null;
            }
            catch (Exception refused)
            {
                return $"needs root, loop devices and ext4: {refused.Message}";
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    public static LoopFileSystem Create(string folder)
    {
        string image = Path.Combine(folder, "disk.img");
        string mountPoint = Path.Combine(folder, "disk");
        Directory.CreateDirectory(mountPoint);
        using (FileStream file = File.Create(image))
        {
            file.SetLength(96L * 1024 * 1024);
        }

        Run("mkfs.ext4", "-q", "-F", image);
        var disk = new LoopFileSystem(image, mountPoint);
        disk.Mount();
        return disk;
    }

    public void CutPower()
    {
        int descriptor = Open(MountPoint, 0, 0);
        uint flags = WithoutLogFlush;
        int result = Control(descriptor, Shutdown, ref flags);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        Assert.True(result == 0, $"The file system could not be shut down: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>As an ext4 that met an error and is mounted to become read-only then.</summary>
    public void TurnReadOnly()
    {
        Run("mount", "-o", "remount,errors=remount-ro", MountPoint);
        string device = File.ReadLines("/proc/mounts").Select(static line => line.Split(' '))
            .First(words => words[1] == MountPoint)[0];
        File.WriteAllText($"/sys/fs/ext4/{Path.GetFileName(device)}/trigger_fs_error", "a test");
    }

    /// <summary>Mounts it again; its log is replayed.</summary>
    public void Restore()
    {
        Run("umount", MountPoint);
        Mount();
    }

    public void Dispose() => Run("umount", MountPoint);

    private void Mount() => Run("mount", "-o", "loop", _image, MountPoint);

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} said: {said.Trim()}");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, ulong request, ref uint argument);
}

/// <summary>A fact that needs a file system of its own; skipped by name where the machine does not allow one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsLoopFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Problem = new(static () => LoopFileSystem.Problem);

    public NeedsLoopFactAttribute()
    {
        Skip = Problem.Value;
    }
}
