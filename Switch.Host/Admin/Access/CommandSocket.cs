using System.Net.Sockets;
using Switch.Host.Files;

namespace Switch.Host.Admin.Access;

/// <summary>
/// The Unix socket of the command line as a file: 0660, in place of one that a dead process left. Bound and not yet
/// listening; Kestrel listens on it and disposes of it.
/// </summary>
internal sealed class CommandSocket : IDisposable
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private CommandSocket(string path, Socket bound)
    {
        Path = path;
        Bound = bound;
    }

    /// <summary>Of the file.</summary>
    public string Path { get; }

    public Socket Bound { get; }

    /// <summary>Makes the file. Nothing can connect before it listens, and by then the mode is right.</summary>
    /// <param name="path">Of the file; its folder is made.</param>
    /// <param name="group">Who may connect beside its user; null: the process's own group.</param>
    /// <exception cref="IOException">It cannot be made, or another process serves it.</exception>
    public static CommandSocket Open(string path, uint? group)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            OwnFiles.MakeFolder(System.IO.Path.GetDirectoryName(path)!);
            if (IsServed(path))
            {
                throw new IOException("another process serves it. Does a switch run here already? 'status' asks it");
            }

            if (new FileInfo(path) is { Exists: true, Length: > 0 })
            {
                throw new IOException("it is in use for something else");
            }

            File.Delete(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (group is { } given)
            {
                UserNames.GiveToGroup(path, given);
            }

            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, Mode);
            }

            return new CommandSocket(path, socket);
        }
        catch (Exception problem) when (problem is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new IOException($"Admin cannot listen on {path}: {problem.Message.TrimEnd('.')}.", problem);
        }
    }

    public void Dispose() => Bound.Dispose();

    private static bool IsServed(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
