using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Switch.Benchmarks.Sabotages;

/// <summary>
/// Compiles one project of the repository with some of its files replaced, by the compiler of the SDK and against what
/// was built already: a matter of seconds, where a build of the solution is one of minutes.
/// </summary>
internal sealed class SourceBuild(string root, string built)
{
    private const string Framework = "net10.0";

    private static readonly string[] GeneratorNames =
    [
        "Microsoft.Extensions.Logging.Generators", "System.Text.RegularExpressions.Generator",
        "Microsoft.Interop.LibraryImportGenerator", "Microsoft.Interop.SourceGeneration",
    ];

    private static readonly string[] HostPackages =
    [
        "Serilog", "OpenTelemetry", "Microsoft.Extensions.Hosting.Systemd", "System.CommandLine", "Spectre.Console",
        "Microsoft.Data.Sqlite", "SQLitePCLRaw", "Npgsql", "Pkcs11Interop",
    ];

    // Release or Debug: the folder below which everything was built.
    private readonly string _configuration = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(built)))!;

    /// <summary>Where the compiler is; null on a machine that has the runtime and not the SDK.</summary>
    public static string? Compiler => FindCompiler();

    /// <summary>Writes the library.</summary>
    /// <param name="project">The project's name, which is that of its folder and its library.</param>
    /// <param name="changed">Files that are not as they stand, from the root.</param>
    /// <param name="output">The library that is to be written.</param>
    /// <param name="scratch">A folder for the changed files.</param>
    /// <exception cref="SabotageException">The compiler refuses it.</exception>
    public void Compile(
        string project, IReadOnlyDictionary<string, string> changed, string output, string scratch)
    {
        Directory.CreateDirectory(scratch);
        List<string> arguments =
        [
            "/nologo", "/nostdlib+", $"/target:{(project == "Switch.Host" ? "exe" : "library")}", "/optimize+",
            "/deterministic+", "/unsafe+",
            "/nullable:enable", "/langversion:latest", "/debug-", "/warn:0", $"/out:{output}",
        ];
        arguments.AddRange(References(project).Select(static path => $"/reference:{path}"));
        arguments.AddRange(Generators().Select(static path => $"/analyzer:{path}"));
        arguments.AddRange(Resources(project));
        arguments.AddRange(Sources(project).Select(path => changed.TryGetValue(path, out string? text)
            ? WriteChanged(scratch, path, text)
            : Path.Combine(root, path)));
        string response = Path.Combine(scratch, $"{project}.rsp");
        File.WriteAllLines(response, arguments.Select(static argument => $"\"{argument}\""));
        (int code, string printed) = Run(["exec", Compiler!, "/noconfig", $"@{response}"]);
        if (code != 0)
        {
            throw new SabotageException($"{project} does not compile: {printed}");
        }
    }

    /// <summary>Runs <c>dotnet</c> to its end, and gives all that it printed.</summary>
    public static (int Code, string Printed) Run(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        var printed = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(printed, line.Data);
        process.ErrorDataReceived += (_, line) => Append(printed, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return (process.ExitCode, printed.ToString());
    }

    private IEnumerable<string> Sources(string project)
    {
        string generated = Path.Combine(root, project, "obj", _configuration, Framework);
        return Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj"))
            .Concat(Directory.EnumerateFiles(generated, "*.cs").Select(path => Path.GetRelativePath(root, path)))
            .Order(StringComparer.Ordinal);
    }

    // The frameworks, and of what was built all that the project may build on (docs/internals/architecture.md) and its
    // packages.
    private IEnumerable<string> References(string project)
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        string version = Path.GetFileName(runtime.TrimEnd(Path.DirectorySeparatorChar));
        string web = Path.Combine(DotnetRoot, "shared", "Microsoft.AspNetCore.App", version);
        return Directory.EnumerateFiles(runtime, "*.dll")
            .Where(static path => Path.GetFileName(path) is var name
                && (name.StartsWith("System", StringComparison.Ordinal)
                    || name.StartsWith("Microsoft.Win32", StringComparison.Ordinal)
                    || name is "mscorlib.dll" or "netstandard.dll"))
            .Concat(project == "Switch.Host" ? Directory.EnumerateFiles(web, "*.dll") : [])
            .Concat(Directory.EnumerateFiles(built, "*.dll").Where(
                path => MayUse(project, Path.GetFileNameWithoutExtension(path))));
    }

    private static bool MayUse(string project, string library) => project switch
    {
        "Switch.Protocol" => false,
        "Switch.Routing" => library == "Switch.Protocol",
        _ => library is "Switch.Protocol" or "Switch.Routing"
            || Array.Exists(HostPackages, name => library.StartsWith(name, StringComparison.Ordinal)),
    };

    private static IEnumerable<string> Generators() =>
        from pack in Directory.EnumerateDirectories(Path.Combine(DotnetRoot, "packs"), "Microsoft.*.App.Ref")
        from version in Directory.EnumerateDirectories(pack)
        let folder = Path.Combine(version, "analyzers", "dotnet", "cs")
        where Directory.Exists(folder)
        from path in Directory.EnumerateFiles(folder, "*.dll")
        where GeneratorNames.Contains(Path.GetFileNameWithoutExtension(path))
        select path;

    // As the project files have them.
    private IEnumerable<string> Resources(string project) => project switch
    {
        "Switch.Protocol" => Resources(Path.Combine("Switch.Host", "dialects"), "*.json", ""),
        "Switch.Host" =>
        [
            .. Resources(Path.Combine("Switch.Host", "Stores"), "*.sql", ""),
            .. Resources(Path.Combine("Switch.Host", "Security", "SelfTest"), "*.txt", "security/"),
        ],
        _ => [],
    };

    private IEnumerable<string> Resources(string folder, string pattern, string prefix)
    {
        string whole = Path.Combine(root, folder);
        return Directory.EnumerateFiles(whole, pattern, SearchOption.AllDirectories)
            .Select(path => $"/resource:{path},{prefix}{Path.GetRelativePath(whole, path)}");
    }

    private static string WriteChanged(string scratch, string path, string text)
    {
        string copy = Path.Combine(scratch, path.Replace(Path.DirectorySeparatorChar, '.'));
        File.WriteAllText(copy, text);
        return copy;
    }

    private static void Append(StringBuilder printed, string? line)
    {
        lock (printed)
        {
            printed.AppendLine(line);
        }
    }

    private static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string? FindCompiler()
    {
        string sdks = Path.Combine(DotnetRoot, "sdk");
        return !Directory.Exists(sdks)
            ? null
            : Directory.EnumerateDirectories(sdks)
                .Select(static sdk => Path.Combine(sdk, "Roslyn", "bincore", "csc.dll"))
                .Where(File.Exists)
                .Order(StringComparer.Ordinal)
                .LastOrDefault();
    }
}
