using System.Globalization;
using System.Text;

namespace Switch.Host.Files;

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

    /// <summary>For what is read piece by piece: reading beyond the bound throws.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static Stream OpenRead(string path, long sizeMax) => new Counted(File.OpenRead(path), path, sizeMax);

    public static IOException TooLong(string name, long max, string unit) => new(
        string.Create(CultureInfo.InvariantCulture, $"{name} has more than {max} {unit}, the most that is read."));

    /// <summary>Reads on until so many bytes were read.</summary>
    private sealed class Counted(FileStream inner, string name, long sizeMax) : Stream
    {
        private long _size;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _size;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            _size += read;
            return _size <= sizeMax ? read : throw TooLong(name, sizeMax, "bytes");
        }

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
