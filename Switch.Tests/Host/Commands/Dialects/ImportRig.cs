using Switch.Protocol.Dialects;

namespace Switch.Tests.Host.Commands.Dialects;

/// <summary>A description in a file of its own, imported as the command line does it.</summary>
internal sealed class ImportRig : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-import-");

    public void Dispose() => _folder.Delete(recursive: true);

    public async Task<CommandRun> RunAsync(string form, string text, params string[] options)
    {
        string file = Path.Combine(_folder.FullName, "partner.txt");
        await File.WriteAllTextAsync(file, text);
        return await CommandRun.OfAsync(["dialect", "import", form, file, .. options]);
    }

    /// <summary>The dialect in a file, for commands that take one.</summary>
    public string Write(string json)
    {
        string file = Path.Combine(_folder.FullName, "dialect.json");
        File.WriteAllText(file, json);
        return file;
    }

    public static Dialect Read(CommandRun run)
    {
        Assert.True(run.Code == 0, run.Error);
        bool good = new DialectCatalog().TryAdd(run.Output, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(good, string.Join("; ", mistakes));
        return dialect!;
    }

    /// <summary>What was warned of, a line each.</summary>
    public static string[] WarningsOf(CommandRun run) =>
        [.. run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
