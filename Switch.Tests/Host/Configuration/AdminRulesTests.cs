using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Configuration;

/// <summary>What the configuration of the admin doors must be, and what their file of tokens may say.</summary>
public sealed class AdminRulesTests : IDisposable
{
    private static readonly string Hash = "sha256:" + new string('a', 64);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-admin-rules-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("0.0.0.0:8580", null, true, true)]
    [InlineData("10.0.0.5:8580", "None", true, true)]
    [InlineData("[::]:8580", null, true, true)]
    [InlineData("127.0.0.1:8580", null, true, false)]
    [InlineData("[::1]:8580", null, true, false)]
    [InlineData("0.0.0.0:8580", null, false, false)]
    public void Listen_BeyondLoopbackInPlainText_IsRefusedInProduction(
        string listen, string? tls, bool isProduction, bool isRefused)
    {
        ConfigurationErrors errors = Judge(isProduction, ("Admin:Listen", listen), ("Admin:Tls", tls));

        Assert.Equal(isRefused, errors.All.Any(static one => one.Path == "Switch:Admin:Tls"));
    }

    [Theory]
    [InlineData("Admin:Socket", "", "Switch:Admin:Socket")]
    [InlineData("Admin:SocketGroup", "no-such-group-here", "Switch:Admin:SocketGroup")]
    [InlineData("Admin:Users:anna", "king", "Switch:Admin:Users:anna")]
    [InlineData("Admin:Users:an na", "Viewer", "Switch:Admin:Users:an na")]
    [InlineData("Admin:ApprovalTime", "00:00:10", "Switch:Admin:ApprovalTime")]
    [InlineData("Admin:SessionTime", "48:00:00", "Switch:Admin:SessionTime")]
    [InlineData("Admin:Tokens", "env:TOKENS", "Switch:Admin:Tokens")]
    [InlineData("Admin:Tokens", "file:none-such", "Switch:Admin:Tokens")]
    [InlineData("Metrics:Listen", "9100", "Switch:Metrics:Listen")]
    [InlineData("Metrics:Listen", "127.0.0.1:8580", "Switch:Metrics:Listen")]
    public void Key_WithAMistake_IsRefusedWithItsPath(string key, string value, string path) =>
        Assert.Contains(Judge(isProduction: false, (key, value)).All, one => one.Path == path);

    [Fact]
    public void DualControl_TurnedOff_IsRefusedInProductionAndNotedElsewhere()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(("Admin:DualControl", "false"));

        Assert.Empty(errors.All);
        Assert.Contains(ConfigurationNotes.Of(options), static one => one.Path == "Switch:Admin:DualControl");
        Assert.Contains(
            Judge(isProduction: true, ("Admin:DualControl", "false")).All,
            static one => one.Path == "Switch:Admin:DualControl");
    }

    [Fact]
    public void Socket_WithAPathThatIsTooLong_IsRefusedAndTheDefaultIsNone()
    {
        string longPath = "/tmp/" + new string('x', AdminRules.SocketPathMax);
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(("Admin:Socket", longPath));
        Assert.Equal("Switch:Admin:Socket", Assert.Single(errors.All).Path);

        options.Admin.Socket = null;
        options.Journal.Path = longPath;
        Assert.Null(AdminRules.SocketOf(options, SampleConfiguration.Place));
        options.Journal.Path = "/tmp/journal/";
        Assert.Equal("/tmp/journal-admin.sock", AdminRules.SocketOf(options, SampleConfiguration.Place));
        options.Admin.Socket = AdminOptions.NoSocket;
        Assert.Null(AdminRules.SocketOf(options, SampleConfiguration.Place));
    }

    [Theory]
    [InlineData("anna operator", "line 1 has not three words")]
    [InlineData("an/na operator HASH", "line 1 does not begin with a name")]
    [InlineData("# who\nanna king HASH", "line 2 has no role")]
    [InlineData("anna Operator HASH", "line 1 has no role")]
    [InlineData("anna operator sha256:abc", "line 1 does not end with")]
    [InlineData("anna operator sha256/abc", "line 1 does not end with")]
    [InlineData("anna operator HASH\nbert viewer HASH", "line 2 has a hash that stands in another line")]
    public void Tokens_WithAMistake_SayTheLine(string text, string problem)
    {
        var errors = new ConfigurationErrors();
        AdminCredentials.Parse(text.Replace("HASH", Hash, StringComparison.Ordinal), errors, "path");

        Assert.StartsWith(problem, Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_OneTooMany_AreRefused()
    {
        var errors = new ConfigurationErrors();
        string text = string.Join('\n', Enumerable.Range(0, AdminCredentials.CountMax + 1).Select(
            static i => $"n{i} viewer {AdminCredentials.HashOf(BitConverter.GetBytes(i))}"));
        AdminCredentials.Parse(text, errors, "path");

        Assert.Single(errors.All);
    }

    [Fact]
    public void Tokens_OfAFile_AreFoundByTheTokenAlone()
    {
        var errors = new ConfigurationErrors();
        AdminCredentials credentials = AdminCredentials.Parse(
            $"# people\r\n\r\n{AdminHttp.TokenFile()}", errors, "path");

        Assert.Empty(errors.All);
        Assert.Equal(
            new AdminCredential("the-operator", AdminRole.Operator, credentials.FindToken(
                AdminHttp.TokenOf(AdminRole.Operator))!.Secret),
            credentials.FindToken(AdminHttp.TokenOf(AdminRole.Operator).ToUpperInvariant()));
        Assert.Null(credentials.FindToken(new string('0', 64)));
        Assert.Null(credentials.FindToken(""));
        Assert.Null(credentials.FindToken(new string('x', 64)));
        Assert.Null(credentials.FindToken(AdminHttp.TokenOf(AdminRole.Operator) + "00"));
    }

    [Fact]
    public void Tokens_ThatOthersMayChange_AreRefusedInProduction()
    {
        string file = Path.Combine(_folder.FullName, "tokens");
        File.WriteAllText(file, AdminHttp.TokenFile());
        FileModes.Set(file, FileModes.Own | UnixFileMode.GroupRead);
        Assert.DoesNotContain(
            Judge(isProduction: true, ("Admin:Tokens", $"file:{file}")).All,
            static one => one.Path == "Switch:Admin:Tokens");
        FileModes.Set(file, FileModes.Own | UnixFileMode.GroupWrite);
        Assert.Contains(
            Judge(isProduction: true, ("Admin:Tokens", $"file:{file}")).All,
            static one => one.Path == "Switch:Admin:Tokens");
    }

    private static ConfigurationErrors Judge(bool isProduction, params (string Key, string? Value)[] settings) =>
        SampleConfiguration.With(
            SampleConfiguration.Place with { IsProduction = isProduction },
            [.. settings.Where(static one => one.Value is not null)]).Errors;
}
