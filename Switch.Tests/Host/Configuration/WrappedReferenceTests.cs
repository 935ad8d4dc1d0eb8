using System.Security.Cryptography;
using Switch.Host.Configuration;
using Switch.Host.Security.Wrapping;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Configuration;

/// <summary>References to wrapped keys: what is taken, and the path of each mistake.</summary>
public sealed class WrappedReferenceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-wrapped-refs-");
    private readonly byte[] _journal = RandomNumberGenerator.GetBytes(32);

    public WrappedReferenceTests()
    {
        using AesKeyMaster one = MakeMaster("one");
        using AesKeyMaster two = MakeMaster("two");
        Wrap("journal", KeyPurpose.Journal, _journal, one);
        Wrap("cards", KeyPurpose.Cards, RandomNumberGenerator.GetBytes(32), two);
        Wrap("short", KeyPurpose.Cards, RandomNumberGenerator.GetBytes(16), one);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Load_KeysUnderTheMasterAndTheOneBefore_AreThoseThatWereWrapped()
    {
        (SwitchOptions options, ConfigurationErrors errors) = Judge(
            ("Keys:Master", "file:one.key"), ("Keys:MasterOld", "file:two.key"),
            ("Keys:Journal", "wrapped:journal.wrapped"), ("Keys:Cards", "wrapped:cards.wrapped"));
        Assert.Empty(errors.All);
        KeyMaterial wrapped = KeyFile.Load(options, Place);

        File.WriteAllText(In("journal.key"), Convert.ToHexString(_journal));
        FileModes.Set(In("journal.key"), FileModes.Own);
        (SwitchOptions clear, _) = Judge(
            ("Keys:Journal", "file:journal.key"), ("Keys:Master", "file:two.key"),
            ("Keys:Cards", "wrapped:cards.wrapped"));

        Assert.Equal(KeyFile.Load(clear, Place).TokenCheck, wrapped.TokenCheck);
        Assert.Equal(1, wrapped.Journal.CurrentId);
    }

    [Theory]
    [InlineData("Keys:Journal", null, null, "wrapped:journal.wrapped")]
    [InlineData("Keys:Journal", "file:two.key", null, "wrapped:journal.wrapped")]
    [InlineData("Keys:Journal", "file:one.key", null, "wrapped:cards.wrapped")]
    [InlineData("Keys:Journal", "file:one.key", null, "wrapped:gone.wrapped")]
    [InlineData("Keys:Master", "file:gone.key", null, "wrapped:journal.wrapped")]
    [InlineData("Keys:Master", "wrapped:journal.wrapped", null, "file:one.key")]
    [InlineData("Keys:Master", "pkcs11:token=a", null, "file:one.key")]
    [InlineData("Keys:MasterOld", null, "file:two.key", "file:one.key")]
    [InlineData("Keys:MasterOld", "file:one.key", "file:gone.key", "wrapped:journal.wrapped")]
    [InlineData("Keys:Master", "pkcs11:token=a;object=b?module-path=/p.so&pin-source=file:gone", null, "file:one.key")]
    [InlineData("Keys:Master", "pkcs11:token=a;object=b?module-path=/p.so&pin-source=1234", null, "file:one.key")]
    [InlineData(
        "Keys:Master", "pkcs11:token=a;object=b?module-path=/no/p.so&pin-source=file:one.key", null, "file:one.key")]
    public void Validate_AMistake_IsNotedAtItsPathAlone(string path, string? master, string? old, string journal)
    {
        (_, ConfigurationErrors errors) = Judge(
            ("Keys:Master", master), ("Keys:MasterOld", old), ("Keys:Journal", journal),
            ("Keys:Cards", "file:one.key"));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal($"Switch:{path}", error.Path);
        Assert.DoesNotContain("1234", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_KeyOfAnotherSize_IsRefused()
    {
        (_, ConfigurationErrors errors) = Judge(
            ("Keys:Master", "file:one.key"), ("Keys:Journal", "wrapped:journal.wrapped"),
            ("Keys:Cards", "wrapped:short.wrapped"));

        Assert.Equal("Switch:Keys:Cards", Assert.Single(errors.All).Path);
    }

    [Fact]
    public void Validate_MasterKeyOpenToOthersInProduction_IsRefused()
    {
        FileModes.Set(In("one.key"), FileModes.Own | UnixFileMode.OtherRead);

        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ConfigurationEnvironment.Of(_folder.FullName, "Production"),
            ("Keys:Master", "file:one.key"), ("Keys:Journal", "wrapped:journal.wrapped"),
            ("Keys:Cards", "file:two.key"));

        Assert.Contains(errors.All, static error => error.Path == "Switch:Keys:Master");
    }

    private ConfigurationEnvironment Place => ConfigurationEnvironment.Of(_folder.FullName, null);

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private (SwitchOptions Options, ConfigurationErrors Errors) Judge(params (string Key, string? Value)[] settings) =>
        SampleConfiguration.With(Place, [.. settings.Where(static setting => setting.Value is not null)]);

    private AesKeyMaster MakeMaster(string name)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        File.WriteAllText(In($"{name}.key"), Convert.ToHexString(key));
        FileModes.Set(In($"{name}.key"), FileModes.Own);
        return new AesKeyMaster(key, name);
    }

    private void Wrap(string name, KeyPurpose purpose, byte[] key, AesKeyMaster master) =>
        WrappedKeyFile.Create(In($"{name}.wrapped"), purpose, key, master);
}
