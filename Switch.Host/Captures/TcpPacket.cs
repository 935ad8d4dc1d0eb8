using System.Buffers.Binary;
using System.Net;

namespace Switch.Host.Captures;

/// <summary>One TCP segment of a captured packet.</summary>
internal readonly ref struct TcpPacket
{
    private const int EtherIpv4 = 0x0800;
    private const int EtherIpv6 = 0x86DD;

    private TcpPacket(IPEndPoint from, IPEndPoint to, ReadOnlySpan<byte> segment, int headerSize)
    {
        From = from;
        To = to;
        Sequence = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]);
        IsSyn = (segment[13] & 2) != 0;
        Payload = segment[headerSize..];
    }

    public IPEndPoint From { get; }

    public IPEndPoint To { get; }

    /// <summary>The number of the first byte of <see cref="Payload"/>, or of the SYN before it.</summary>
    public uint Sequence { get; }

    public bool IsSyn { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>False for everything that is not a whole TCP header over IPv4 or IPv6.</summary>
    public static bool TryParse(int link, ReadOnlySpan<byte> packet, out TcpPacket tcp)
    {
        tcp = default;
        return TrySkipLink(link, ref packet) && packet.Length > 0 && (packet[0] >> 4) switch
        {
            4 => TryIpv4(packet, out tcp),
            6 => TryIpv6(packet, out tcp),
            _ => false,
        };
    }

    /// <summary>Takes the link header off; what follows says itself which IP it is.</summary>
    private static bool TrySkipLink(int link, ref ReadOnlySpan<byte> packet)
    {
        const int Null = 0;
        const int Ethernet = 1;
        const int Loop = 108;
        const int LinuxCooked = 113;
        const int LinuxCooked2 = 276;
        int size = link switch
        {
            Null or Loop => 4,
            12 or 14 or 101 or 228 or 229 => 0, // Raw IP.
            Ethernet => SizeBeforeIp(packet, typeAt: 12, size: 14),
            LinuxCooked => SizeBeforeIp(packet, typeAt: 14, size: 16),
            LinuxCooked2 => SizeBeforeIp(packet, typeAt: 0, size: 20),
            _ => int.MaxValue,
        };
        if (size > packet.Length)
        {
            return false;
        }

        packet = packet[size..];
        return true;
    }

    /// <summary>
    /// Bytes in front of the IP header, VLAN tags among them; more than any packet has when it is no IP.
    /// </summary>
    private static int SizeBeforeIp(ReadOnlySpan<byte> packet, int typeAt, int size)
    {
        while (packet.Length >= size + 4 && TypeAt(packet, typeAt) is 0x8100 or 0x88A8 or 0x9100)
        {
            typeAt = size + 2;
            size += 4;
        }

        return packet.Length >= size && TypeAt(packet, typeAt) is EtherIpv4 or EtherIpv6 ? size : int.MaxValue;
    }

    private static int TypeAt(ReadOnlySpan<byte> packet, int at) =>
        BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);

    private static bool TryIpv4(ReadOnlySpan<byte> packet, out TcpPacket tcp)
    {
        tcp = default;
        int headerSize = (packet[0] & 15) * 4;
        if (packet.Length < 20 || headerSize < 20 || packet.Length < headerSize)
        {
            return false;
        }

        // A zero length is what a card that cuts segments itself leaves: then the packet ends where its bytes do.
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        length = length < headerSize ? packet.Length : Math.Min(length, packet.Length);
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0;
        return !isFragment && packet[9] == 6 && TrySegment(
            packet[headerSize..length], new IPAddress(packet.Slice(12, 4)), new IPAddress(packet.Slice(16, 4)),
            out tcp);
    }

    private static bool TryIpv6(ReadOnlySpan<byte> packet, out TcpPacket tcp)
    {
        const int HeaderSize = 40;
        tcp = default;
        if (packet.Length < HeaderSize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        ReadOnlySpan<byte> rest = packet[HeaderSize..];
        rest = length == 0 || length > rest.Length ? rest : rest[..length];
        int next = packet[6];
        while (next is 0 or 43 or 51 or 60 && rest.Length >= 8)
        {
            // Hop by hop, routing, authentication, destination. Each states its size, the third in words of four.
            int size = next == 51 ? (rest[1] + 2) * 4 : (rest[1] + 1) * 8;
            next = rest[0];
            if (size > rest.Length)
            {
                return false;
            }

            rest = rest[size..];
        }

        return next == 6 && TrySegment(
            rest, new IPAddress(packet.Slice(8, 16)), new IPAddress(packet.Slice(24, 16)), out tcp);
    }

    private static bool TrySegment(ReadOnlySpan<byte> segment, IPAddress from, IPAddress to, out TcpPacket tcp)
    {
        const int HeaderSizeMin = 20;
        tcp = default;
        int headerSize = segment.Length < HeaderSizeMin ? 0 : (segment[12] >> 4) * 4;
        if (headerSize < HeaderSizeMin || headerSize > segment.Length)
        {
            return false;
        }

        tcp = new TcpPacket(
            new IPEndPoint(from, BinaryPrimitives.ReadUInt16BigEndian(segment)),
            new IPEndPoint(to, BinaryPrimitives.ReadUInt16BigEndian(segment[2..])), segment, headerSize);
        return true;
    }
}
