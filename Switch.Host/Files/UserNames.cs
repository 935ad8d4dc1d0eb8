using System.Globalization;
using System.Runtime.InteropServices;

namespace Switch.Host.Files;

/// <summary>Names of users and groups of this machine, from wherever it has them. Linux, 64 bits.</summary>
internal static partial class UserNames
{
    // Bytes for one entry: a group may have many members.
    private const int EntrySizeMax = 64 * 1024;

    // struct passwd and struct group begin with the name; the number stands behind name and password.
    private const int GroupIdOffset = 16;
    private const int StructureSize = 64;

    /// <summary>The name of a user; null when it has none.</summary>
    public static string? UserOf(uint id)
    {
        Span<byte> entry = stackalloc byte[StructureSize];
        byte[] texts = new byte[EntrySizeMax];
        return GetUser(id, entry, texts, texts.Length, out nint found) == 0 && found != 0
            ? Marshal.PtrToStringUTF8(MemoryMarshal.Read<nint>(entry)) : null;
    }

    /// <summary>The number of a group that is given by name or number; null when there is none of that name.</summary>
    public static uint? GroupOf(string group)
    {
        if (uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            return number;
        }

        Span<byte> entry = stackalloc byte[StructureSize];
        byte[] texts = new byte[EntrySizeMax];
        return GetGroup(group, entry, texts, texts.Length, out nint found) == 0 && found != 0
            ? MemoryMarshal.Read<uint>(entry[GroupIdOffset..]) : null;
    }

    /// <summary>Gives a file to a group; its user stays.</summary>
    /// <exception cref="IOException">It may not be given.</exception>
    public static void GiveToGroup(string file, uint group)
    {
        if (ChangeOwner(file, uint.MaxValue, group) != 0)
        {
            throw new IOException($"{file} cannot be given to group "
                + $"{group.ToString(CultureInfo.InvariantCulture)}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int GetUser(uint id, Span<byte> entry, byte[] texts, nint size, out nint found);

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetGroup(string name, Span<byte> entry, byte[] texts, nint size, out nint found);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
