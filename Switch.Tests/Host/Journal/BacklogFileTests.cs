using System.Text;
using Switch.Host.Journal;

namespace Switch.Tests.Host.Journal;

public sealed class BacklogFileTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("backlog-");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Against a plain dictionary, over more chunks than stay in memory.</summary>
    [Fact]
    public void RandomEntries_AreReadAsTheyWereWritten()
    {
        var random = new Random(11);
        using BacklogFile file = New();
        var kept = new Dictionary<uint, byte[]>();
        var order = new Queue<uint>();
        int most = 0;
        for (int i = 0; i < 30_000; i++)
        {
            byte[] entry = new byte[random.Next(1, 900)];
            random.NextBytes(entry);
            uint place = file.Append(entry);
            kept.Add(place, entry);
            order.Enqueue(place);
            if (random.Next(3) == 0)
            {
                uint oldest = order.Dequeue();
                Assert.Equal(kept[oldest], file.Read(oldest).ToArray());
                file.Drop(oldest);
                kept.Remove(oldest);
            }

            most = Math.Max(most, file.Chunks);
        }

        Assert.True(most > 64, $"{most} chunks are too few for this test.");
        foreach ((uint place, byte[] entry) in kept)
        {
            Assert.Equal(entry, file.Read(place).ToArray());
        }

        foreach (uint place in order)
        {
            file.Drop(place);
        }

        file.WaitForDisk();
        Assert.True(file.Chunks <= 1, "Room of dropped entries is not used again.");
    }

    [Fact]
    public void TryRead_EntryOnTheDisk_IsThereAfterAWhile()
    {
        using BacklogFile file = New();
        byte[] entry = [1, 2, 3];
        uint place = file.Append(entry);

        for (int i = 0; i < 128; i++)
        {
            file.Append(new byte[60_000]);
            file.WaitForDisk(); // What is written is let go as others come.
        }

        Assert.False(file.TryRead(place, out _));
        file.WaitForDisk();
        Assert.True(file.TryRead(place, out ReadOnlySpan<byte> bytes));
        byte[] read = bytes.ToArray();
        Assert.Equal(entry, read);
    }

    /// <summary>A card number rests on the disk enciphered only, and the file has no name.</summary>
    [Fact]
    public void File_HasNoNameAndNoPlainText()
    {
        using BacklogFile file = New();
        byte[] card = Encoding.ASCII.GetBytes("4000001234567899");
        for (int i = 0; i < 64 * 1_024; i++)
        {
            file.Append(card);
        }

        file.WaitForDisk();
        Assert.Empty(_folder.GetFiles());
        byte[] bytes = Opened();
        Assert.True(bytes.Length > 1 << 20, "Nothing was written.");
        Assert.Equal(-1, bytes.AsSpan().IndexOf(card));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(card.AsSpan(0, 8)));
    }

    [Fact]
    public async Task Append_DiskCannotBeWritten_StaysInMemoryUntilItCan()
    {
        string folder = Path.Combine(_folder.FullName, "later");
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var file = new BacklogFile(folder, trouble => (trouble is null ? written : refused).TrySetResult());
        byte[] entry = new byte[500];
        entry.AsSpan().Fill(7);
        uint[] places = [.. Enumerable.Range(0, 2_000).Select(_ => file.Append(entry))];

        await refused.Task.WaitAsync(Long);
        Assert.All(places, place => Assert.Equal(entry, file.Read(place).ToArray()));
        Directory.CreateDirectory(folder);
        await written.Task.WaitAsync(Long);

        Assert.All(places, place => Assert.Equal(entry, file.Read(place).ToArray()));
    }

    /// <summary>A core that restores gigabytes must not keep them in memory; but it goes on without a disk.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Append_MoreThanMayWaitForTheDisk_GoesOnAndLosesNothing(bool hasDisk)
    {
        string folder = hasDisk ? _folder.FullName : Path.Combine(_folder.FullName, "missing");
        using var file = new BacklogFile(folder, static _ => { }, unwrittenMax: 1);
        byte[] entry = new byte[30_000];
        uint[] places =
        [
            .. Enumerable.Range(0, 100).Select(number =>
            {
                entry[0] = (byte)number;
                uint place = file.Append(entry);
                Assert.True(!hasDisk || file.Waiting <= 2, $"{file.Waiting} chunks wait.");
                return place;
            }),
        ];

        Assert.Equal(Enumerable.Range(0, 100), places.Select(place => (int)file.Read(place)[0]));
    }

    private BacklogFile New() => new(_folder.FullName, static trouble => Assert.Null(trouble));

    // The nameless file as the system shows it to this process.
    private byte[] Opened()
    {
        foreach (string link in Directory.GetFiles("/proc/self/fd"))
        {
            string? target = File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
            if (target?.StartsWith(_folder.FullName, StringComparison.Ordinal) == true)
            {
                return File.ReadAllBytes(link);
            }
        }

        return [];
    }
}
