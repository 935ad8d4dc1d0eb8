using System.Globalization;
using Switch.Host.Memory;

namespace Switch.Tests.Host.Memory;

public sealed class MappedMemoryTests
{
    private const int Size = 1 << 20;

    [Fact]
    public void GetSpan_New_IsZeroAndKeepsWhatIsWritten()
    {
        using var memory = new MappedMemory(Size);

        Assert.Equal(Size, memory.GetSpan().Length);
        Assert.False(memory.GetSpan().ContainsAnyExcept((byte)0));
        memory.GetSpan()[Size - 1] = 7;
        Assert.Equal(7, memory.Memory.Span[Size - 1]);
    }

    [Fact]
    public void GetSpan_Disposed_Throws()
    {
        var memory = new MappedMemory(Size);
        ((IDisposable)memory).Dispose();
        ((IDisposable)memory).Dispose(); // Gives nothing back that may be another's by now.

        Assert.Throws<ObjectDisposedException>(() => memory.GetSpan().Length);
    }

    [Fact]
    public void Dispose_ItsPages_AreOfTheProcessNoMore()
    {
        const int Many = 256 << 20; // Nothing else takes as much at once.
        var memory = new MappedMemory(Many);
        memory.GetSpan().Fill(1);
        long held = Resident();

        ((IDisposable)memory).Dispose();

        Assert.InRange(Resident(), 0, held - (Many / 2));
    }

    // Fields of statm: pages of the process, and those of them that are in memory.
    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture)
        * Environment.SystemPageSize;
}
