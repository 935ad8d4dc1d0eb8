using System.Text.Json;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Security.SelfTest;

namespace Switch.Tests.Host.Security;

public sealed class SecuritySelfTestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-vectors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SelfTest_OwnVectors_AllPassWithALineForEach()
    {
        (int code, string json, _) = await InvokeAsync("security", "self-test", "--json");
        (int codeOfText, string text, _) = await InvokeAsync("security", "self-test");
        using var document = JsonDocument.Parse(json);
        string[] names =
        [
            .. document.RootElement.GetProperty("vectors").EnumerateArray()
                .Select(static vector => vector.GetProperty("name").GetString()!),
        ];

        Assert.Equal((ExitCode.Done, ExitCode.Done), (code, codeOfText));
        Assert.True(document.RootElement.GetProperty("passed").GetBoolean());
        Assert.True(names.Length >= 60, $"{names.Length} vectors.");
        Assert.All(names, name => Assert.Contains(name, text, StringComparison.Ordinal));
        Assert.Contains($"{names.Length} of {names.Length} vectors passed.", text, StringComparison.Ordinal);
    }

    /// <summary>A vector that passes with any answer would test nothing.</summary>
    [Fact]
    public async Task SelfTest_EachVectorWithAnotherAnswer_Fails()
    {
        foreach ((string name, string text) in SecuritySelfTest.OwnFiles())
        {
            string[] lines = text.Split('\n');
            for (int at = 0; at < lines.Length; at++)
            {
                if (lines[at].Contains(" => ", StringComparison.Ordinal) && lines[at][0] != '#')
                {
                    lines[at] = lines[at][..^1] + (lines[at][^1] == '0' ? '1' : '0');
                }
            }

            IReadOnlyList<VectorOutcome> outcomes = await SecuritySelfTest.RunAsync(
                name, string.Join('\n', lines), CancellationToken.None);

            Assert.NotEmpty(outcomes);
            Assert.All(outcomes, static outcome => Assert.False(outcome.Passed, outcome.Name));
        }
    }

    [Fact]
    public async Task SelfTest_OneWrongVectorOfAFile_EndsWithOneAndNamesIt()
    {
        string file = Write("""
            right: check-value algorithm=tdes key=0123456789ABCDEFFEDCBA9876543210 => 08D7B4
            wrong: check-value algorithm=tdes key=0123456789ABCDEFFEDCBA9876543210 => 08D7B5
            """);

        (int code, string text, _) = await InvokeAsync("security", "self-test", "--vectors", file);
        (int codeOfJson, string json, _) = await InvokeAsync("security", "self-test", "--vectors", file, "--json");

        Assert.Equal((ExitCode.Problems, ExitCode.Problems), (code, codeOfJson));
        Assert.Contains("1 of 2 vectors passed.", text, StringComparison.Ordinal);
        Assert.Matches(@"wrong +NO +08D7B4", text);
        Assert.Contains("\"failed\":1", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("name: operation without an arrow")]
    [InlineData("name: operation key => 00")]
    [InlineData("name:  => 00")]
    [InlineData("name: mac key=1 key=2 => 00")]
    public async Task SelfTest_FileThatIsNone_IsWrongUsage(string line)
    {
        string file = Write($"# first\n{line}");

        (int code, _, string error) = await InvokeAsync("security", "self-test", "--vectors", file);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("line 2", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name: dance => 00")]
    [InlineData("name: check-value algorithm=tdes => 00")]
    [InlineData("name: check-value algorithm=tdes key=0 => 00")]
    [InlineData("name: check-value algorithm=tdes key=00 => 00")]
    [InlineData("name: encrypt algorithm=aes key=00 data=00 => 00")]
    [InlineData("name: encrypt algorithm=aes key=00000000000000000000000000000000 data=00 => 00")]
    [InlineData("name: pin-block format=2 pin=1234 pan=4012345678909 => 00")]
    [InlineData("name: pin-block format=0 pin=123 pan=4012345678909 => 00")]
    [InlineData("name: pin-block format=0 pin=1234 pan=40 => 00")]
    [InlineData("name: pin-block format=3 pin=1234 pan=4012345678909 fill=00 => 00")]
    [InlineData("name: dukpt use=pin bdk=00 ksn=FFFF9876543210E00001 => 00")]
    [InlineData("name: dukpt use=tea bdk=0123456789ABCDEFFEDCBA9876543210 ksn=FFFF9876543210E00001 => 00")]
    [InlineData("name: dukpt-initial bdk=00 ksn=FFFF9876543210E00001 => 00")]
    [InlineData("name: key-block kbpk=00 block=0 => 00")]
    [InlineData("name: cvv key=00 pan=1 expiry=2 service=3 => 00")]
    [InlineData("name: module-mac kind=tea key=U0 => 00")]
    [InlineData("name: module-tea kind=zpk => 00")]
    public async Task SelfTest_VectorThatCannotBeComputed_Fails(string line)
    {
        (int code, _, _) = await InvokeAsync("security", "self-test", "--vectors", Write(line));

        Assert.Equal(ExitCode.Problems, code);
    }

    [Fact]
    public async Task SelfTest_NoVectorAtAll_HasShownNothing() => Assert.Equal(
        ExitCode.Problems, (await InvokeAsync("security", "self-test", "--vectors", Write("# nothing"))).Code);

    private static async Task<(int Code, string Output, string Error)> InvokeAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await CommandLine.InvokeAsync(arguments, output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    private string Write(string text)
    {
        string file = Path.Combine(_folder, "vectors.txt");
        File.WriteAllText(file, text);
        return file;
    }
}
