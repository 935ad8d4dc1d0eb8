using System.Diagnostics;

namespace Switch.Tests.House;

/// <summary>
/// The last line of test.sh is what machines believe, so it is itself tested: above all in saying no.
/// </summary>
public sealed class CountResultsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-results-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task CountResults_AllPassed_SumsOverFiles()
    {
        Write("a.trx", Result("A", "Passed"), Result("B", "Passed"));
        Write("b.trx", Result("C", "Passed"));

        Assert.Equal((0, "3 passed, 0 failed, 0 skipped\n"), await CountAsync());
    }

    [Fact]
    public async Task CountResults_OneFailed_Fails()
    {
        Write("a.trx", Result("A", "Passed"), Result("B", "Failed"), Result("C", "Timeout"));

        Assert.Equal((1, "1 passed, 2 failed, 0 skipped\n"), await CountAsync());
    }

    [Fact]
    public async Task CountResults_Skipped_NamesEachWithItsReason()
    {
        Write("a.trx", Result("A", "Passed"), Result("B", "NotExecuted", "needs strace"), Result("C", "Passed"));

        Assert.Equal((0, "skipped: B: needs strace\n2 passed, 0 failed, 1 skipped\n"), await CountAsync());
    }

    [Fact]
    public async Task CountResults_NothingRan_Fails() =>
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped\n"), await CountAsync());

    private static string Result(string name, string outcome, string? message = null)
    {
        string attributes = $"executionId=\"1\" testName=\"{name}\" outcome=\"{outcome}\" testListId=\"2\"";
        return message is null
            ? $"<UnitTestResult {attributes} />"
            : $"<UnitTestResult {attributes}>\n<Output><ErrorInfo>\n<Message>{message}</Message></ErrorInfo></Output>";
    }

    private void Write(string name, params string[] results) => File.WriteAllLines(
        Path.Combine(_folder.FullName, name), ["<TestRun><Results>", .. results, "</Results></TestRun>"]);

    private async Task<(int Code, string Output)> CountAsync()
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, WorkingDirectory = SourceTree.Root };
        start.ArgumentList.Add(".ci/count-results");
        start.ArgumentList.Add(_folder.FullName);
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
