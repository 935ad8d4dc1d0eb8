using System.Buffers.Binary;

namespace Switch.Routing.Velocity;

/// <summary>
/// What people know a key by: DE 41, DE 42 or the digits of a BIN, up to 16 bytes of it. Keys are told apart by a hash
/// of the whole.
/// </summary>
public readonly record struct VelocityName
{
    /// <summary>Bytes that are kept.</summary>
    public const int Size = 2 * sizeof(ulong);

    private readonly ulong _first;
    private readonly ulong _last;

    private VelocityName(ulong first, ulong last)
    {
        _first = first;
        _last = last;
    }

    /// <summary>The name in a text, without the spaces that pad a fixed field.</summary>
    public static VelocityName Of(ReadOnlySpan<byte> text)
    {
        Span<byte> name = stackalloc byte[Size];
        name.Clear();
        text = text.TrimEnd((byte)' ');
        text[..Math.Min(text.Length, Size)].CopyTo(name);
        return new VelocityName(
            BinaryPrimitives.ReadUInt64LittleEndian(name),
            BinaryPrimitives.ReadUInt64LittleEndian(name[sizeof(ulong)..]));
    }

    /// <summary>Printable ASCII; what is not stands as '?'.</summary>
    public override string ToString()
    {
        Span<byte> name = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt64LittleEndian(name, _first);
        BinaryPrimitives.WriteUInt64LittleEndian(name[sizeof(ulong)..], _last);
        Span<char> text = stackalloc char[Size];
        int length = 0;
        foreach (byte character in name.TrimEnd((byte)0))
        {
            text[length++] = character is > 0x20 and < 0x7F ? (char)character : '?';
        }

        return new string(text[..length]);
    }
}
