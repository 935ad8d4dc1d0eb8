using Switch.Host.Commands.Common;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

/// <summary>Standard output is a file on a full disk: that is an error in one line, and no stack trace.</summary>
public sealed class FullOutputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-full-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("decode", "0800822000000000000004000000000000001122114015000123301")]
    [InlineData("dialect", "list")]
    [InlineData("--help")]
    public async Task Command_WithAFullOutput_IsAProblemInOneLine(params string[] arguments)
    {
        await using HostProcess process = HostProcess.StartUnder(
            ["sh", "-c", "exec \"$@\" > /dev/full", "sh"], arguments);

        int code = await process.EndAsync(TimeSpan.FromSeconds(60));

        Assert.True(code == ExitCode.Problems, $"{code}: {process.Printed}");
        string line = Assert.Single(process.Printed.Trim().Split('\n'));
        Assert.Contains("No space left on device", line, StringComparison.Ordinal);
    }
}
