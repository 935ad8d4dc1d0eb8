using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Switch.Host.Commands;
using Switch.Host.Server;
using Switch.Tests.House;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// Goal: what docs/concepts/getting-started.md tells a newcomer to paste does what the page says. Method: all its
/// blocks, as one script, in a shell; only the build is left out, and ports and folders are others, so that nothing
/// else is disturbed.
/// </summary>
public sealed partial class GettingStartedTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-getting-started-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Page_Commands_AreUnderstood()
    {
        string[] commands = [.. CommandOfSwitch().Matches(Script()).Select(match => match.Groups[1].Value)];

        Assert.True(commands.Length > 12, $"Only {commands.Length} commands were found on the page.");
        Assert.All(commands, command => Assert.Empty(CommandLine.Build().Parse(command.Trim()).Errors));
    }

    [NeedsFact("curl")]
    public async Task Page_Pasted_DoesWhatItSays()
    {
        string acquirer = $"127.0.0.1:{SwitchProcess.FindPort()}";
        string admin = $"127.0.0.1:{SwitchProcess.FindPort()}";
        string issuer = $"127.0.0.1:{SwitchProcess.FindPort()}";
        string script = Script()
            .Replace("dotnet build Switch.Host -c Release", "", StringComparison.Ordinal)
            .Replace(
                "$PWD/Switch.Host/bin/Release/net10.0/Switch.Host.dll", typeof(SwitchServer).Assembly.Location,
                StringComparison.Ordinal)
            .Replace("/tmp/play", _folder.FullName, StringComparison.Ordinal)
            .Replace("switch send ", $"switch send --to {acquirer} --timeout 60 ", StringComparison.Ordinal)
            .Replace("127.0.0.1:8580", admin, StringComparison.Ordinal)
            .Replace("127.0.0.1:9001", issuer, StringComparison.Ordinal);
        string settings = $"""
            set -eo pipefail
            trap 'kill -9 $(jobs -p) 2> /dev/null || true' EXIT
            export Switch__Acquirers__0__Listen={acquirer} Switch__Admin__Listen={admin}
            export Switch__Issuers__0__Endpoints__0={issuer} Switch__Issuers__1__Endpoints__0=127.0.0.1:1
            export Switch__Journal__SegmentSize=16777216 Switch__Limits__PendingMax=1024 Switch__Limits__InboxMax=1024

            """;

        (int code, string printed) = await BashAsync(settings + script);

        Assert.True(code == 0, printed);
        Assert.Equal(["00", "00", "61", "57"], ResponseCode().Matches(printed).Select(match => match.Groups[1].Value));
        Assert.Contains("ready: acq-a on " + acquirer, printed, StringComparison.Ordinal);
        Assert.Contains("switch_standin_exposure 1500\n", printed, StringComparison.Ordinal);
        Assert.Equal(2, OwedOne().Count(printed)); // Before the switch died, and after.
        Assert.Contains("\nok\n", printed, StringComparison.Ordinal);
        Assert.Contains("The books agree.", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("4000001234567899", printed, StringComparison.Ordinal);
    }

    /// <summary>Every block of the page, one after the other.</summary>
    private static string Script()
    {
        string[] lines = File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "concepts", "getting-started.md"));
        var script = new StringBuilder();
        bool isInside = false;
        foreach (string line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                isInside = !isInside;
            }
            else if (isInside)
            {
                script.Append(line).Append('\n');
            }
        }

        return script.ToString();
    }

    private static async Task<(int Code, string Printed)> BashAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-s"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process bash = Process.Start(start)!;
        try
        {
            // All at once, as it is pasted; and nothing in it may take the rest for its own input.
            await bash.StandardInput.WriteAsync(script);
            bash.StandardInput.Close();
            Task<string> output = bash.StandardOutput.ReadToEndAsync();
            Task<string> error = bash.StandardError.ReadToEndAsync();
            await bash.WaitForExitAsync().WaitAsync(Patience);
            return (bash.ExitCode, await output.WaitAsync(Patience) + await error.WaitAsync(Patience));
        }
        finally
        {
            bash.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex(@"^switch (.*?) *(?:2?>|<|\||&|$)", RegexOptions.Multiline)]
    private static partial Regex CommandOfSwitch();

    [GeneratedRegex(@"^ *39 +(\d\d) +Response code", RegexOptions.Multiline)]
    private static partial Regex ResponseCode();

    [GeneratedRegex("^switch_owed_now 1$", RegexOptions.Multiline)]
    private static partial Regex OwedOne();
}
