using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Switch.Host.Files;
using Switch.Host.Security;
using Switch.Host.Security.Keys;

namespace Switch.Tests.Host.Security;

public sealed class KeyStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-keys-").FullName;

    private string FilePath => Path.Combine(_folder, "deep", "keys.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Add_ThreeKeys_TwoAreTakenAndTheFirstNeverAgain()
    {
        KeyStore store = With(With(With(KeyStore.Empty, 1), 2), 3);
        StoredKey key = store.Find("acq-zpk")!;

        Assert.Equal((3, "000003"), (key.Current.Number, key.Current.CheckValue));
        Assert.Equal((2, "000002"), (key.Former!.Number, key.Former.CheckValue));
        Assert.Equal("000001", Assert.Single(key.Retired));
        for (int old = 1; old <= 3; old++)
        {
            Assert.Equal(KeyStoreOutcome.Replayed, store.TryAdd(
                "acq-zpk", KeyKind.Zpk, Key(old), $"{old:000000}", Now, out KeyStore same));
            Assert.Same(store, same);
        }
    }

    [Fact]
    public void Add_AnotherKind_IsRefused() => Assert.Equal(
        KeyStoreOutcome.OtherKind,
        With(KeyStore.Empty, 1).TryAdd("acq-zpk", KeyKind.Zak, Key(2), "000002", Now, out _));

    [Fact]
    public void Retire_TheFormer_EndsTheOverlapOnce()
    {
        KeyStore store = With(With(KeyStore.Empty, 1), 2);

        Assert.Equal(KeyStoreOutcome.Done, store.TryRetireFormer("acq-zpk", out KeyStore after));
        Assert.Null(after.Find("acq-zpk")!.Former);
        Assert.Equal("000001", Assert.Single(after.Find("acq-zpk")!.Retired));
        Assert.Equal(KeyStoreOutcome.NotThere, after.TryRetireFormer("acq-zpk", out _));
        Assert.Equal(KeyStoreOutcome.NotThere, after.TryRetireFormer("other", out _));
        Assert.Equal(KeyStoreOutcome.Done, after.TryRemove("acq-zpk", out KeyStore none));
        Assert.Empty(none.Keys);
        Assert.Equal(KeyStoreOutcome.NotThere, none.TryRemove("acq-zpk", out _));
    }

    [Fact]
    public void Retired_BeyondTheBound_ForgetsTheOldest()
    {
        KeyStore store = KeyStore.Empty;
        for (int number = 1; number <= KeyStore.RetiredMax + 5; number++)
        {
            store = With(store, number);
        }

        Assert.Equal(KeyStore.RetiredMax, store.Find("acq-zpk")!.Retired.Length);
        Assert.Equal(["000004", "000259"], new[]
        {
            store.Find("acq-zpk")!.Retired[0], store.Find("acq-zpk")!.Retired[^1],
        });
    }

    [Fact]
    public void File_ChangedAndRead_IsTheSameStore()
    {
        for (int number = 1; number <= 3; number++)
        {
            int current = number;
            Assert.Equal(KeyStoreOutcome.Done, KeyStoreFile.Change(FilePath, store =>
                (KeyStoreOutcome.Done, With(store, current))).Outcome);
        }

        StoredKey key = KeyStoreFile.Read(FilePath).Find("acq-zpk")!;

        Assert.Equal((3, Key(3), Now), (key.Current.Number, key.Current.Key, key.Current.Since));
        Assert.Equal(Key(2), key.Former!.Key);
        Assert.Equal("000001", Assert.Single(key.Retired));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }
    }

    [Fact]
    public void File_RefusedChange_StaysAsItWas()
    {
        KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Done, With(store, 1)));
        byte[] before = File.ReadAllBytes(FilePath);

        KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Replayed, With(store, 2)));

        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void File_InTheMidstOfAnotherChange_IsRefusedAndNothingIsLost()
    {
        KeyStoreFile.Change(FilePath, outer =>
        {
            Assert.Throws<IOException>(
                () => KeyStoreFile.Change(FilePath, inner => (KeyStoreOutcome.Done, With(inner, 9))));
            return (KeyStoreOutcome.Done, With(outer, 1));
        });

        Assert.Equal("000001", KeyStoreFile.Read(FilePath).Find("acq-zpk")!.Current.CheckValue);
    }

    /// <summary>
    /// What was read before another's change must not be written after it. A file without sound content, which the
    /// other has left half-way, shows whether it was read.
    /// </summary>
    [Fact]
    public void File_ThatAnotherChanges_IsNotEvenRead()
    {
        KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Done, With(store, 1)));
        using FileLock other = DurableFile.Lock(FilePath);
        File.WriteAllText(FilePath, "{");

        Assert.Throws<IOException>(
            () => KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Done, With(store, 2))));
    }

    /// <summary>
    /// The lock is held until the file is written. A pipe stands where the new file is to be, so that writing waits for
    /// this test.
    /// </summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task File_IsBeingWritten_IsLocked()
    {
        KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Done, With(store, 1)));
        Assert.Equal(0, MakePipe(FilePath + ".new", 0x180));
        KeyStore large = KeyStore.Empty;
        for (int i = 0; i < 1_000; i++) // More than a pipe holds.
        {
            Assert.Equal(
                KeyStoreOutcome.Done, large.TryAdd($"k{i}", KeyKind.Zpk, Key(i), $"{i:000000}", Now, out large));
        }

        Task changing = Task.Run(() => KeyStoreFile.Change(FilePath, _ => (KeyStoreOutcome.Done, large)));
        await using (var pipe = new FileStream(
            FilePath + ".new", FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            Assert.Equal('{', pipe.ReadByte()); // It is being written now.

            Assert.Throws<IOException>(() => DurableFile.Lock(FilePath));
            await pipe.CopyToAsync(Stream.Null);
        }

        await Assert.ThrowsAsync<IOException>(() => changing); // A pipe cannot be synced.
        DurableFile.Lock(FilePath).Dispose();
        Assert.Equal(1, KeyStoreFile.Read(FilePath).Find("acq-zpk")!.Current.Number);
    }

    /// <summary>A crash leaves a half of the new file beside the old one: it is never looked at.</summary>
    [Fact]
    public void File_WithHalfOfANewOneBeside_IsTheOldOneAndCanBeChanged()
    {
        KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Done, With(store, 1)));
        File.WriteAllText(FilePath + ".new", "{ \"version\": 1, \"ke");

        Assert.Equal(1, KeyStoreFile.Read(FilePath).Find("acq-zpk")!.Current.Number);
        KeyStoreFile.Change(FilePath, store => (KeyStoreOutcome.Done, With(store, 2)));
        Assert.Equal(2, KeyStoreFile.Read(FilePath).Find("acq-zpk")!.Current.Number);
    }

    [Fact]
    public void Parse_FileCutOrChangedAtAnyPlace_IsAStoreOrAFormatFault()
    {
        byte[] file = KeyStoreFile.ToBytes(With(With(With(KeyStore.Empty, 1), 2), 3));
        var chance = new Random(3);
        for (int at = 0; at < file.Length; at++)
        {
            int length = at;
            Assert.IsType<FormatException>(Record.Exception(() => KeyStoreFile.Parse(file.AsSpan(0, length))));
            byte[] changed = [.. file];
            changed[at] = (byte)chance.Next(256);
            Exception? fault = Record.Exception(() => KeyStoreFile.Parse(changed));
            Assert.True(fault is null or FormatException, $"{at}: {fault}");
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"version\":2,\"keys\":[]}")]
    [InlineData("{\"version\":1,\"keys\":null}")]
    [InlineData("{\"version\":1,\"keys\":[null]}")]
    [InlineData("{\"version\":1,\"keys\":[],\"more\":1}")]
    [InlineData("{\"version\":1,\"keys\":[{\"name\":\"a\",\"kind\":\"Zpk\",\"current\":null,\"retired\":[]}]}")]
    public void Parse_OfAnotherForm_IsAFormatFault(string json) =>
        Assert.Throws<FormatException>(() => KeyStoreFile.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Sent_NotAnswered_LeavesTheCurrentKeyAndIsOneAtATime()
    {
        KeyStore store = Sent(With(With(KeyStore.Empty, 1), 2), 3);
        StoredKey key = store.Find("acq-zpk")!;

        Assert.Equal(
            ("000002", "000001", "000003"),
            (key.Current.CheckValue, key.Former!.CheckValue, key.Sent!.CheckValue));
        Assert.Equal(
            KeyStoreOutcome.NotThere, store.TrySend("acq-zpk", KeyKind.Zpk, Key(4), "000004", Now, out _));
        Assert.Equal(
            KeyStoreOutcome.Replayed, store.TryAdd("acq-zpk", KeyKind.Zpk, Key(3), "000003", Now, out _));
        Assert.Equal(KeyStoreOutcome.NotThere, store.TryTakeSent("acq-zpk", "000004", Now, out _));
    }

    [Fact]
    public void Sent_Taken_IsCurrentAndTheOneBeforeIsTaken()
    {
        KeyStore store = Sent(With(With(KeyStore.Empty, 1), 2), 3);

        Assert.Equal(KeyStoreOutcome.Done, store.TryTakeSent("acq-zpk", "000003", Now, out KeyStore taken));

        StoredKey key = taken.Find("acq-zpk")!;
        Assert.Equal((3, "000003"), (key.Current.Number, key.Current.CheckValue));
        Assert.Equal("000002", key.Former!.CheckValue);
        Assert.Null(key.Sent);
        Assert.Equal("000001", Assert.Single(key.Retired));
    }

    [Fact]
    public void Sent_GivenUpOrOvertaken_IsNeverTaken()
    {
        KeyStore store = Sent(With(KeyStore.Empty, 1), 2);
        Assert.Equal(KeyStoreOutcome.Done, store.TryDropSent("acq-zpk", out KeyStore dropped));
        foreach (KeyStore after in (KeyStore[])[dropped, With(store, 3)])
        {
            Assert.Null(after.Find("acq-zpk")!.Sent);
            Assert.Contains("000002", after.Find("acq-zpk")!.Retired);
            Assert.Equal(KeyStoreOutcome.NotThere, after.TryDropSent("acq-zpk", out _));
            Assert.Equal(
                KeyStoreOutcome.Replayed, after.TryAdd("acq-zpk", KeyKind.Zpk, Key(2), "000002", Now, out _));
        }
    }

    [Fact]
    public void File_WithAKeyThatWasSent_IsTheSameStore()
    {
        KeyStore store = Sent(With(KeyStore.Empty, 1), 2);

        StoredKey read = KeyStoreFile.Parse(KeyStoreFile.ToBytes(store)).Find("acq-zpk")!;

        Assert.Equal(store.Find("acq-zpk")!.Sent, read.Sent);
        Assert.DoesNotContain(
            "sent", Encoding.UTF8.GetString(KeyStoreFile.ToBytes(With(KeyStore.Empty, 1))), StringComparison.Ordinal);
    }

    private static KeyStore Sent(KeyStore store, int number)
    {
        Assert.Equal(KeyStoreOutcome.Done, store.TrySend(
            "acq-zpk", KeyKind.Zpk, Key(number), $"{number:000000}", Now, out KeyStore changed));
        return changed;
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakePipe([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    private static WrappedKey Key(int number) => TestModule.Parsed($"U{number:00000000000000000000000000000000}");

    private static KeyStore With(KeyStore store, int number)
    {
        Assert.Equal(KeyStoreOutcome.Done, store.TryAdd(
            "acq-zpk", KeyKind.Zpk, Key(number), $"{number:000000}", Now, out KeyStore changed));
        return changed;
    }
}
