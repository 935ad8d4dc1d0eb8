using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Configuration;

/// <summary>
/// Which keys are taken where: the switch's own only when they are asked for, and in production no file that another
/// user can read.
/// </summary>
public sealed class KeyFileTests : IDisposable
{
    private const UnixFileMode Own = FileModes.Own;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-key-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Development")]
    [InlineData("Production")]
    [InlineData("Prodction")]
    public void Validate_NothingSaidOfKeys_IsRefusedInEveryEnvironment(string? environment)
    {
        ConfigurationError error = Assert.Single(Judge(environment, ("Keys:JournalId", "1")).All);

        Assert.Equal("Switch:Keys", error.Path);
        Assert.Contains("Development: true", error.Problem, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.FullName, "data")));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("development", true)]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    [InlineData("Developmnet", false)]
    public void Validate_DevelopmentKeysAskedFor_AreMadeUnlessTheEnvironmentSaysOtherwise(
        string? environment, bool isAllowed)
    {
        ConfigurationErrors errors = Judge(environment, ("Keys:Development", "true"));

        Assert.Equal(isAllowed ? [] : ["Switch:Keys:Development"], errors.All.Select(error => error.Path));
    }

    [Fact]
    public void Validate_DevelopmentBesideNamedKeys_IsRefused()
    {
        WriteKey("j.key", Own);
        WriteKey("c.key", Own);

        ConfigurationErrors errors = Judge(
            null, ("Keys:Development", "true"), ("Keys:Journal", "file:j.key"), ("Keys:Cards", "file:c.key"));

        Assert.Equal("Switch:Keys:Development", Assert.Single(errors.All).Path);
    }

    /// <summary>Another pair of keys would open no record of it, and would pass for its own from then on.</summary>
    [Fact]
    public void Validate_JournalWithoutItsDevelopmentKeys_IsRefusedAndNoneAreMade()
    {
        string journal = Path.Combine(_folder.FullName, "data", "journal");
        Directory.CreateDirectory(journal);
        File.WriteAllBytes(Path.Combine(journal, "000000000001.segment"), [0]);

        ConfigurationErrors errors = Judge(null, ("Keys:Development", "true"));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal("Switch:Keys", error.Path);
        Assert.Contains("Restore it", error.Problem, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(journal));
    }

    [Theory]
    [InlineData(null, UnixFileMode.GroupRead, "0640")]
    [InlineData("", UnixFileMode.OtherRead, "0604")]
    [InlineData("Production", UnixFileMode.GroupRead | UnixFileMode.OtherRead, "0644")]
    [InlineData("Staging", UnixFileMode.GroupWrite, "0620")]
    [InlineData("Developmnet", UnixFileMode.OtherExecute, "0601")]
    public void Validate_KeyFileOpenToOthers_IsRefusedInProduction(
        string? environment, UnixFileMode beyond, string mode)
    {
        WriteKey("j.key", Own | beyond);
        WriteKey("c.key", Own);

        ConfigurationErrors errors = Judge(
            environment, ("Keys:Journal", "file:j.key"), ("Keys:Cards", "file:c.key"));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal("Switch:Keys:Journal", error.Path);
        Assert.Contains($"mode {mode}", error.Problem, StringComparison.Ordinal);
        Assert.Contains("chmod 600", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaa", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, Own)]
    [InlineData("Production", UnixFileMode.UserRead)]
    [InlineData("Development", Own | UnixFileMode.GroupRead | UnixFileMode.OtherRead)]
    public void Validate_KeyFileOfItsOwner_IsTaken(string? environment, UnixFileMode mode)
    {
        WriteKey("j.key", mode);
        WriteKey("c.key", Own);

        Assert.Empty(Judge(environment, ("Keys:Journal", "file:j.key"), ("Keys:Cards", "file:c.key")).All);
    }

    /// <summary>A link is as safe as what it points to.</summary>
    [Fact]
    public void Validate_LinkToAnOpenKeyFile_IsRefused()
    {
        WriteKey("open.key", Own | UnixFileMode.OtherRead);
        WriteKey("c.key", Own);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "j.key"), Path.Combine(_folder.FullName, "open.key"));

        ConfigurationErrors errors = Judge(null, ("Keys:Journal", "file:j.key"), ("Keys:Cards", "file:c.key"));

        Assert.Equal("Switch:Keys:Journal", Assert.Single(errors.All).Path);
    }

    [Fact]
    public void Validate_OlderKeysOpenToOthers_AreRefusedToo()
    {
        WriteKey("own.key", Own);
        WriteKey("open.key", Own | UnixFileMode.OtherRead);

        ConfigurationErrors errors = Judge(
            null, ("Keys:Journal", "file:own.key"), ("Keys:Cards", "file:own.key"), ("Keys:JournalId", "2"),
            ("Keys:JournalOld:1", "file:open.key"));

        Assert.Equal("Switch:Keys:JournalOld:1", Assert.Single(errors.All).Path);
    }

    /// <summary>The key before is held to the same rules, and is another one. Without a key there is none before.
    /// </summary>
    [Fact]
    public void Validate_CardKeyOfBefore_IsOwnAndAnother()
    {
        WriteKey("own.key", Own);
        WriteKey("open.key", Own | UnixFileMode.OtherRead);

        ConfigurationErrors With(string old) => Judge(
            null, ("Keys:Journal", "file:own.key"), ("Keys:Cards", "file:own.key"), ("Keys:CardsOld", old));
        ConfigurationErrors same = With("file:own.key");
        ConfigurationErrors open = With("file:open.key");
        ConfigurationErrors alone = Judge(
            "Development", ("Keys:Development", "true"), ("Keys:CardsOld", "file:own.key"));

        Assert.Contains("is the same key as Cards", Assert.Single(same.All).Problem, StringComparison.Ordinal);
        Assert.Contains(open.All, static error =>
            error.Path == "Switch:Keys:CardsOld" && error.Problem.Contains("chmod", StringComparison.Ordinal));
        Assert.Equal("Switch:Keys:CardsOld", Assert.Single(alone.All).Path);
    }

    /// <summary>systemd's credentials show the bits of their access list as the group's.</summary>
    [Fact]
    public void Validate_CredentialsOfSystemd_MayBeReadByTheirGroupAndNoFurther()
    {
        WriteKey("j.key", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        WriteKey("c.key", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        ConfigurationEnvironment place = ConfigurationEnvironment.Of(_folder.FullName, null) with
        {
            CredentialsFolder = _folder.FullName,
        };

        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            place, ("Keys:Journal", "file:j.key"), ("Keys:Cards", "file:c.key"));

        Assert.Equal("Switch:Keys:Cards", Assert.Single(errors.All).Path);
    }

    /// <summary>Who asks for the sample by name means test cards, on a production machine too.</summary>
    [Fact]
    public void LoadSample_Always_MayMakeItsOwnKeys()
    {
        LoadedConfiguration sample = ConfigurationLoader.LoadSample();
        ConfigurationValidator.Validate(sample.Options, sample.Errors, sample.Environment);

        Assert.Empty(sample.Errors.All);
        Assert.True(sample.Options.Keys.Development);
        Assert.False(sample.Environment.IsProduction);
        Assert.Equal(Environment.CurrentDirectory, sample.Environment.ContentRoot);
    }

    private ConfigurationErrors Judge(string? environment, params (string Key, string? Value)[] settings) =>
        SampleConfiguration.With(ConfigurationEnvironment.Of(_folder.FullName, environment), settings).Errors;

    private void WriteKey(string name, UnixFileMode mode)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, new string('a', 64));
        FileModes.Set(file, mode);
    }
}
