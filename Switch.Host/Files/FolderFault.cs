namespace Switch.Host.Files;

/// <summary>Why a folder that a configuration names cannot be made or written, found without touching it.</summary>
internal static class FolderFault
{
    /// <summary>
    /// A file stands where the folder, or one above it, would be: no permission helps. Null: that is not so.
    /// </summary>
    public static string? InTheWay(string folder)
    {
        string place = Above(folder);
        return File.Exists(place) ? $"'{place}' is a file, where a folder is expected." : null;
    }

    /// <summary>The user of this process may not write there. Null: may, or nothing can be said.</summary>
    public static string? NotWritable(string folder)
    {
        string place = Above(folder);
        return OperatingSystem.IsWindows() || Posix.Access(place, Posix.WriteAccess | Posix.ExecuteAccess) == 0
            ? null
            : $"'{place}' may not be written by '{Environment.UserName}', who runs this: a switch of that user cannot "
                + "start.";
    }

    /// <summary>What there is of the folder: itself, or the first above it.</summary>
    private static string Above(string folder)
    {
        string place = Path.GetFullPath(folder);
        while (!Path.Exists(place) && Path.GetDirectoryName(place) is { } parent)
        {
            place = parent;
        }

        return place;
    }
}
