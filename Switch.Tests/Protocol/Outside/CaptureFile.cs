using System.Buffers.Binary;

namespace Switch.Tests.Protocol.Outside;

/// <summary>
/// A capture as tcpdump writes it: a file header, then for each packet its time and sizes and its bytes, here Ethernet,
/// IPv4 and TCP from port 40000 to 8583, one frame in each.
/// </summary>
internal static class CaptureFile
{
    private const int HeadersSize = 14 + 20 + 20;

    public static byte[] Of(IEnumerable<byte[]> frames)
    {
        var file = new MemoryStream();
        Span<byte> start = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(start, 0xA1B2C3D4); // Microseconds, little-endian.
        BinaryPrimitives.WriteUInt16LittleEndian(start[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(start[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(start[16..], 65_535);
        BinaryPrimitives.WriteInt32LittleEndian(start[20..], 1); // Ethernet.
        file.Write(start);
        uint sequence = 1;
        Span<byte> record = stackalloc byte[16 + HeadersSize];
        foreach (byte[] frame in frames)
        {
            record.Clear();
            int size = HeadersSize + frame.Length;
            BinaryPrimitives.WriteInt32LittleEndian(record, 1_700_000_000);
            BinaryPrimitives.WriteInt32LittleEndian(record[8..], size);
            BinaryPrimitives.WriteInt32LittleEndian(record[12..], size);
            WriteHeaders(record[16..], frame.Length, sequence);
            file.Write(record);
            file.Write(frame);
            sequence += (uint)frame.Length;
        }

        return file.ToArray();
    }

    private static void WriteHeaders(Span<byte> headers, int size, uint sequence)
    {
        headers[5] = 1;
        headers[11] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(headers[12..], 0x0800);
        Span<byte> ip = headers[14..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(40 + size));
        ip[8] = 64;
        ip[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x7F000001);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x7F000001);
        Span<byte> tcp = headers[34..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 8_583);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        tcp[12] = 0x50;
        tcp[13] = 0x18;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 65_535);
    }
}
