using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Fuzz;

/// <summary>
/// Changes messages as faults and attackers do, knowing where lengths, bitmaps and fields lie. The same seed makes the
/// same changes.
/// </summary>
internal sealed class FrameMutator(Random random)
{
    private static readonly byte[] Interesting =
        [0x00, 0x01, 0x0D, 0x0F, 0x1F, 0x2F, 0x30, 0x39, 0x3A, 0x3D, 0x40, 0x44, 0x46, 0x47, 0x7E, 0x7F, 0x80, 0x81,
         0x82, 0x84, 0x88, 0x99, 0x9A, 0x9F, 0xA0, 0xBF, 0xC0, 0xC4, 0xD0, 0xF0, 0xF9, 0xFA, 0xFF];

    private readonly Message _message = new(65_536);

    /// <summary>One to four changes to a message; <paramref name="others"/> give parts for splices.</summary>
    public byte[] Mutate(Dialect dialect, byte[] original, IReadOnlyList<byte[]> others)
    {
        byte[] bytes = original;
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            byte[] other = others[random.Next(others.Count)];
            bytes = random.Next(9) switch
            {
                0 => FlipBit(bytes, 0, bytes.Length),
                1 => SetByte(bytes),
                2 => bytes[..random.Next(bytes.Length + 1)],
                3 => [.. bytes, .. Noise(random.Next(1, 40))],
                4 => [.. bytes[..random.Next(bytes.Length + 1)], .. other[random.Next(other.Length + 1)..]],
                5 => LieAboutFields(dialect, bytes),
                6 => LieAboutALength(dialect, bytes),
                7 => SwapField(dialect, bytes, other),
                _ => NestTlv(dialect, bytes),
            };
        }

        return bytes.Length <= 60_000 ? bytes : bytes[..60_000];
    }

    /// <summary>Announces a field that is not there, or keeps quiet about one that is.</summary>
    private byte[] LieAboutFields(Dialect dialect, byte[] bytes)
    {
        int size = dialect.Bitmap == BitmapEncoding.Binary ? 8 : 16;
        int start = dialect.Mti == MtiEncoding.Bcd ? 2 : 4;
        return FlipBit(bytes, start, Math.Min(bytes.Length, start + (size * random.Next(1, 4))));
    }

    /// <summary>Changes the bytes in front of a variable field.</summary>
    private byte[] LieAboutALength(Dialect dialect, byte[] bytes)
    {
        if (!TryField(dialect, bytes, field => dialect[field]!.IsVariable, out int field))
        {
            return SetByte(bytes);
        }

        FieldSlot slot = _message.Slot(field);
        byte[] changed = (byte[])bytes.Clone();
        int at = slot.Offset - random.Next(1, dialect.Rule(field).PrefixSize + 1);
        changed[at] = random.Next(3) switch
        {
            0 => (byte)(changed[at] + 1),
            1 => (byte)(changed[at] - 1),
            _ => Interesting[random.Next(Interesting.Length)],
        };
        return changed;
    }

    /// <summary>Puts a stretch of another message where a field is.</summary>
    private byte[] SwapField(Dialect dialect, byte[] bytes, byte[] other)
    {
        if (!TryField(dialect, bytes, _ => true, out int field))
        {
            return bytes;
        }

        FieldSlot slot = _message.Slot(field);
        int from = random.Next(other.Length);
        byte[] part = other[from..Math.Min(other.Length, from + random.Next(2 * (slot.Size + 1)))];
        return [.. bytes[..slot.Offset], .. part, .. bytes[(slot.Offset + slot.Size)..]];
    }

    /// <summary>Fills a field of bytes with tags in tags, of lengths that are not always true.</summary>
    private byte[] NestTlv(Dialect dialect, byte[] bytes)
    {
        if (!TryField(dialect, bytes, field => dialect[field]!.Kind == FieldKind.B, out int field))
        {
            return bytes;
        }

        FieldSlot slot = _message.Slot(field);
        byte[] changed = (byte[])bytes.Clone();
        Span<byte> value = changed.AsSpan(slot.Offset, slot.Size);
        byte[] tags = [0x70, 0x77, 0xE1, 0x9F, 0x5A, 0x57, 0xFF, 0x3F];
        for (int at = 0; at + 2 <= value.Length; at += 2)
        {
            value[at] = tags[random.Next(tags.Length)];
            int rest = value.Length - at - 2;
            value[at + 1] = (byte)(random.Next(4) == 0 ? Interesting[random.Next(Interesting.Length)] : rest);
        }

        return changed;
    }

    private bool TryField(Dialect dialect, byte[] bytes, Func<int, bool> isWanted, out int field)
    {
        _message.TryLoad(dialect, bytes, out _);
        var wanted = new List<int>();
        foreach (int one in _message.Fields)
        {
            if (isWanted(one))
            {
                wanted.Add(one);
            }
        }

        field = wanted.Count == 0 ? 0 : wanted[random.Next(wanted.Count)];
        return field != 0;
    }

    private byte[] FlipBit(byte[] bytes, int from, int to)
    {
        if (from >= to)
        {
            return bytes;
        }

        byte[] changed = (byte[])bytes.Clone();
        changed[random.Next(from, to)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    private byte[] SetByte(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return Noise(4);
        }

        byte[] changed = (byte[])bytes.Clone();
        changed[random.Next(bytes.Length)] = Interesting[random.Next(Interesting.Length)];
        return changed;
    }

    private byte[] Noise(int size)
    {
        byte[] noise = new byte[size];
        random.NextBytes(noise);
        return noise;
    }
}
