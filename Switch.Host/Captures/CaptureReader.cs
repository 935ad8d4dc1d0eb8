using System.Buffers.Binary;

namespace Switch.Host.Captures;

/// <summary>A packet as it was captured.</summary>
/// <param name="Time">When.</param>
/// <param name="Link">The link type (LINKTYPE_..., www.tcpdump.org/linktypes.html).</param>
/// <param name="Bytes">From the first of its link header; may have been cut off.</param>
internal readonly record struct CapturedPacket(DateTimeOffset Time, int Link, ReadOnlyMemory<byte> Bytes);

/// <summary>The file is not a capture, or damaged.</summary>
internal sealed class CaptureException(string message) : Exception(message);

/// <summary>
/// Reads capture files, packet by packet: pcap (with micro- or nanoseconds, of either byte order) and pcapng. A file
/// that ends inside a packet, as one does that is still being written, ends there: <see cref="IsCut"/> says so.
/// </summary>
internal sealed class CaptureReader(Stream stream)
{
    private const int BlockHeaderSize = 8;
    private const uint SectionBlock = 0x0A0D0D0A;
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const uint MicrosecondMagic = 0xA1B2C3D4;
    private const uint NanosecondMagic = 0xA1B23C4D;

    /// <summary>A captured packet has 256 kB at most; blocks of names and comments may be longer.</summary>
    private const int BlockSizeMax = 16 * 1024 * 1024;

    private const int InterfacesMax = 65_536;

    private readonly List<Interface> _interfaces = [];
    private byte[] _buffer = new byte[65_536];
    private bool _isBig;

    /// <summary>Whether the file ended inside a packet.</summary>
    public bool IsCut { get; private set; }

    /// <summary>All packets, in the file's order. The bytes of one are valid until the next.</summary>
    public IEnumerable<CapturedPacket> Packets()
    {
        if (!TryFill(0, 4))
        {
            throw new CaptureException("The file is empty.");
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(_buffer);
        if (magic == SectionBlock)
        {
            return NextGeneration();
        }

        _isBig = BinaryPrimitives.ReverseEndianness(magic) is MicrosecondMagic or NanosecondMagic;
        magic = _isBig ? BinaryPrimitives.ReverseEndianness(magic) : magic;
        return magic is MicrosecondMagic or NanosecondMagic
            ? Classic(magic == NanosecondMagic ? 1_000_000_000 : 1_000_000)
            : throw new CaptureException("The file is neither pcap nor pcapng.");
    }

    private IEnumerable<CapturedPacket> Classic(long unitsPerSecond)
    {
        const int HeaderSize = 24;
        const int RecordSize = 16;
        if (!TryFill(4, HeaderSize - 4))
        {
            throw new CaptureException("The file is truncated inside its header.");
        }

        int link = (int)(U32(20) & 0xFFFF); // The high bits say whether a checksum follows, and are not the type.
        while (TryFill(0, RecordSize))
        {
            long time = (U32(0) * unitsPerSecond) + U32(4);
            int size = SizeOf(U32(8));
            if (!TryFill(0, size))
            {
                IsCut = true;
                yield break;
            }

            yield return new CapturedPacket(TimeOf(time, unitsPerSecond, 0), link, _buffer.AsMemory(0, size));
        }
    }

    private IEnumerable<CapturedPacket> NextGeneration()
    {
        const int InterfaceBlock = 1;
        const int PacketBlock = 2; // Of the past; the interface has half the width.
        const int SimplePacketBlock = 3;
        const int EnhancedPacketBlock = 6;
        bool more = TryFill(4, 4);
        while (more && TryReadBlock(out uint type, out int size))
        {
            switch (type)
            {
                case SectionBlock:
                    _interfaces.Clear();
                    break;
                case InterfaceBlock:
                    AddInterface(BlockHeaderSize, size);
                    break;
                case EnhancedPacketBlock or PacketBlock when size >= 20:
                {
                    Interface from = InterfaceOf(type == PacketBlock ? (uint)U16(8) : U32(8));
                    long time = (long)(((ulong)U32(12) << 32) | U32(16));
                    int length = Math.Min(SizeOf(U32(20)), size - 20);
                    yield return new CapturedPacket(
                        TimeOf(time, from.UnitsPerSecond, from.Offset), from.Link, _buffer.AsMemory(28, length));
                    break;
                }

                case SimplePacketBlock when size >= 4:
                {
                    Interface from = InterfaceOf(0);
                    int length = Math.Min(SizeOf(U32(8)), size - 4);
                    yield return new CapturedPacket(
                        DateTimeOffset.UnixEpoch, from.Link, _buffer.AsMemory(12, length));
                    break;
                }

                default:
                    break; // Names, statistics, comments: nothing of the traffic.
            }

            more = TryFill(0, BlockHeaderSize);
        }
    }

    /// <summary>
    /// Reads the rest of a block whose header was read. <paramref name="size"/> is that of its body, without the
    /// header and the size that is repeated at its end.
    /// </summary>
    private bool TryReadBlock(out uint type, out int size)
    {
        type = U32(0);
        bool isSection = type == SectionBlock;
        if (isSection)
        {
            ReadByteOrder();
        }

        int there = isSection ? 4 : 0;
        int total = SizeOf(U32(4));
        size = total - BlockHeaderSize - 4;
        if (size < there || total % 4 != 0)
        {
            throw new CaptureException($"A block claims {total} bytes: the file is damaged.");
        }

        if (!TryFill(BlockHeaderSize, size + 4 - there, there))
        {
            return false;
        }

        return U32(BlockHeaderSize + size) == (uint)total
            ? true
            : throw new CaptureException("The two lengths of a block differ: the file is damaged.");
    }

    private void ReadByteOrder()
    {
        if (!TryFill(8, 4))
        {
            throw new CaptureException("The file is truncated inside its header.");
        }

        _isBig = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(8)) == ByteOrderMagic;
        if (!_isBig && U32(8) != ByteOrderMagic)
        {
            throw new CaptureException("The section header has no byte order.");
        }
    }

    private void AddInterface(int start, int size)
    {
        const int EndOfOptions = 0;
        const int TimeResolution = 9;
        const int TimeOffset = 14;
        if (size < 8 || _interfaces.Count == InterfacesMax)
        {
            throw new CaptureException("An interface description is too short, or the file has too many interfaces.");
        }

        long units = 1_000_000;
        long offset = 0;
        for (int at = start + 8; at + 4 <= start + size && U16(at) != EndOfOptions; at += 4 + ((U16(at + 2) + 3) & ~3))
        {
            int length = U16(at + 2);
            if (at + 4 + length > start + size)
            {
                break;
            }

            if (U16(at) == TimeResolution && length == 1)
            {
                units = UnitsOf(_buffer[at + 4]);
            }
            else if (U16(at) == TimeOffset && length == 8)
            {
                ulong low = U32(at + (_isBig ? 8 : 4));
                offset = (long)(((ulong)U32(at + (_isBig ? 4 : 8)) << 32) | low);
            }
        }

        _interfaces.Add(new Interface(U16(start), units, offset));
    }

    /// <summary>The top bit says whether the rest is a power of two or of ten.</summary>
    private static long UnitsOf(byte resolution)
    {
        int power = resolution & 0x7F;
        bool isBinary = (resolution & 0x80) != 0;
        return power > (isBinary ? 62 : 18)
            ? throw new CaptureException("An interface has an invalid time resolution.")
            : isBinary ? 1L << power : (long)Math.Pow(10, power);
    }

    private Interface InterfaceOf(uint index) => index < _interfaces.Count
        ? _interfaces[(int)index]
        : throw new CaptureException("A packet refers to an interface that is not described.");

    /// <summary>The beginning of 1970 where it is none that a clock shows.</summary>
    private static DateTimeOffset TimeOf(long time, long unitsPerSecond, long offset)
    {
        (long seconds, long rest) = Math.DivRem(time, unitsPerSecond);
        long ticks = (long)((Int128)rest * TimeSpan.TicksPerSecond / unitsPerSecond);
        Int128 whole = (Int128)seconds + offset;
        return whole >= 0 && whole <= uint.MaxValue
            ? DateTimeOffset.UnixEpoch.AddSeconds((long)whole).AddTicks(ticks)
            : DateTimeOffset.UnixEpoch;
    }

    private static int SizeOf(uint size) => size <= BlockSizeMax
        ? (int)size
        : throw new CaptureException($"A packet or block claims {size} bytes: the file is damaged.");

    private uint U32(int at) => _isBig
        ? BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(at))
        : BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(at));

    private int U16(int at) => _isBig
        ? BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(at))
        : BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(at));

    /// <summary>
    /// Reads so many bytes to a place of the buffer, <paramref name="there"/> of which were read before. False when
    /// the file ends first.
    /// </summary>
    private bool TryFill(int start, int count, int there = 0)
    {
        int size = start + there + count;
        if (size > _buffer.Length)
        {
            Array.Resize(ref _buffer, size);
        }

        Span<byte> place = _buffer.AsSpan(start + there, count);
        int read = stream.ReadAtLeast(place, count, throwOnEndOfStream: false);

        // An end between packets is the end; the header of one begins at 0.
        IsCut |= read < count && (read > 0 || start > 0 || there > 0);
        return read == count;
    }

    private sealed record Interface(int Link, long UnitsPerSecond, long Offset);
}
