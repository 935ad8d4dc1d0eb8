using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Admin.Access;

/// <summary>The process at the other end of the Unix socket, as the kernel says (SO_PEERCRED of Linux).</summary>
/// <param name="Process">Its id when it connected.</param>
/// <param name="User">Its user's number then.</param>
internal readonly record struct LocalPeer(int Process, uint User)
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    /// <summary>False: the system does not say.</summary>
    public static bool TryOf(Socket? socket, out LocalPeer peer)
    {
        peer = default;
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)]; // struct ucred: process, user, group
        try
        {
            if (socket?.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) != credentials.Length)
            {
                return false;
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }

        peer = new LocalPeer(
            BinaryPrimitives.ReadInt32LittleEndian(credentials),
            BinaryPrimitives.ReadUInt32LittleEndian(credentials[sizeof(int)..]));
        return true;
    }

    /// <summary>
    /// Its role is the one of <c>Admin:Users</c>. Root and the switch's own user could change the switch's files
    /// anyway, so they are operators where nothing is said of them; approving is only for those that are named.
    /// </summary>
    public AdminIdentity ToIdentity(IReadOnlyDictionary<string, AdminRole> users)
    {
        string number = User.ToString(CultureInfo.InvariantCulture);
        string name = UserNames.UserOf(User) is { } given && AdminCredentials.IsName(given) ? given : $"user-{number}";
        bool isOwn = User == 0 || User == Posix.UserId();
        AdminRole role = users.TryGetValue(name, out AdminRole named) || users.TryGetValue(number, out named) ? named
            : isOwn ? AdminRole.Operator : AdminRole.None;
        return new AdminIdentity(
            name, role, string.Create(CultureInfo.InvariantCulture, $"process {Process} of user {User}"));
    }
}
