using System.Text;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Software;
using Switch.Protocol.Fields;

namespace Switch.Tests.Host.Security;

/// <summary>
/// A software module with the keys of a test, and what a party outside it knows: clear keys and
/// PINs.
/// </summary>
internal sealed class TestModule : IAsyncDisposable
{
    public const string Pin = "12345";

    public static readonly byte[] TdesA = Convert.FromHexString("0123456789ABCDEFFEDCBA9876543210");
    public static readonly byte[] TdesB = Convert.FromHexString("1C587F1C13924FEF2A7A4F8CE53B6D9D");
    public static readonly byte[] AesA = Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3C");

    private readonly SoftwareMasterKey _master = SoftwareMasterKey.Derive(new byte[SoftwareMasterKey.SeedSize]);

    public TestModule() => Module = new SoftwareModule(_master);

    public SoftwareModule Module { get; }

    public static Pan Card { get; } = PanOf("4012345678909");

    public static Pan PanOf(string digits)
    {
        Assert.True(Pan.TryParse(Encoding.ASCII.GetBytes(digits), out Pan pan));
        return pan;
    }

    public static WrappedKey Parsed(string text)
    {
        Assert.True(WrappedKey.TryParse(text, out WrappedKey? key));
        return key;
    }

    /// <summary>A TDES key under the module's master key.</summary>
    public WrappedKey Tdes(KeyKind kind, byte[] key)
    {
        byte[] odd = [.. key];
        KeyChecks.MakeOdd(odd);
        Assert.True(_master.TryWrap(kind, odd, out WrappedKey? wrapped));
        return wrapped;
    }

    /// <summary>An AES key, or one with any header, as a key block under the module's master key.</summary>
    public WrappedKey Block(string usage, char algorithm, byte[] key)
    {
        Assert.True(KeyBlock.TryWrap(
            _master.Block, new KeyBlockHeader('D', usage, algorithm, 'N', "00", 'E'), key, out string? block));
        return Parsed('R' + block);
    }

    /// <summary>What a terminal makes of a PIN.</summary>
    public static byte[] Enciphered(PinFormat format, byte[] key, string pin, Pan pan)
    {
        byte[] digits = [.. pin.Select(static digit => (byte)(digit - '0'))];
        byte[] block = new byte[format.BlockSize()];
        byte[] fill = [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE];
        if (format == PinFormat.Iso4)
        {
            Assert.True(BlockCipher.TryAes(key, out BlockCipher? aes));
            using (aes)
            {
                PinBlock.WriteFormat4(aes, digits, pan, fill, block);
            }
        }
        else
        {
            PinBlock.Write(format, digits, pan, fill, block);
            Assert.True(BlockCipher.TryTdes(key, out BlockCipher? tdes));
            using (tdes)
            {
                tdes.Encrypt(block, block);
            }
        }

        return block;
    }

    /// <summary>What an issuer reads of a block; else how that ends.</summary>
    public static string Read(PinFormat format, byte[] key, ReadOnlySpan<byte> block, Pan pan)
    {
        byte[] digits = new byte[PinFormats.PinLengthMax];
        byte[] clear = block.ToArray();
        SecurityStatus status;
        int length;
        if (format == PinFormat.Iso4)
        {
            Assert.True(BlockCipher.TryAes(key, out BlockCipher? aes));
            using (aes)
            {
                status = PinBlock.ReadFormat4(aes, clear, pan, digits, out length);
            }
        }
        else
        {
            Assert.True(BlockCipher.TryTdes(key, out BlockCipher? tdes));
            using (tdes)
            {
                tdes.Decrypt(clear, clear);
            }

            status = PinBlock.Read(format, clear, pan, digits, out length);
        }

        return status == SecurityStatus.Done ? string.Concat(digits.Take(length)) : $"{status}";
    }

    public ValueTask DisposeAsync() => Module.DisposeAsync();
}
