using System.Globalization;
using System.Text;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>
/// The bytes around a fault, with a mark under the one to blame. Bytes that may be card data are dots: those of fields
/// that are masked, and all that follow the last field that can be relied on, the faulty byte aside.
/// </summary>
internal static class DecodeDump
{
    private const int RowSize = 16;

    public static void Write(TextWriter output, Message message, int offset, bool unmask)
    {
        ReadOnlySpan<byte> bytes = message.Bytes;
        bool[] isShown = unmask ? [] : ShownOf(message, offset);
        int first = Math.Max(0, (offset / RowSize) - 1) * RowSize;
        for (int start = first; start <= offset; start += RowSize)
        {
            var row = new StringBuilder();
            row.Append(CultureInfo.InvariantCulture, $"{start,7}  ");
            int end = Math.Min(bytes.Length, start + RowSize);
            for (int at = start; at < end; at++)
            {
                row.Append(unmask || isShown[at] ? bytes[at].ToString("X2", CultureInfo.InvariantCulture) : "..");
                row.Append(' ');
            }

            output.WriteLine(row.ToString().TrimEnd());
        }

        string mark = offset < bytes.Length ? "^^" : "^ the bytes end here";
        output.WriteLine(new string(' ', 9 + (offset % RowSize * 3)) + mark);
    }

    private static bool[] ShownOf(Message message, int offset)
    {
        bool[] shown = new bool[message.Size];
        int first = -1;
        foreach (int field in message.Fields)
        {
            int start = message.OffsetOf(field);
            first = first < 0 ? start : first;
            bool isPlain = Masker.ExposureOf(message.Dialect, field) == FieldExposure.Plain;
            shown.AsSpan(start, message.Raw(field).Length).Fill(isPlain);
        }

        // The MTI and the bitmaps, and the length of the first field, which no card number fits in.
        shown.AsSpan(0, Math.Max(0, Math.Min(first, offset))).Fill(true);
        if (offset < shown.Length)
        {
            shown[offset] = true;
        }

        return shown;
    }
}
