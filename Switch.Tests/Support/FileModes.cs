namespace Switch.Tests.Support;

/// <summary>Permission bits of files that tests make; there are none on Windows.</summary>
internal static class FileModes
{
    /// <summary>0600: what a key file must be.</summary>
    public const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Whether no one but its owner may do anything with a file.</summary>
    public static bool IsOwn(string file) => Of(file) == Own;

    public static UnixFileMode Of(string file) => OperatingSystem.IsWindows() ? Own : File.GetUnixFileMode(file);

    public static void Set(string file, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }
    }

    /// <summary>A file that no one but its owner may read: what keys and tokens must be in.</summary>
    public static void WriteOwn(string file, string text)
    {
        File.WriteAllText(file, text);
        Set(file, Own);
    }
}
