using System.Security.Cryptography;
using System.Text;
using Switch.Host.Files;
using Switch.Host.Security.Wrapping;
using Switch.Protocol.Fields;
using Switch.Routing.Journal;

namespace Switch.Host.Configuration;

/// <summary>The keys of this node, loaded.</summary>
/// <param name="Journal">Seals the secret part of records.</param>
/// <param name="Cards">Makes card tokens.</param>
/// <param name="FormerCards">Makes those of version 0.1 under the same key.</param>
/// <param name="OldCards">Makes those of the key before; null: none is named.</param>
/// <param name="DevelopmentFile">
/// The file of keys made by the switch itself, or null: says loudly that this is a test.
/// </param>
internal sealed record KeyMaterial(
    JournalKeyRing Journal, CardTokenizer Cards, FormerCardTokenizer FormerCards, CardTokenizer? OldCards,
    string? DevelopmentFile)
{
    /// <summary>
    /// Says which card key it is, and which function, without saying the key; kept in the journal's identity.
    /// </summary>
    public required ulong TokenCheck { get; init; }

    /// <summary>What version 0.1 wrote there for the same key.</summary>
    public required ulong FormerTokenCheck { get; init; }

    /// <summary>The fingerprint of the key before; 0: none is named.</summary>
    public required ulong OldTokenCheck { get; init; }

    /// <summary>Whose journal these keys are for.</summary>
    public JournalIdentity IdentityOf(NodeOptions node) => new(node.Cluster, node.Name, TokenCheck)
    {
        FormerTokenCheck = FormerTokenCheck,
        OldTokenCheck = OldTokenCheck,
    };

    /// <summary>Clears the keys of card tokens. No thread may be making any.</summary>
    public void ForgetCards()
    {
        Cards.Dispose();
        FormerCards.Dispose();
        OldCards?.Dispose();
    }
}

/// <summary>Finds keys by reference, and makes development keys where none are configured.</summary>
internal static class KeyFile
{
    /// <summary>In the journal's folder, so that a journal and the keys it was written with stay together.</summary>
    public const string DevelopmentName = "development-keys.txt";

    private const int KeySize = JournalKeyRing.KeySize;

    /// <summary>Bytes of a file with keys: room for comments.</summary>
    private const int KeyFileSizeMax = 64 * 1024;

    private static ReadOnlySpan<byte> TokenCheckLabel => "switch card token check, aes-256-cmac"u8;

    private static string Root => $"{ConfigurationValidator.Root}:Keys";

    public static void Validate(SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        KeyOptions keys = options.Keys;
        using var masters = new KeyMasters(options, errors, environment);
        masters.Validate();
        Rules.Range(errors, $"{Root}:JournalId", keys.JournalId, 1, ushort.MaxValue, "it is stored with each record.");
        if (keys.Journal is null && keys.Cards is null)
        {
            errors.Require(
                keys.JournalOld.Count == 0, $"{Root}:JournalOld", "is set without Journal. Set the current key too.");
            errors.Require(
                keys.CardsOld is null, $"{Root}:CardsOld", "is set without Cards. Set the current key too.");
            ValidateDevelopment(options, errors, environment);
            return;
        }

        errors.Require(
            !keys.Development,
            $"{Root}:Development",
            "is true although keys are named. Remove it: with named keys the switch creates no keys.");
        Resolve(keys.Journal, errors, $"{Root}:Journal", environment, KeyPurpose.Journal, masters);
        byte[]? cards = Resolve(keys.Cards, errors, $"{Root}:Cards", environment, KeyPurpose.Cards, masters);
        if (keys.CardsOld is not null)
        {
            string path = $"{Root}:CardsOld";
            byte[]? old = Resolve(keys.CardsOld, errors, path, environment, KeyPurpose.Cards, masters);
            errors.Require(
                cards is null || old is null || !CryptographicOperations.FixedTimeEquals(cards, old),
                path,
                "is the same key as Cards. CardsOld is the key that Cards was before.");
            CryptographicOperations.ZeroMemory(old);
        }

        CryptographicOperations.ZeroMemory(cards);
        foreach ((string id, string reference) in keys.JournalOld)
        {
            string path = $"{Root}:JournalOld:{id}";
            errors.Require(
                ushort.TryParse(id, out ushort number) && number > 0 && number != keys.JournalId,
                path, $"'{id}' must be the id of an earlier key: 1 to 65535, and not JournalId.");
            Resolve(reference, errors, path, environment, KeyPurpose.Journal, masters);
        }
    }

    private static void ValidateDevelopment(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        if (!errors.Require(
            options.Keys.Development,
            Root,
            "is missing. Set Journal and Cards to file:PATH or env:NAME. For test cards only, Development: true lets "
            + "the switch make keys of its own."))
        {
            return;
        }

        errors.Require(
            environment.NamedProduction is null,
            $"{Root}:Development",
            $"is true, and the environment is '{environment.NamedProduction}', where the switch creates no keys. "
            + "Set Journal and Cards to file:PATH or env:NAME, or the environment to Development.");
        string development = DevelopmentPath(options, environment);
        if (File.Exists(development))
        {
            TryReadDevelopment(development, errors, out _, out _);
            return;
        }

        // Keys of another make would not open a single record of it, and would then lie there as if they were its own.
        string folder = Path.GetDirectoryName(development)!;
        errors.Require(
            !Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "*.segment").Any(),
            Root,
            $"{development} does not exist, and the journal beside it cannot be read without it. Restore it.");
    }

    /// <summary>
    /// Loads what <see cref="Validate"/> accepted. Makes and keeps development keys when none are named.
    /// </summary>
    public static KeyMaterial Load(SwitchOptions options, ConfigurationEnvironment environment)
    {
        var errors = new ConfigurationErrors();
        KeyOptions keys = options.Keys;
        using var masters = new KeyMasters(options, errors, environment);
        byte[]? journal;
        byte[]? cards;
        byte[]? old = null;
        string? development = null;
        if (keys.Journal is null && keys.Cards is null)
        {
            development = DevelopmentPath(options, environment);
            MakeDevelopment(development);
            TryReadDevelopment(development, errors, out journal, out cards);
        }
        else
        {
            journal = Resolve(keys.Journal, errors, $"{Root}:Journal", environment, KeyPurpose.Journal, masters);
            cards = Resolve(keys.Cards, errors, $"{Root}:Cards", environment, KeyPurpose.Cards, masters);
            old = keys.CardsOld is null
                ? null : Resolve(keys.CardsOld, errors, $"{Root}:CardsOld", environment, KeyPurpose.Cards, masters);
        }

        var ring = new Dictionary<ushort, byte[]> { [(ushort)keys.JournalId] = journal ?? [] };
        foreach ((string id, string reference) in keys.JournalOld)
        {
            string path = $"{Root}:JournalOld:{id}";
            ring[ushort.Parse(id, System.Globalization.CultureInfo.InvariantCulture)] =
                Resolve(reference, errors, path, environment, KeyPurpose.Journal, masters) ?? [];
        }

        errors.ThrowIfAny();
        var material = new KeyMaterial(
            new JournalKeyRing((ushort)keys.JournalId, ring), new CardTokenizer(cards), new FormerCardTokenizer(cards),
            old is null ? null : new CardTokenizer(old), development)
        {
            TokenCheck = CheckOf(cards!, TokenCheckLabel),
            FormerTokenCheck = CheckOf(cards!, "switch card token check"u8),
            OldTokenCheck = old is null ? 0 : CheckOf(old, TokenCheckLabel),
        };
        CryptographicOperations.ZeroMemory(cards);
        CryptographicOperations.ZeroMemory(old);
        return material;
    }

    /// <summary>
    /// As <see cref="Load"/>, but makes nothing: null when no keys are named and none have been made.
    /// </summary>
    public static KeyMaterial? LoadExisting(SwitchOptions options, ConfigurationEnvironment environment) =>
        options.Keys.Journal is not null || File.Exists(DevelopmentPath(options, environment))
            ? Load(options, environment) : null;

    /// <summary>A token that a command shows, 32 bytes; null after a mistake was noted.</summary>
    public static byte[]? LoadToken(
        string reference, ConfigurationErrors errors, string path, ConfigurationEnvironment environment) =>
        Resolve(reference, errors, path, environment);

    /// <summary>What a software security module derives its master key from, 32 bytes; null when none is.</summary>
    public static byte[]? LoadMasterKey(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        if (options.Security.MasterKey is not { } reference)
        {
            return null;
        }

        using var masters = new KeyMasters(options, errors, environment);
        string path = $"{ConfigurationValidator.Root}:Security:MasterKey";
        return Resolve(reference, errors, path, environment, KeyPurpose.Module, masters);
    }

    /// <summary>
    /// Both keys in one small file, readable by its owner only. Written aside, synced and then renamed: a crash must
    /// not leave half a file that no later start can read.
    /// </summary>
    private static void MakeDevelopment(string file)
    {
        if (File.Exists(file))
        {
            return; // An earlier start made it: those are the keys.
        }

        OwnFiles.MakeFolder(Path.GetDirectoryName(file)!);
        string text = $"""
            # Made by Switch on its first start because Switch:Keys was not set. For development only.
            # The journal beside this file cannot be read without it.
            journal={Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeySize))}
            cards={Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeySize))}

            """;
        string aside = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(aside, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
            if (Posix.Sync(stream.SafeFileHandle) != 0)
            {
                // .NET's own flush reports no error of fsync on Linux.
                throw new IOException($"The development keys could not be written to disk: {aside}.");
            }
        }

        File.Move(aside, file);
    }

    private static bool TryReadDevelopment(
        string file, ConfigurationErrors errors, out byte[]? journal, out byte[]? cards)
    {
        string? Value(string name) => BoundedFile.ReadText(file, KeyFileSizeMax)
            .Split('\n', StringSplitOptions.TrimEntries)
            .FirstOrDefault(line => line.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

        try
        {
            journal = Decode(Value("journal"));
            cards = Decode(Value("cards"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(Root, $"{file} cannot be read: {FileFault.Describe(file, e)}.");
            journal = cards = null;
            return false;
        }

        return errors.Require(
            journal is not null && cards is not null,
            Root,
            $"{file} is damaged. Restore it; without it the journal beside it cannot be read.");
    }

    /// <summary>The key behind a reference; null after a mistake was noted. No message ever quotes a key.</summary>
    /// <param name="purpose">What a wrapped key must be for.</param>
    /// <param name="masters">Unwrap it; null: it may not be a wrapped one.</param>
    public static byte[]? Resolve(
        string? reference, ConfigurationErrors errors, string path, ConfigurationEnvironment environment,
        KeyPurpose purpose = default, KeyMasters? masters = null)
    {
        string? text;
        if (reference is null)
        {
            errors.Add(path, "is missing: set both Journal and Cards, or neither for development keys.");
            return null;
        }

        if (masters is not null && reference.StartsWith("wrapped:", StringComparison.Ordinal))
        {
            byte[]? unwrapped = masters.Unwrap(reference[8..], purpose, path);
            return errors.Require(
                unwrapped is null or { Length: KeySize }, path, $"must be a key of {KeySize} bytes.")
                ? unwrapped : null;
        }

        if (reference.StartsWith("env:", StringComparison.Ordinal))
        {
            text = Environment.GetEnvironmentVariable(reference[4..]);
            if (!errors.Require(text is not null, path, $"environment variable {reference[4..]} is not set."))
            {
                return null;
            }
        }
        else if (reference.StartsWith("file:", StringComparison.Ordinal))
        {
            try
            {
                string file = environment.Resolve(reference[5..]);
                text = BoundedFile.ReadText(file, KeyFileSizeMax);
                RequireOwn(file, errors, path, environment);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                string fault = FileFault.Describe(environment.Resolve(reference[5..]), e);
                errors.Add(path, $"the key file cannot be read: {fault}.");
                return null;
            }
        }
        else
        {
            string wrapped = masters is null ? "" : ", or wrapped:PATH";
            errors.Add(
                path, $"must be file:PATH or env:NAME{wrapped}. A configuration never contains the key itself.");
            return null;
        }

        byte[]? key = Decode(text);
        errors.Require(
            key is not null, path,
            $"must refer to {KeySize * 2} hexadecimal digits. "
            + $"Create one with: openssl rand -hex {KeySize}");
        return key;
    }

    /// <summary>In Production a key file that others can read is no secret, and one they can write is no key.</summary>
    public static void RequireOwn(
        string file, ConfigurationErrors errors, string path, ConfigurationEnvironment environment)
    {
        if (!environment.IsProduction || !FileFacts.TryOf(file, out FileFacts facts))
        {
            return;
        }

        bool isCredential = environment.CredentialsFolder is { } folder
            && file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + '/', StringComparison.Ordinal);
        int forbidden = isCredential ? FileFacts.OthersBits : FileFacts.GroupBits | FileFacts.OthersBits;
        errors.Require(
            (facts.Permissions & forbidden) == 0,
            path,
            $"the key file {file} can be read by other users (mode "
            + $"{Convert.ToString(facts.Permissions, 8).PadLeft(4, '0')}). "
            + $"Restrict it to its owner: chmod 600 {file}");
        errors.Require(
            Posix.UserId() is var user && (facts.Owner == user || facts.Owner == 0 || user == 0),
            path,
            $"the key file {file} belongs to another user (id {facts.Owner}), who can read it. Give it to the switch's "
            + "own user.");
    }

    private static byte[]? Decode(string? text)
    {
        text = text?.Trim();
        return text?.Length == KeySize * 2 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
    }

    private static ulong CheckOf(byte[] key, ReadOnlySpan<byte> label) =>
        BitConverter.ToUInt64(HMACSHA256.HashData(key, label));

    private static string DevelopmentPath(SwitchOptions options, ConfigurationEnvironment environment) =>
        Path.Combine(environment.Resolve(options.Journal.Path), DevelopmentName);
}
