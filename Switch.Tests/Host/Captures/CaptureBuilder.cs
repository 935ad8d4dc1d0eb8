using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Switch.Tests.Host.Captures;

/// <summary>The forms that a capture file can have.</summary>
public enum CaptureForm
{
    Pcap,
    PcapBig,
    PcapNano,
    PcapNanoBig,
    PcapNg,
    PcapNgBig,
}

/// <summary>What stands in front of IP in a packet.</summary>
public enum CaptureLink
{
    Null = 0,
    Ethernet = 1,
    Raw = 101,
    Loop = 108,
    Cooked = 113,
    Cooked2 = 276,

    // Not link types: Ethernet with one tag and with two.
    Vlan = 1001,
    DoubleVlan = 1002,
}

/// <summary>Writes captures byte by byte as their formats say, packet by packet.</summary>
internal sealed class CaptureBuilder
{
    public const byte Syn = 2;

    /// <summary>When the first packet comes; each later one comes 1.000001 seconds after the one before it.</summary>
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly CaptureForm _form;
    private readonly CaptureLink _link;
    private readonly List<byte> _file = [];
    private int _packets;

    public CaptureBuilder(CaptureForm form = CaptureForm.Pcap, CaptureLink link = CaptureLink.Ethernet)
    {
        _form = form;
        _link = link;
        int type = link is CaptureLink.Vlan or CaptureLink.DoubleVlan ? 1 : (int)link;
        if (!IsNextGeneration)
        {
            Write(U32(IsNano ? 0xA1B23C4D : 0xA1B2C3D4), U16(2), U16(4), U32(0), U32(0), U32(262_144), U32((uint)type));
            return;
        }

        Block(0x0A0D0D0A, U32(0x1A2B3C4D), U16(1), U16(0), U32(uint.MaxValue), U32(uint.MaxValue));
        Block(1, U16(type), U16(0), U32(262_144), U16(9), U16(1), [9, 0, 0, 0], U16(0), U16(0)); // Nanoseconds.
        Block(0x0000_0005, U32(0), U32(0), U32(0)); // Statistics, which are no packet.
    }

    public byte[] Bytes => [.. _file];

    private bool IsBig => _form is CaptureForm.PcapBig or CaptureForm.PcapNanoBig or CaptureForm.PcapNgBig;

    private bool IsNano => _form is CaptureForm.PcapNano or CaptureForm.PcapNanoBig;

    private bool IsNextGeneration => _form is CaptureForm.PcapNg or CaptureForm.PcapNgBig;

    public static DateTimeOffset TimeOf(int packet) => Start.AddTicks(packet * 10_000_010L);

    /// <summary>A TCP segment. The address decides between IPv4 and IPv6.</summary>
    public CaptureBuilder Tcp(
        IPEndPoint from, IPEndPoint to, uint sequence, ReadOnlySpan<byte> payload, byte flags = 0x18)
    {
        byte[] tcp =
        [
            .. Be16(from.Port), .. Be16(to.Port), .. Be32(sequence), .. Be32(0), 0x60, flags, .. Be16(65_535),
            .. Be16(0), .. Be16(0), 1, 1, 1, 1, .. payload, // Four bytes of options: no operation.
        ];
        bool isV4 = from.AddressFamily == AddressFamily.InterNetwork;
        byte[] ip = isV4
            ?
            [
                0x45, 0, .. Be16(20 + tcp.Length), .. Be16(0), .. Be16(0x4000), 64, 6, .. Be16(0),
                .. from.Address.GetAddressBytes(), .. to.Address.GetAddressBytes(), .. tcp,
            ]
            :
            [
                0x60, 0, 0, 0, .. Be16(8 + tcp.Length), 0, 64, .. from.Address.GetAddressBytes(),
                .. to.Address.GetAddressBytes(), 6, 0, 1, 4, 0, 0, 0, 0, .. tcp, // Hop-by-hop options first.
            ];
        return Packet(Linked(ip, isV4 ? 0x0800 : 0x86DD));
    }

    /// <summary>A packet as it is.</summary>
    public CaptureBuilder Packet(byte[] bytes)
    {
        long nanoseconds = (TimeOf(_packets++) - DateTimeOffset.UnixEpoch).Ticks * 100;
        if (IsNextGeneration)
        {
            byte[] padded = [.. bytes, .. new byte[-bytes.Length & 3]];
            Block(
                6, U32(0), U32((uint)(nanoseconds >> 32)), U32((uint)nanoseconds), U32((uint)bytes.Length),
                U32((uint)bytes.Length), padded);
        }
        else
        {
            (long seconds, long rest) = Math.DivRem(nanoseconds, 1_000_000_000);
            Write(
                U32((uint)seconds), U32((uint)(IsNano ? rest : rest / 1000)), U32((uint)bytes.Length),
                U32((uint)bytes.Length), bytes);
        }

        return this;
    }

    private byte[] Linked(byte[] ip, int type) => _link switch
    {
        CaptureLink.Null or CaptureLink.Loop => [2, 0, 0, 0, .. ip],
        CaptureLink.Raw => ip,
        CaptureLink.Cooked => [0, 0, 0, 1, 0, 6, .. new byte[8], .. Be16(type), .. ip],
        CaptureLink.Cooked2 => [.. Be16(type), 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, .. new byte[8], .. ip],
        CaptureLink.Vlan => [.. new byte[12], 0x81, 0, 0, 7, .. Be16(type), .. ip],
        CaptureLink.DoubleVlan => [.. new byte[12], 0x88, 0xA8, 0, 7, 0x81, 0, 0, 9, .. Be16(type), .. ip],
        _ => [.. new byte[12], .. Be16(type), .. ip, 0, 0], // Ethernet may be filled up behind the packet.
    };

    private void Block(uint type, params byte[][] body)
    {
        uint size = (uint)(12 + body.Sum(part => part.Length));
        Write([U32(type), U32(size), .. body, U32(size)]);
    }

    private void Write(params byte[][] parts)
    {
        foreach (byte[] part in parts)
        {
            _file.AddRange(part);
        }
    }

    private byte[] U16(int value) => IsBig ? Be16(value) : [.. Be16(value).Reverse()];

    private byte[] U32(uint value) => IsBig ? Be32(value) : [.. Be32(value).Reverse()];

    private static byte[] Be16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Be32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
