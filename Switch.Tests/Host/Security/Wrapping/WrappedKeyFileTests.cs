using System.Security.Cryptography;
using Switch.Host.Security.Wrapping;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security.Wrapping;

/// <summary>
/// A data key in a file is opened by its master key only, for its purpose only, and as it was written.
/// </summary>
public sealed class WrappedKeyFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-wrapped-");
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly AesKeyMaster _master = new(RandomNumberGenerator.GetBytes(32), "one");
    private readonly AesKeyMaster _other = new(RandomNumberGenerator.GetBytes(32), "other");

    private string File => Path.Combine(_folder.FullName, "journal.key");

    public void Dispose()
    {
        _master.Dispose();
        _other.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Open_ItsMasterKeyAmongThoseGiven_GivesTheKey()
    {
        WrappedKeyFile.Create(File, KeyPurpose.Journal, _key, _master);

        Assert.Equal(_key, WrappedKeyFile.Open(File, KeyPurpose.Journal, [_other, _master]));
        Assert.Equal(KeyPurpose.Journal, WrappedKeyFile.PurposeOf(File));
        Assert.Null(WrappedKeyFile.Open(File, KeyPurpose.Journal, [_other]));
        Assert.True(FileModes.IsOwn(File));
        Assert.DoesNotContain(
            Convert.ToHexString(_key), System.IO.File.ReadAllText(File), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Open_TheFileOfAnotherPurpose_IsRefused()
    {
        WrappedKeyFile.Create(File, KeyPurpose.Cards, _key, _master);

        Assert.Contains(
            "Cards", Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);

        // Nor is it when its text says otherwise: the purpose is under the tag.
        System.IO.File.WriteAllText(
            File, System.IO.File.ReadAllText(File).Replace("for=cards", "for=journal", StringComparison.Ordinal));
        Assert.Null(Open());
    }

    [Fact]
    public void Open_AnyDigitOfTheKeyChanged_GivesNone()
    {
        WrappedKeyFile.Create(File, KeyPurpose.Journal, _key, _master);
        string text = System.IO.File.ReadAllText(File);
        int first = text.IndexOf("key=", StringComparison.Ordinal) + 4;
        int digits = text.TrimEnd().Length - first;
        Assert.Equal(2 * (AesKeyMaster.NonceSize + 32 + AesKeyMaster.TagSize), digits);
        for (int i = first; i < first + digits; i++)
        {
            char changed = text[i] == '0' ? '1' : '0';
            System.IO.File.WriteAllText(File, $"{text[..i]}{changed}{text[(i + 1)..]}");

            Assert.Null(Open());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("switch-wrapped-key 2\nfor=journal\nkey=00\n")]
    [InlineData("switch-wrapped-key 1\nfor=journal\nkey=0\n")]
    [InlineData("switch-wrapped-key 1\nfor=journal\nkey=zz\n")]
    [InlineData("switch-wrapped-key 1\nfor=journal\n")]
    [InlineData("switch-wrapped-key 1\nfor=0\nkey=00\n")]
    [InlineData("switch-wrapped-key 1\nfor=pins\nkey=00\n")]
    [InlineData("switch-wrapped-key 1\nfor=journal\nkey=00\nkey=00\n")]
    public void Open_NoSuchFile_IsRefusedByName(string text)
    {
        System.IO.File.WriteAllText(File, text);

        Assert.Contains(File, Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TooFewBytesForATag_GivesNone()
    {
        System.IO.File.WriteAllText(File, $"switch-wrapped-key 1\nfor=journal\nkey={new string('0', 56)}\n");

        Assert.Null(Open());
    }

    [Fact]
    public void Create_WhereAFileIs_IsRefusedAndTheFileStays()
    {
        WrappedKeyFile.Create(File, KeyPurpose.Journal, _key, _master);

        Assert.Throws<IOException>(() => WrappedKeyFile.Create(File, KeyPurpose.Journal, new byte[32], _master));
        Assert.Equal(_key, Open());
    }

    private byte[]? Open() => WrappedKeyFile.Open(File, KeyPurpose.Journal, [_master]);
}
