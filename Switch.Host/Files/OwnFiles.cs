namespace Switch.Host.Files;

/// <summary>
/// What the program makes belongs to its user alone, whatever the umask: a database, a log or a journal names
/// terminals, amounts and merchants even where no card number can be read.
/// </summary>
internal static class OwnFiles
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    // 0077: what group and others are not given.
    private const int Mask = 0x3F;

    /// <summary>
    /// For the whole process, and for what libraries make: files of 0600 and folders of 0700 at most from here on.
    /// </summary>
    public static void KeepOthersOut()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Posix.SetMask(Mask);
        }
    }

    /// <summary>Makes a folder that is not there, and those above it, with mode 0700.</summary>
    public static void MakeFolder(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (Directory.Exists(full))
        {
            return;
        }

        if (Path.GetDirectoryName(full) is { } parent)
        {
            MakeFolder(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(full);
        }
        else
        {
            Directory.CreateDirectory(full, OwnFolder);
        }
    }

    /// <summary>Makes an empty file with mode 0600 where there is none: a library would make it wider.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void Make(string file)
    {
        if (File.Exists(file))
        {
            return;
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnFile;
        }

        new FileStream(file, options).Dispose();
    }

    /// <summary>Gives a file that was just made mode 0600.</summary>
    public static void Tighten(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, OwnFile);
        }
    }
}
