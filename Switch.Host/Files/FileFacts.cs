using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Switch.Host.Files;

/// <summary>
/// What the file system says of a file or folder: which one it is, and whose. Device and inode together are the file
/// itself, whatever its name: two files that exist at the same time never share them.
/// </summary>
internal readonly record struct FileFacts(
    ulong Device, ulong Inode, long Size, uint Links, int Permissions, uint Owner)
{
    /// <summary>Bits of <see cref="Permissions"/> that let the group in: rwx.</summary>
    public const int GroupBits = 0x38; // 0070

    /// <summary>Bits of <see cref="Permissions"/> that let everybody in: rwx.</summary>
    public const int OthersBits = 0x7; // 0007

    // struct statx of Linux: the same on every architecture.
    private const int StructureSize = 256;
    private const int LinksOffset = 16;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int SizeOffset = 40;
    private const int DeviceOffset = 136;
    private const int PermissionBits = 0xFFF; // 07777
    private const uint BasicFacts = 0x7FF;

    /// <summary>The same file or folder, not just the same name.</summary>
    public bool IsSame(in FileFacts other) => Device == other.Device && Inode == other.Inode;

    /// <summary>Of a path, through links; false when there is nothing, or it may not be asked.</summary>
    public static bool TryOf(string path, out FileFacts facts)
    {
        Span<byte> bytes = stackalloc byte[StructureSize];
        bool isThere = Posix.Facts(Posix.CurrentFolder, path, 0, BasicFacts, bytes) == 0;
        facts = isThere ? Read(bytes) : default;
        return isThere;
    }

    /// <summary>Of a name in a folder; false when there is nothing, or it may not be asked.</summary>
    public static bool TryOf(SafeFileHandle folder, string name, out FileFacts facts) =>
        TryOf(folder, name, 0, out facts);

    /// <summary>Of an open file or folder.</summary>
    public static bool TryOf(SafeFileHandle handle, out FileFacts facts) =>
        TryOf(handle, "", Posix.EmptyPath, out facts);

    private static bool TryOf(SafeFileHandle folder, string name, int flags, out FileFacts facts)
    {
        Span<byte> bytes = stackalloc byte[StructureSize];
        bool isThere = Posix.Facts(folder, name, flags, BasicFacts, bytes) == 0;
        facts = isThere ? Read(bytes) : default;
        return isThere;
    }

    private static FileFacts Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[DeviceOffset..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[InodeOffset..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[SizeOffset..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[LinksOffset..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[ModeOffset..]) & PermissionBits,
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[OwnerOffset..]));
}
