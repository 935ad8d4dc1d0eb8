using System.Net;
using Switch.Host.Configuration;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>Tokens from the command that makes them to the switch that takes them, and reloads of their file.</summary>
public sealed class AdminTokenTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-tokens-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Token_OfTheCommand_OpensTheListenerByItsRole()
    {
        string file = Path.Combine(_folder.FullName, "anna.token");
        CommandRun made = await CommandRun.OfAsync(
            "admin", "token", "--role", "viewer", "--name", "anna", "--file", file);
        CommandRun again = await CommandRun.OfAsync(
            "admin", "token", "--role", "viewer", "--name", "anna", "--file", file);
        await using Rig rig = await StartAsync(made.Output);
        string[] at = ["--admin", rig.Server.AdminEndPoint!.ToString(), "--token", $"file:{file}"];

        CommandRun read = await CommandRun.OfAsync(["issuers", .. at]);
        CommandRun command = await CommandRun.OfAsync(["issuers", "force-standin", "primary", "--why", "test", .. at]);
        CommandRun without = await CommandRun.OfAsync(
            "issuers", "force-standin", "primary", "--why", "t", "--admin", at[1]);

        Assert.Equal((0, 2), (made.Code, again.Code));
        Assert.Equal("", made.Error);
        Assert.StartsWith("anna viewer sha256:", made.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllText(file).Trim(), made.Output, StringComparison.Ordinal);
        Assert.Equal(0, read.Code);
        Assert.Equal((1, 1), (command.Code, without.Code));
        Assert.Contains("role viewer", command.Output, StringComparison.Ordinal);
        Assert.Contains("Show a token", without.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("admin", "token", "--role", "None", "--name", "anna")]
    [InlineData("admin", "token", "--role", "king", "--name", "anna")]
    [InlineData("admin", "token", "--role", "viewer", "--name", "an na")]
    [InlineData("admin", "token", "--role", "viewer")]
    public async Task TokenCommand_WithAMistake_MakesNone(params string[] arguments)
    {
        CommandRun run = await CommandRun.OfAsync(arguments);

        Assert.Equal(2, run.Code);
        Assert.DoesNotContain("sha256:", run.Output, StringComparison.Ordinal);
    }

    /// <summary>A file with one bad line changes nothing; one without a token's line ends what it opened.</summary>
    [Fact]
    public async Task Reload_OfABrokenFile_KeepsThoseOfBefore()
    {
        await using Rig rig = await StartAsync(AdminHttp.TokenFile());
        string file = Path.Combine(rig.Folder, "tokens");
        string[] lines = AdminHttp.TokenFile().TrimEnd().Split('\n');
        using var client = new HttpClient { BaseAddress = new Uri($"http://{rig.Server.AdminEndPoint}") };
        client.DefaultRequestHeaders.Authorization = AdminHttp.HeaderOf(AdminRole.Viewer);

        await File.WriteAllTextAsync(file, $"{lines[1]}\nbroken\n");
        IReadOnlyList<ConfigurationError> problems = await rig.Server.ReloadTokensAsync("signal", "test");
        HttpStatusCode kept = await GetAsync();
        await File.WriteAllTextAsync(file, $"{lines[1]}\n");
        IReadOnlyList<ConfigurationError> none = await rig.Server.ReloadTokensAsync("signal", "test");
        HttpStatusCode gone = await GetAsync();

        Assert.Equal("Switch:Admin:Tokens", Assert.Single(problems).Path);
        Assert.Empty(none);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (kept, gone));

        async Task<HttpStatusCode> GetAsync()
        {
            using HttpResponseMessage response = await client.GetAsync("/api/status");
            return response.StatusCode;
        }
    }

    /// <summary>Its certificate is watched as partners' are, and the command line speaks TLS to it.</summary>
    [Fact]
    public async Task ListenerWithTls_IsInTheStatusAndIsSpokenToByCommands()
    {
        using var pki = new TestPki();
        string token = Path.Combine(_folder.FullName, "viewer");
        File.WriteAllText(token, AdminHttp.TokenOf(AdminRole.Viewer));
        FileModes.Set(token, FileModes.Own);
        await using Rig rig = await StartAsync(
            AdminHttp.TokenFile(), TestPki.Options(), folder => pki.WriteTo(folder));
        string at = $"https://{rig.Server.AdminEndPoint}";

        CommandRun known = await CommandRun.OfAsync(
            "tls", "--admin", at, "--token", $"file:{token}", "--trust", Path.Combine(rig.Folder, "ca.pem"), "--json");
        CommandRun unknown = await CommandRun.OfAsync("tls", "--admin", at, "--token", $"file:{token}");

        Assert.Contains("\"admin\"", known.Output, StringComparison.Ordinal);
        Assert.Contains(
            rig.Server.Status().Tls, static one => one is { Side: "admin", IsTls: true, NotAfter: not null });
        Assert.Equal(1, unknown.Code);
        Assert.Contains("No switch answers", unknown.Error, StringComparison.Ordinal);
    }

    private static Task<Rig> StartAsync(
        string tokens, TlsOptions? tls = null, Action<string>? prepare = null) => Rig.StartAsync(new RigSettings
        {
            Change = options =>
                options.Admin = new AdminOptions { Listen = "127.0.0.1:0", Tokens = "file:tokens", Tls = tls },
            Prepare = folder =>
            {
                string file = Path.Combine(folder, "tokens");
                File.WriteAllText(file, tokens);
                FileModes.Set(file, FileModes.Own);
                prepare?.Invoke(folder);
            },
        });
}
