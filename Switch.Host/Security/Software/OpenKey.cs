using System.Diagnostics.CodeAnalysis;
using Switch.Host.Security.Ciphers;

namespace Switch.Host.Security.Software;

/// <summary>A clear key in use: opened for one request and cleared at its end.</summary>
internal readonly record struct OpenKey(Secret Key, KeyAlgorithm Algorithm) : IDisposable
{
    public ReadOnlySpan<byte> Bytes => Key.Bytes;

    public string CheckValue => KeyChecks.Value(Algorithm, Bytes);

    /// <summary>A cipher for PIN blocks of the format; false when the format is of the other algorithm.</summary>
    public static bool TryCipher(
        ReadOnlySpan<byte> key, KeyAlgorithm algorithm, PinFormat format, [NotNullWhen(true)] out BlockCipher? cipher)
    {
        cipher = null;
        return format == PinFormat.Iso4
            ? algorithm == KeyAlgorithm.Aes && BlockCipher.TryAes(key, out cipher)
            : algorithm == KeyAlgorithm.Tdes && BlockCipher.TryTdes(key, out cipher);
    }

    public void Dispose() => Key.Dispose();
}

/// <summary>
/// How key blocks name what a key is for (X9.143 section on key usage): a key of another use is refused, however well
/// it is sealed.
/// </summary>
internal static class KeyBlockUsage
{
    private const char AnyMode = 'N';

    /// <summary>The header that a key of ours gets.</summary>
    public static KeyBlockHeader Header(KeyKind kind, KeyAlgorithm algorithm, char version) => new(
        version, UsageOf(kind, algorithm), algorithm == KeyAlgorithm.Aes ? 'A' : 'T', ModeOf(kind), "00", 'E');

    /// <summary>Whether the header allows the use, of TDES or AES and of a length that these have.</summary>
    public static bool Allows(KeyBlockHeader header, KeyKind kind, int keySize, out KeyAlgorithm algorithm)
    {
        algorithm = header.Algorithm == 'A' ? KeyAlgorithm.Aes : KeyAlgorithm.Tdes;
        bool isSize = header.Algorithm switch
        {
            'T' => keySize is 16 or 24,
            'A' => keySize is 16 or 24 or 32,
            _ => false,
        };
        bool isUsage = kind switch
        {
            KeyKind.Zmk => header.Usage is "K0" or "K1",
            KeyKind.Bdk => header.Usage == "B0",
            KeyKind.Zpk or KeyKind.Tpk => header.Usage == "P0",
            _ => header.Usage is "M1" or "M3" or "M6",
        };
        return isSize && isUsage;
    }

    private static string UsageOf(KeyKind kind, KeyAlgorithm algorithm) => kind switch
    {
        KeyKind.Zmk => "K0",
        KeyKind.Bdk => "B0",
        KeyKind.Zpk or KeyKind.Tpk => "P0",
        _ => algorithm == KeyAlgorithm.Aes ? "M6" : "M3",
    };

    private static char ModeOf(KeyKind kind) => kind switch
    {
        KeyKind.Zak or KeyKind.Tak => 'C',
        KeyKind.Bdk => 'X',
        KeyKind.Zpk or KeyKind.Tpk or KeyKind.Zmk => 'B',
        _ => AnyMode,
    };
}
