using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

/// <summary>The examples of NIST SP 800-38B, appendix D.3 (AES-256), on both paths.</summary>
public class AesCmacTests
{
    private static readonly byte[] Key =
        Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");

    private static readonly byte[] Message = Convert.FromHexString(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");

    // Where the processor has no AES instructions, the library is the best path, and the only one.
    private static readonly AesPath[] Paths = [AesCmac.BestPath, AesPath.Library];

    [Fact]
    public void SubkeyOf_TheKeyOfTheStandard_GivesItsSubkeys() => Assert.All(Paths, path =>
    {
        using var cmac = new AesCmac(Key, path);

        Vector128<byte> zeros = cmac.Encrypt(Vector128<byte>.Zero);
        Vector128<byte> first = AesCmac.SubkeyOf(zeros);

        Assert.Equal("e568f68194cf76d6174d4cc04310a854", Hex(zeros));
        Assert.Equal("cad1ed03299eedac2e9a99808621502f", Hex(first));
        Assert.Equal("95a3da06533ddb585d3533010c42a0d9", Hex(AesCmac.SubkeyOf(first)));
    });

    [Fact]
    public void Of_TheBlockOfTheStandard_GivesItsCode() => Assert.All(Paths, path =>
    {
        using var cmac = new AesCmac(Key, path);

        Assert.Equal("28a7023f452e8f82bd4bf28d8c37c35c", Hex(cmac.Of(Vector128.Create<byte>(Message.AsSpan(0, 16)))));
    });

    /// <summary>Four lengths of the standard, by its chaining over the cipher and the subkeys of this class.</summary>
    [Theory]
    [InlineData(0, "028962f61b7bf89efc6b551f4667d983")]
    [InlineData(16, "28a7023f452e8f82bd4bf28d8c37c35c")]
    [InlineData(40, "aaf3d8f1de5640c232f5b169b9c911e6")]
    [InlineData(64, "e1992190549f6ed5696a2c056c315410")]
    public void Encrypt_ChainedAsTheStandardSays_GivesItsCodes(int size, string code) =>
        Assert.All(Paths, path => Assert.Equal(code, Hex(Chained(path, Message.AsSpan(0, size)))));

    /// <summary>FIPS 197, appendix C.3.</summary>
    [Fact]
    public void Encrypt_TheBlockOfFips197_GivesItsCipherText() => Assert.All(Paths, path =>
    {
        using var cmac = new AesCmac([.. Enumerable.Range(0, 32).Select(value => (byte)value)], path);

        Vector128<byte> result =
            cmac.Encrypt(Vector128.Create(Convert.FromHexString("00112233445566778899aabbccddeeff")));

        Assert.Equal("8ea2b7ca516745bfeafc49904b496089", Hex(result));
    });

    [Fact]
    public void Of_ManyKeysAndBlocks_BothPathsAgree()
    {
        var random = new Random(20_261_129);
        byte[] key = new byte[AesCmac.KeySize];
        byte[] block = new byte[AesCmac.BlockSize];
        for (int i = 0; i < 50; i++)
        {
            random.NextBytes(key);
            using var processor = new AesCmac(key, AesCmac.BestPath);
            using var library = new AesCmac(key, AesPath.Library);
            for (int j = 0; j < 50; j++)
            {
                random.NextBytes(block);
                Assert.Equal(library.Of(Vector128.Create(block)), processor.Of(Vector128.Create(block)));
            }
        }
    }

    [Fact]
    public void Dispose_AfterUse_RefusesToGoOn() => Assert.All(Paths, path =>
    {
        var cmac = new AesCmac(Key, path);
        cmac.Of(Vector128<byte>.Zero);

        cmac.Dispose();

        Assert.Throws<ObjectDisposedException>(() => cmac.Of(Vector128<byte>.Zero));
    });

    [Fact]
    public void SelfTest_ThisMachine_Passes() =>
        Assert.All(Paths, path => Assert.Null(Record.Exception(() => CmacSelfTest.Require(path))));

    [Theory]
    [InlineData(0)] // Of each answer one bit is wrong.
    [InlineData(1)] // The published example is right, and nothing else.
    public void SelfTest_MachineThatMiscalculates_IsRefused(int right)
    {
        int calls = 0;
        CmacSelfTest.Mac mac = (key, block) =>
        {
            using var cmac = new AesCmac(key, AesPath.Library);
            Vector128<byte> code = cmac.Of(block);
            return calls++ < right ? code : code ^ Vector128.CreateScalar((byte)0x10);
        };

        var refused = Assert.Throws<CryptographicException>(() => CmacSelfTest.Require(mac));

        Assert.Contains("gives wrong values", refused.Message, StringComparison.Ordinal);
    }

    private static Vector128<byte> Chained(AesPath path, ReadOnlySpan<byte> message)
    {
        using var cmac = new AesCmac(Key, path);
        Vector128<byte> subkey = AesCmac.SubkeyOf(cmac.Encrypt(Vector128<byte>.Zero));
        Vector128<byte> state = Vector128<byte>.Zero;
        while (message.Length > AesCmac.BlockSize)
        {
            state = cmac.Encrypt(state ^ Vector128.Create(message[..AesCmac.BlockSize]));
            message = message[AesCmac.BlockSize..];
        }

        byte[] last = new byte[AesCmac.BlockSize];
        message.CopyTo(last);
        if (message.Length < AesCmac.BlockSize)
        {
            last[message.Length] = 0x80;
            subkey = AesCmac.SubkeyOf(subkey);
        }

        return cmac.Encrypt(state ^ Vector128.Create(last) ^ subkey);
    }

    private static string Hex(Vector128<byte> value)
    {
        byte[] bytes = new byte[AesCmac.BlockSize];
        value.CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
