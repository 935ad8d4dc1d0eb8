using Microsoft.Win32.SafeHandles;

namespace Switch.Host.Files;

/// <summary>
/// A file that this process has for itself until this is disposed of. It is unlocked then, and not only closed: a child
/// process that is just being started has the same open file until it becomes another program.
/// </summary>
internal sealed class FileLock(SafeFileHandle handle) : IDisposable
{
    public void Dispose() => Release(handle);

    /// <summary>Unlocks and closes what was locked.</summary>
    public static void Release(SafeFileHandle handle)
    {
        if (!handle.IsClosed)
        {
            _ = Posix.Lock(handle, Posix.Unlock); // What is not locked is unlocked without a fault.
        }

        handle.Dispose();
    }
}
