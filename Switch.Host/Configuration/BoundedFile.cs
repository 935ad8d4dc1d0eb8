using System.Globalization;
using System.Text;

namespace Switch.Host.Configuration;

/// <summary>
/// Files that are read whole. A device or a pipe states no size and may never end, so that what is read is counted, and
/// what goes beyond its bound is refused before memory is.
/// </summary>
internal static class BoundedFile
{
    /// <summary>
    /// Bytes of a configuration, a dialect or a foreign description: many times the longest that partners have.
    /// </summary>
    public const int DocumentSizeMax = 4 * 1024 * 1024;

    private const int BlockSize = 64 * 1024;

    /// <exception cref="IOException">The file has more bytes than that, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static byte[] ReadBytes(string path, int sizeMax)
    {
        using FileStream file = File.OpenRead(path);
        return ReadBytes(file, path, sizeMax);
    }

    /// <summary>In UTF-8 unless the file's first bytes say otherwise.</summary>
    /// <inheritdoc cref="ReadBytes(string, int)"/>
    public static string ReadText(string path, int sizeMax)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, sizeMax)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <param name="source">What is read.</param>
    /// <param name="name">What it is called in the message.</param>
    /// <param name="sizeMax">The most bytes that it may have.</param>
    /// <exception cref="IOException">There are more bytes than that.</exception>
    public static byte[] ReadBytes(Stream source, string name, int sizeMax)
    {
        using var all = new MemoryStream();
        byte[] block = new byte[BlockSize];
        for (int size; (size = source.Read(block)) > 0;)
        {
            all.Write(block, 0, size);
            if (all.Length > sizeMax)
            {
                throw TooLong(name, sizeMax, "bytes");
            }
        }

        return all.ToArray();
    }

    public static IOException TooLong(string name, long max, string unit) => new(
        string.Create(CultureInfo.InvariantCulture, $"{name} has more than {max} {unit}, the most that is read."));
}
