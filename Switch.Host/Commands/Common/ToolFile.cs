using Switch.Host.Files;

namespace Switch.Host.Commands.Common;

/// <summary>Files that are named on a command line: what cannot be read is the user's mistake.</summary>
internal static class ToolFile
{
    /// <summary>The whole text of a document: a dialect, a description, a message.</summary>
    public static string ReadText(string file) =>
        Open(file, static file => BoundedFile.ReadText(file, BoundedFile.DocumentSizeMax));

    /// <summary>For what is read piece by piece, and bounded by its reader.</summary>
    public static Stream OpenRead(string file) => Open(file, File.OpenRead);

    private static T Open<T>(string file, Func<string, T> open)
    {
        try
        {
            return open(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{FileFault.Describe(file, e)}.");
        }
    }
}
