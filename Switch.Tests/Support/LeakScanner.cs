using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Switch.Tests.Support;

/// <summary>
/// Finds secrets in bytes, in every form in which a program may have written them: text (ASCII, UTF-16 of both byte
/// orders, EBCDIC), BCD on and off the byte boundary, hexadecimal and base64 of each. Of bytes, which are the BCD of
/// their digits: as they are, on and off the boundary, and their digits in both cases as text.
/// </summary>
internal sealed class LeakScanner
{
    private readonly List<(string Name, byte[] Bytes)> _needles = [];
    private readonly List<(string Name, ulong Low, ulong High)> _ranges = [];

    /// <summary>A number: a card's, or any digits that must not appear.</summary>
    public void AddDigits(string name, string digits)
    {
        byte[] text = Encoding.ASCII.GetBytes(digits);
        byte[] bcd = Pack(digits);
        byte[] shifted = Pack(digits[1..]);
        Add($"{name} as text", text);
        Add($"{name} in UTF-16LE", Encoding.Unicode.GetBytes(digits));
        Add($"{name} in UTF-16BE", Encoding.BigEndianUnicode.GetBytes(digits));
        Add($"{name} in EBCDIC", [.. text.Select(static digit => (byte)(digit - '0' + 0xF0))]);
        Add($"{name} in BCD", bcd);
        Add($"{name} in BCD off the boundary", shifted);
        AddEncoded($"{name} as text", text);
        AddEncoded($"{name} in BCD", bcd);
    }

    /// <summary>
    /// Card numbers of 16 digits that begin like this, as numbers of 64 bits: what a packed card number is in memory.
    /// </summary>
    public void AddNumbers(string name, string firstDigits)
    {
        ulong unit = (ulong)Math.Pow(10, 16 - firstDigits.Length);
        ulong low = ulong.Parse(firstDigits, CultureInfo.InvariantCulture) * unit;
        _ranges.Add((name, low, low + unit - 1));
    }

    /// <summary>Bytes that must not appear.</summary>
    public void AddBytes(string name, ReadOnlySpan<byte> bytes)
    {
        Add(name, bytes.ToArray());
        AddEncoded(name, bytes.ToArray());
        string upper = Convert.ToHexString(bytes);
        Add($"{name} off the boundary", Convert.FromHexString(upper[1..^1]));
        foreach (string digits in (string[])[upper, Convert.ToHexStringLower(bytes)])
        {
            Add($"hex of {name} in UTF-16LE", Encoding.Unicode.GetBytes(digits));
            Add($"hex of {name} in UTF-16BE", Encoding.BigEndianUnicode.GetBytes(digits));
            Add($"hex of {name} in EBCDIC", [.. digits.Select(static digit => ToEbcdic(digit))]);
        }
    }

    /// <summary>What is found, by name; empty when nothing is.</summary>
    public IReadOnlyList<string> Scan(ReadOnlySpan<byte> bytes)
    {
        var found = new List<string>();
        foreach ((string name, byte[] needle) in _needles)
        {
            int at = bytes.IndexOf(needle);
            if (at >= 0)
            {
                found.Add($"{name} at {at}");
            }
        }

        return found;
    }

    /// <summary>Every place where something is found.</summary>
    public List<(string Name, int Offset)> Places(ReadOnlySpan<byte> bytes)
    {
        var places = new List<(string, int)>();
        foreach ((string name, byte[] needle) in _needles)
        {
            int from = 0;
            for (int at; (at = bytes[from..].IndexOf(needle)) >= 0; from += at + 1)
            {
                places.Add((name, from + at));
            }
        }

        foreach ((string name, ulong low, ulong high) in _ranges)
        {
            for (int at = 0; at + sizeof(ulong) <= bytes.Length; at++)
            {
                ulong number = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
                if (number - low <= high - low)
                {
                    places.Add((name, at));
                }
            }
        }

        return places;
    }

    /// <summary>Scans every file under a folder.</summary>
    public IReadOnlyList<string> ScanFolder(string folder)
    {
        var found = new List<string>();
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            found.AddRange(Scan(File.ReadAllBytes(file)).Select(leak => $"{Path.GetFileName(file)}: {leak}"));
        }

        return found;
    }

    private void Add(string name, byte[] bytes) => _needles.Add((name, bytes));

    private void AddEncoded(string name, byte[] bytes)
    {
        Add($"hex of {name}", Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        Add($"lower hex of {name}", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));

        // What base64 makes of bytes depends on how many stand in front, and on what follows: three alignments, without
        // the characters that share bits with their neighbours.
        for (int lead = 0; lead < 3; lead++)
        {
            string text = Convert.ToBase64String([.. new byte[lead], .. bytes]).TrimEnd('=');
            int first = lead == 0 ? 0 : lead + 1;
            int last = (lead + bytes.Length) % 3 == 0 ? text.Length : text.Length - 1;
            Add($"base64 of {name}", Encoding.ASCII.GetBytes(text[first..last]));
        }
    }

    // The same in every code page.
    private static byte ToEbcdic(char digit) => (byte)(digit switch
    {
        >= 'A' => (char.IsAsciiLetterUpper(digit) ? 0xC1 : 0x81) + ((digit | 0x20) - 'a'),
        _ => 0xF0 + (digit - '0'),
    });

    private static byte[] Pack(string digits)
    {
        string even = digits.Length % 2 == 0 ? digits : digits[..^1];
        byte[] packed = new byte[even.Length / 2];
        for (int i = 0; i < packed.Length; i++)
        {
            packed[i] = byte.Parse(even.AsSpan(i * 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return packed;
    }
}
