using System.Net.Sockets;

namespace Switch.Host.Security.HostCommands;

/// <summary>One security module with host commands.</summary>
/// <param name="HeaderLength">
/// Characters before each command, as the module is configured: 1 to 255. They come back as they were.
/// </param>
/// <param name="LmkId">0 to 99: which of its master keys; null: its default one.</param>
internal sealed record HsmSettings(string Host, int Port, int HeaderLength = 4, int? LmkId = null)
{
    public const int HeaderLengthMax = 255;
    public const int LmkIdMax = 99;

    /// <summary>
    /// Makes a stream with TLS of a connected socket, which is its own from the call on. Null: plain text. It throws
    /// <see cref="IOException"/> where the other side is not the module.
    /// </summary>
    public Func<Socket, CancellationToken, Task<Stream>>? Secure { get; init; }

    public string Name => $"{Host}:{Port}";
}
