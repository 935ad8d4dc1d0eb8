using System.Runtime.InteropServices;
using Switch.Benchmarks.Sabotages;
using Switch.Protocol.Messages;

namespace Switch.Tests.House;

/// <summary>
/// Goal: the samples of the library do what they say. Method: each file of docs/samples is compiled by the SDK's
/// compiler against Switch.Protocol alone and run as a process; what it prints is compared with the lines below
/// "Prints:".
/// </summary>
public sealed class SamplesTests : IDisposable
{
    private const string Prints = "// Prints:\n";

    private const string Usings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        """;

    private const string RuntimeConfiguration =
        """
        {
          "runtimeOptions": {
            "tfm": "net10.0",
            "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" }
          }
        }
        """;

    private static readonly string Samples = Path.Combine(SourceTree.Root, "docs", "samples");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-sample-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("DecodeAndBuild")]
    [InlineData("FrameAStream")]
    [InlineData("TranslateAnEdition")]
    public void Sample_CompiledAndRun_PrintsWhatItSays(string name)
    {
        string source = Path.Combine(Samples, name + ".cs");
        string text = File.ReadAllText(source);
        string expected = text[(text.IndexOf(Prints, StringComparison.Ordinal) + Prints.Length)..]
            .Replace("// ", "", StringComparison.Ordinal).Trim();

        Compile(source, name);
        (int code, string printed) = SourceBuild.Run([In(name + ".dll")]);

        Assert.Equal((0, expected), (code, printed.ReplaceLineEndings("\n").Trim()));
    }

    /// <summary>A file that no test runs is one that may not even compile.</summary>
    [Fact]
    public void Samples_InTheFolder_AreAllRunAndListed()
    {
        string[] files = [.. Directory.GetFiles(Samples, "*.cs").Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal)!];
        string[] run = [.. typeof(SamplesTests).GetMethod(nameof(Sample_CompiledAndRun_PrintsWhatItSays))!
            .GetCustomAttributesData().Where(static data => data.AttributeType == typeof(InlineDataAttribute))
            .SelectMany(static data => (IReadOnlyCollection<System.Reflection.CustomAttributeTypedArgument>)
                data.ConstructorArguments[0].Value!)
            .Select(static argument => (string)argument.Value!).Order(StringComparer.Ordinal)];
        string page = File.ReadAllText(Path.Combine(Samples, "README.md"));

        Assert.Equal(files, run);
        Assert.All(files, file => Assert.Contains($"({file}.cs)", page, StringComparison.Ordinal));
    }

    [Fact]
    public void PackageReadme_ItsSample_IsTheFile()
    {
        string sample = File.ReadAllText(Path.Combine(Samples, "DecodeAndBuild.cs"));
        int start = sample.IndexOf("using ", StringComparison.Ordinal);
        int end = sample.IndexOf("\n" + Prints, StringComparison.Ordinal);
        string body = sample[start..end].Trim();
        string readme = File.ReadAllText(Path.Combine(SourceTree.Root, "Switch.Protocol", "README.md"));

        Assert.Contains($"```csharp\n{body}\n```", readme, StringComparison.Ordinal);
    }

    private void Compile(string source, string name)
    {
        Assert.NotNull(SourceBuild.Compiler);
        string library = typeof(Message).Assembly.Location;
        File.Copy(library, In(Path.GetFileName(library)));
        File.WriteAllText(In("Usings.cs"), Usings);
        File.WriteAllText(In(name + ".runtimeconfig.json"), RuntimeConfiguration);
        IEnumerable<string> references =
            Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "System*.dll").Append(library);
        File.WriteAllLines(
            In("sample.rsp"),
            [
                "/nologo", "/nostdlib+", "/target:exe", "/nullable:enable", "/langversion:latest", "/warnaserror+",
                $"\"/out:{In(name + ".dll")}\"", .. references.Select(static path => $"\"/reference:{path}\""),
                $"\"{source}\"", $"\"{In("Usings.cs")}\"",
            ]);
        (int code, string printed) =
            SourceBuild.Run(["exec", SourceBuild.Compiler!, "/noconfig", $"@{In("sample.rsp")}"]);

        Assert.True(code == 0, printed);
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);
}
