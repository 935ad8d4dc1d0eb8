using System.Globalization;
using System.Text;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Software;
using Switch.Protocol.Fields;

namespace Switch.Host.Security.SelfTest;

/// <param name="File">Which vector file it stands in.</param>
/// <param name="Actual">What came out; or what is wrong with the line.</param>
internal sealed record VectorOutcome(string File, string Name, bool Passed, string Expected, string Actual);

/// <summary>
/// Computes test vectors with the ciphers of this machine and with a <see cref="SoftwareModule"/> under the public test
/// key. Nothing of it is secret.
/// </summary>
internal static class SecuritySelfTest
{
    private const string Prefix = "security/";

    /// <summary>The vector files that the program has in itself: their names and texts.</summary>
    public static IEnumerable<(string Name, string Text)> OwnFiles()
    {
        foreach (string name in new[] { "published.txt", "recomputed.txt" })
        {
            using Stream stream = typeof(SecuritySelfTest).Assembly.GetManifestResourceStream(Prefix + name)
                ?? throw new InvalidOperationException($"The program was built without {name}.");
            using var reader = new StreamReader(stream);
            yield return (name, reader.ReadToEnd());
        }
    }

    /// <summary>All vectors of a file, in their order.</summary>
    /// <exception cref="FormatException">A line is no vector.</exception>
    public static async Task<IReadOnlyList<VectorOutcome>> RunAsync(string file, string text, CancellationToken stop)
    {
        var outcomes = new List<VectorOutcome>();
        var module = new SoftwareModule(SoftwareMasterKey.PublicTest());
        await using (module.ConfigureAwait(false))
        {
            foreach (SecurityVector vector in SecurityVector.ReadAll(text))
            {
                string actual;
                try
                {
                    actual = vector.Operation.StartsWith("module-", StringComparison.Ordinal)
                        ? await ModuleVectors.ComputeAsync(module, vector, stop).ConfigureAwait(false)
                        : Compute(vector);
                }
                catch (FormatException e)
                {
                    actual = e.Message;
                }

                outcomes.Add(new VectorOutcome(
                    file, vector.Name, actual == vector.Expected, vector.Expected, actual));
            }
        }

        return outcomes;
    }

    /// <summary>
    /// The vectors that a module must fulfil, by another module under the public test key: one behind a connection.
    /// </summary>
    /// <exception cref="FormatException">A line is no vector.</exception>
    public static async Task<IReadOnlyList<VectorOutcome>> RunModuleAsync(
        string file, string text, ISecurityModule module, CancellationToken stop)
    {
        var outcomes = new List<VectorOutcome>();
        foreach (SecurityVector vector in SecurityVector.ReadAll(text).Where(
            static vector => vector.Operation.StartsWith("module-", StringComparison.Ordinal)))
        {
            string actual = await ModuleVectors.ComputeAsync(module, vector, stop).ConfigureAwait(false);
            outcomes.Add(new VectorOutcome(
                file, $"by host command: {vector.Name}", actual == vector.Expected, vector.Expected, actual));
        }

        return outcomes;
    }

    /// <summary>The bytes of an argument in hexadecimal, or of <c>text=</c>.</summary>
    /// <exception cref="FormatException">It is missing or is not hexadecimal.</exception>
    public static byte[] Bytes(SecurityVector vector, string name) =>
        name == "data" && vector.Arguments.TryGetValue("text", out string? text)
            ? Encoding.ASCII.GetBytes(text)
            : Convert.FromHexString(vector[name]);

    public static Pan PanOf(SecurityVector vector) =>
        Pan.TryParse(Encoding.ASCII.GetBytes(vector["pan"]), out Pan pan) ? pan
            : throw new FormatException("pan= is not 8 to 19 digits.");

    private static string Compute(SecurityVector vector) => vector.Operation switch
    {
        "check-value" => KeyChecks.Value(AlgorithmOf(vector), Bytes(vector, "key")),
        "encrypt" => WithCipher(vector, static (cipher, data) =>
        {
            byte[] result = new byte[data.Length];
            cipher.Encrypt(data, result);
            return result;
        }),
        "cmac" => WithCipher(vector, static (cipher, data) =>
        {
            byte[] result = new byte[cipher.BlockSize];
            CipherMac.Cmac(cipher, data, result);
            return result;
        }),
        "mac" => Mac(vector, Bytes(vector, "key")),
        "cvv" => CardVerification.Of(Bytes(vector, "key"), vector["pan"] + vector["expiry"] + vector["service"]),
        "pin-block" => ClearBlock(vector),
        "pin-encrypt" => EncipheredBlock(vector, Bytes(vector, "key")),
        "dukpt-initial" => InitialKey(vector),
        "dukpt" => Convert.ToHexString(Derived(vector, UseOf(vector))),
        "dukpt-pin" => EncipheredBlock(vector, Derived(vector, DukptUse.Pin)),
        "dukpt-mac" => Mac(vector, Derived(vector, UseOf(vector))),
        "key-block" => KeyOf(Bytes(vector, "kbpk"), vector["block"]),
        "key-block-again" => Again(vector),
        _ => throw new FormatException($"{vector.Operation} is no operation."),
    };

    private static string WithCipher(SecurityVector vector, Func<BlockCipher, byte[], byte[]> compute)
    {
        byte[] key = Bytes(vector, "key");
        byte[] data = Bytes(vector, "data");
        if (!(AlgorithmOf(vector) == KeyAlgorithm.Aes
            ? BlockCipher.TryAes(key, out BlockCipher? cipher) : BlockCipher.TryTdes(key, out cipher)))
        {
            return NoKey;
        }

        using (cipher)
        {
            return data.Length % cipher.BlockSize == 0
                ? Left(vector, compute(cipher, data)) : "data= is no whole block.";
        }
    }

    private const string NoKey = "The key cannot be used.";

    private static string Mac(SecurityVector vector, byte[] key)
    {
        int algorithm = Number(vector, "algorithm", (int)MacAlgorithm.Retail);
        int padding = Number(vector, "padding", (int)MacPadding.Zeros);
        byte[] mac = new byte[algorithm == (int)MacAlgorithm.Cmac ? 16 : 8];
        return CipherMac.TryCompute((MacAlgorithm)algorithm, (MacPadding)padding, key, Bytes(vector, "data"), mac)
            ? Left(vector, mac) : NoKey;
    }

    private static string ClearBlock(SecurityVector vector)
    {
        byte[] block = new byte[8];
        byte[] pin = PinOf(vector);
        PinFormat format = FormatOf(vector, "format");
        PinBlock.Write(format, pin, PanOf(vector), FillOf(vector), block);
        string hex = Convert.ToHexString(block);
        byte[] read = new byte[PinFormats.PinLengthMax];
        SecurityStatus status = PinBlock.Read(format, block, PanOf(vector), read, out int length);
        return status == SecurityStatus.Done && read.AsSpan(0, length).SequenceEqual(pin) ? hex : $"Read as {status}.";
    }

    private static string EncipheredBlock(SecurityVector vector, byte[] key)
    {
        PinFormat format = FormatOf(vector, "format");
        if (format != PinFormat.Iso4)
        {
            return BlockCipher.TryTdes(key, out BlockCipher? tdes) ? Encipher(tdes, ClearBlock(vector)) : NoKey;
        }

        if (!BlockCipher.TryAes(key, out BlockCipher? aes))
        {
            return NoKey;
        }

        using (aes)
        {
            byte[] block = new byte[16];
            byte[] read = new byte[PinFormats.PinLengthMax];
            byte[] pin = PinOf(vector);
            PinBlock.WriteFormat4(aes, pin, PanOf(vector), FillOf(vector), block);
            SecurityStatus status = PinBlock.ReadFormat4(aes, block, PanOf(vector), read, out int length);
            return status == SecurityStatus.Done && read.AsSpan(0, length).SequenceEqual(pin)
                ? Convert.ToHexString(block) : $"Read as {status}.";
        }
    }

    private static string Encipher(BlockCipher cipher, string clear)
    {
        using (cipher)
        {
            byte[] block = Convert.FromHexString(clear);
            cipher.Encrypt(block, block);
            return Convert.ToHexString(block);
        }
    }

    private static string InitialKey(SecurityVector vector)
    {
        byte[] key = new byte[Dukpt.KeySize];
        return Dukpt.TryInitialKey(Bytes(vector, "bdk"), SerialNumberOf(vector), key)
            ? Convert.ToHexString(key) : NoKey;
    }

    private static byte[] Derived(SecurityVector vector, DukptUse use)
    {
        byte[] key = new byte[Dukpt.KeySize];
        SecurityStatus status = Dukpt.Derive(Bytes(vector, "bdk"), SerialNumberOf(vector), use, key);
        return status == SecurityStatus.Done ? key : throw new FormatException($"{status}");
    }

    private static string KeyOf(byte[] kbpk, string block)
    {
        if (!KeyBlock.TryUnwrap(kbpk, block, out _, out Secret? key))
        {
            return "The block cannot be opened.";
        }

        using (key)
        {
            return Convert.ToHexString(key.Bytes);
        }
    }

    private static string Again(SecurityVector vector)
    {
        byte[] kbpk = Bytes(vector, "kbpk");
        var header = new KeyBlockHeader(vector["version"][0], vector["usage"], vector["algorithm"][0], 'B', "00", 'E');
        return KeyBlock.TryWrap(kbpk, header, Bytes(vector, "key"), out string? block) ? KeyOf(kbpk, block) : NoKey;
    }

    private static KeySerialNumber SerialNumberOf(SecurityVector vector) =>
        KeySerialNumber.TryParseText(Encoding.ASCII.GetBytes(vector["ksn"]), out KeySerialNumber number) ? number
            : throw new FormatException("ksn= is no key serial number.");

    private static DukptUse UseOf(SecurityVector vector) => vector["use"] switch
    {
        "pin" => DukptUse.Pin,
        "request" => DukptUse.MacOfRequest,
        "response" => DukptUse.MacOfResponse,
        "data" => DukptUse.Data,
        "transaction" => DukptUse.Transaction,
        _ => throw new FormatException("use= is none."),
    };

    private static KeyAlgorithm AlgorithmOf(SecurityVector vector) =>
        vector["algorithm"] == "aes" ? KeyAlgorithm.Aes : KeyAlgorithm.Tdes;

    public static PinFormat FormatOf(SecurityVector vector, string name) =>
        (PinFormat)Number(vector, name) is var format && format.IsKnown() ? format
            : throw new FormatException($"{name}= is no format.");

    private static byte[] PinOf(SecurityVector vector)
    {
        string pin = vector["pin"];
        return pin.Length is >= PinFormats.PinLengthMin and <= PinFormats.PinLengthMax && pin.All(char.IsAsciiDigit)
            ? [.. pin.Select(static digit => (byte)(digit - '0'))]
            : throw new FormatException("pin= is not 4 to 12 digits.");
    }

    private static byte[] FillOf(SecurityVector vector) =>
        !vector.Arguments.ContainsKey("fill") ? new byte[8]
            : Bytes(vector, "fill") is { Length: 8 } fill ? fill
            : throw new FormatException("fill= is not 8 bytes.");

    private static string Left(SecurityVector vector, byte[] bytes) =>
        Convert.ToHexString(bytes.AsSpan(0, Math.Clamp(Number(vector, "size", bytes.Length), 0, bytes.Length)));

    private static int Number(SecurityVector vector, string name, int otherwise) =>
        vector.Arguments.ContainsKey(name) ? Number(vector, name) : otherwise;

    private static int Number(SecurityVector vector, string name) =>
        int.TryParse(vector[name], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new FormatException($"{name}= is no number.");
}
