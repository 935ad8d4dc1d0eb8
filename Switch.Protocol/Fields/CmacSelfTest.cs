using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Switch.Protocol.Fields;

/// <summary>
/// Known answers that this machine's AES must give before it makes a card token: a wrong one would match no card block,
/// counter or duplicate of before, and none made on a sound machine.
/// </summary>
internal static class CmacSelfTest
{
    private const int ComparedMax = 64;

    /// <summary>AES-256-CMAC of one block under a key.</summary>
    public delegate Vector128<byte> Mac(ReadOnlySpan<byte> key, Vector128<byte> block);

    // NIST SP 800-38B, the examples of CMAC with AES-256: key, message of one block, code.
    private static ReadOnlySpan<byte> Key =>
    [
        0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
        0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
    ];

    private static ReadOnlySpan<byte> Message =>
        [0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a];

    private static ReadOnlySpan<byte> Code =>
        [0x28, 0xa7, 0x02, 0x3f, 0x45, 0x2e, 0x8f, 0x82, 0xbd, 0x4b, 0xf2, 0x8d, 0x8c, 0x37, 0xc3, 0x5c];

    /// <summary>Tries a path of this machine.</summary>
    /// <exception cref="CryptographicException">It gives wrong values.</exception>
    public static void Require(AesPath path) => Require((key, block) =>
    {
        using var cmac = new AesCmac(key, path);
        return cmac.Of(block);
    });

    /// <summary>Holds it against the published answer, and against the platform's library.</summary>
    /// <exception cref="CryptographicException">It gives wrong values.</exception>
    public static void Require(Mac mac)
    {
        bool isKnown = mac(Key, Vector128.Create(Message)) == Vector128.Create(Code);
        using var library = new AesCmac(Key, AesPath.Library);
        Vector128<byte> block = Vector128.Create(Code);
        for (int i = 0; i < ComparedMax && isKnown; i++)
        {
            Vector128<byte> expected = library.Of(block);
            isKnown = mac(Key, block) == expected;
            block = expected;
        }

        if (!isKnown)
        {
            throw new CryptographicException(
                "The AES of this machine gives wrong values (AES-256-CMAC, example of NIST SP 800-38B). Card tokens "
                + "made with it would match no card block, limit or payment of before. Replace the machine.");
        }
    }
}
