using System.Net;
using Switch.Host.Simulators;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// What a command needs around it: an issuer to talk to and a folder to write in, both gone afterwards.
/// </summary>
internal sealed class CommandWorld : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-command-");

    public CommandWorld()
    {
        var anyPort = new IPEndPoint(IPAddress.Loopback, 0);
        Issuer = new IssuerSimulator(new IssuerProfile { Name = "issuer", Listen = anyPort, Dialect = "iso87-binary" });
        Issuer.Start();
    }

    public IssuerSimulator Issuer { get; }

    public string Folder => _folder.FullName;

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        string file = Path.Combine(Folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>
    /// Files in the folder that this process has open: a command that has ended has none, or it would still write where
    /// its user moves or deletes.
    /// </summary>
    public IReadOnlyList<string> OpenFiles() => !OperatingSystem.IsLinux()
        ? []
        : [.. Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(TargetOf)
            .Where(target => target.StartsWith(Folder, StringComparison.Ordinal))];

    private static string TargetOf(string handle)
    {
        try
        {
            return File.ResolveLinkTarget(handle, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return ""; // Another test has closed it.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Issuer.DisposeAsync();
        IReadOnlyList<string> open = OpenFiles();
        _folder.Delete(recursive: true);
        Assert.Equal([], open);
    }
}
