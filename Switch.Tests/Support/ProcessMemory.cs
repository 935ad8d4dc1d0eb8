using System.Globalization;
using System.Runtime.Versioning;
using System.Text;

namespace Switch.Tests.Support;

/// <summary>
/// The memory of a running process, read as a debugger or a core dump would have it: every page that it may write,
/// heaps, stacks and buffers alike. The process must be a child of this one, or the user root.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ProcessMemory(int process)
{
    private const int ChunkSize = 4 * 1024 * 1024;

    /// <summary>More than any needle, so that none is cut in two.</summary>
    private const int Overlap = 256;

    /// <summary>Bytes read by the last scan.</summary>
    public long Size { get; private set; }

    /// <summary>Where the needles are, each place once; at most so many.</summary>
    public IReadOnlyList<MemoryHit> Scan(LeakScanner scanner, int most = 2_000)
    {
        var hits = new List<MemoryHit>();
        var buffer = new byte[ChunkSize + Overlap];
        Size = 0;
        using FileStream memory = File.OpenRead($"/proc/{process}/mem");
        foreach (string line in File.ReadLines($"/proc/{process}/maps"))
        {
            string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (!parts[1].StartsWith("rw", StringComparison.Ordinal))
            {
                continue; // Code and constants: what is in them was there before the first message.
            }

            string[] range = parts[0].Split('-');
            long start = Address(range[0]);
            long end = Address(range[1]);
            string name = $"{(parts.Length > 5 ? parts[5] : "anonymous")} {parts[0]}";
            string? stacks = null;
            for (long at = start; at < end; at += ChunkSize)
            {
                int wanted = (int)Math.Min(ChunkSize + Overlap, end - at);
                int read = Read(memory, at, buffer.AsSpan(0, wanted));
                Size += Math.Min(read, ChunkSize);
                foreach ((string needle, int offset) in scanner.Places(buffer.AsSpan(0, read)))
                {
                    if (offset < ChunkSize && hits.Count < most)
                    {
                        stacks ??= StacksIn(start, end);
                        hits.Add(
                            new MemoryHit(needle, name + stacks, at + offset, Around(buffer.AsSpan(0, read), offset)));
                    }
                }
            }
        }

        return hits;
    }

    // Names of threads whose stack pointers lie there: what is below one is left of calls that have returned.
    private string StacksIn(long start, long end)
    {
        var text = new StringBuilder();
        foreach (string task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                string[] call = File.ReadAllText($"{task}/syscall").Split(' ');
                long pointer = call.Length > 2 ? Address(call[^2][2..]) : 0;
                if (pointer >= start && pointer < end)
                {
                    string thread = File.ReadAllText($"{task}/comm").Trim();
                    text.Append(CultureInfo.InvariantCulture, $" [{thread} at {pointer:x}]");
                }
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return text.ToString();
    }

    private static long Address(string text) =>
        (long)ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // Pages may be unmapped while they are looked at.
    private static int Read(FileStream memory, long at, Span<byte> into)
    {
        int total = 0;
        try
        {
            while (total < into.Length
                && RandomAccess.Read(memory.SafeFileHandle, into[total..], at + total) is > 0 and int read)
            {
                total += read;
            }
        }
        catch (IOException)
        {
            return total;
        }

        return total;
    }

    // It shows whose bytes they are.
    private static string Around(ReadOnlySpan<byte> bytes, int offset)
    {
        ReadOnlySpan<byte> part = bytes[Math.Max(0, offset - 48)..Math.Min(bytes.Length, offset + 96)];
        var text = new StringBuilder();
        foreach (byte one in part)
        {
            text.Append(one is >= 0x20 and < 0x7F ? (char)one : '.');
        }

        return text.ToString();
    }
}

/// <summary>A place in memory where something is that should not be.</summary>
internal sealed record MemoryHit(string Needle, string Region, long Address, string Around)
{
    /// <summary>Whether what is found there is, or belongs to, this card.</summary>
    public bool IsAbout(string card) => Around.Contains(card, StringComparison.Ordinal);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Needle} at {Address:x} in {Region}: {Around}");
}
