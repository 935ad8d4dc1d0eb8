using System.Security.Cryptography;
using System.Text;
using Switch.Host.Files;

namespace Switch.Host.Security.Wrapping;

/// <summary>
/// A data key in a file of its own, wrapped under a master key. Lines of text: what it is, what it is for, and the
/// wrapped key in hexadecimal digits. The purpose is bound to the key: the file of one is not taken for another.
/// </summary>
internal static class WrappedKeyFile
{
    private const string Title = "switch-wrapped-key 1";
    private const int FileSizeMax = 4 * 1024;

    /// <summary>Writes it, durably and for its owner only. It must not be there yet.</summary>
    /// <exception cref="IOException">It is there, or the disk does not take it.</exception>
    public static void Create(string file, KeyPurpose purpose, ReadOnlySpan<byte> key, IKeyMaster master)
    {
        if (File.Exists(file))
        {
            throw new IOException($"{file} exists. A key is never written over another one");
        }

        Replace(file, purpose, key, master);
    }

    /// <summary>As <see cref="Create"/>, in the place of the same key under another master key.</summary>
    public static void Replace(string file, KeyPurpose purpose, ReadOnlySpan<byte> key, IKeyMaster master)
    {
        byte[] wrapped = master.Wrap(key, LabelOf(purpose));
        string text = $"""
            # A key of Switch under its master key, without which it cannot be used.
            {Title}
            for={purpose.ToString().ToLowerInvariant()}
            key={Convert.ToHexStringLower(wrapped)}

            """;
        DurableFile.Replace(file, Encoding.ASCII.GetBytes(text));
    }

    /// <summary>What the key of a file is for.</summary>
    /// <exception cref="IOException">It is no such file.</exception>
    public static KeyPurpose PurposeOf(string file) => Read(file).Purpose;

    /// <summary>The key in clear, for the caller to clear; null when none of the master keys opens it.</summary>
    /// <exception cref="IOException">The file cannot be read, is damaged, or is for another purpose.</exception>
    /// <exception cref="KeyMasterException">A master key cannot be used.</exception>
    public static byte[]? Open(string file, KeyPurpose purpose, IEnumerable<IKeyMaster> masters)
    {
        (KeyPurpose found, byte[] wrapped) = Read(file);
        if (found != purpose)
        {
            throw new IOException($"{file} is the key for {found}, and not for {purpose}");
        }

        foreach (IKeyMaster master in masters)
        {
            if (master.Unwrap(wrapped, LabelOf(purpose)) is { } key)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Tells two keys apart without saying either: six hexadecimal digits.</summary>
    public static string CheckValueOf(ReadOnlySpan<byte> key) =>
        Convert.ToHexString(HMACSHA256.HashData(key, "switch key check value"u8)[..3]);

    private static (KeyPurpose Purpose, byte[] Wrapped) Read(string file)
    {
        string[] lines =
        [
            .. BoundedFile.ReadText(file, FileSizeMax).Split('\n', StringSplitOptions.TrimEntries)
                .Where(static line => line.Length > 0 && line[0] != '#'),
        ];
        string? purpose = ValueOf(lines, "for=");
        string? key = ValueOf(lines, "key=");
        if (lines.Length != 3 || lines[0] != Title || key is null || key.Length % 2 != 0
            || !key.All(char.IsAsciiHexDigit)
            || !Enum.TryParse(purpose, ignoreCase: true, out KeyPurpose known) || char.IsAsciiDigit(purpose[0]))
        {
            throw new IOException($"{file} is not a wrapped key, or is damaged");
        }

        return (known, Convert.FromHexString(key));
    }

    private static string? ValueOf(string[] lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..] is { Length: > 0 }
            value ? value : null;

    private static byte[] LabelOf(KeyPurpose purpose) =>
        Encoding.ASCII.GetBytes($"{Title} for {purpose.ToString().ToLowerInvariant()}");
}

/// <summary>What a wrapped data key is for. The names are in files: they stay.</summary>
internal enum KeyPurpose
{
    /// <summary><c>Keys:Journal</c>.</summary>
    Journal,

    /// <summary><c>Keys:Cards</c>.</summary>
    Cards,

    /// <summary><c>Security:MasterKey</c>.</summary>
    Module,
}
