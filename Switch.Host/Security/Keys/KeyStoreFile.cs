using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Switch.Host.Files;

namespace Switch.Host.Security.Keys;

/// <summary>
/// The file of a <see cref="KeyStore"/>: JSON with wrapped keys, readable by its owner only. Replaced as a whole, and
/// durable before the change is used.
/// </summary>
internal static class KeyStoreFile
{
    private const int Version = 1;
    private const int NameLengthMax = 32;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter<KeyKind>(allowIntegerValues: false) },
    };

    /// <summary>A name goes into configurations, logs and command lines.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= NameLengthMax
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>An empty store where there is no file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">It is no key store.</exception>
    public static KeyStore Read(string path) =>
        File.Exists(path) ? Parse(BoundedFile.ReadBytes(path, BoundedFile.DocumentSizeMax)) : KeyStore.Empty;

    /// <summary>Changes what the file has at this moment; other processes wait outside.</summary>
    /// <returns>The outcome, and the store that the file now has.</returns>
    /// <exception cref="IOException">It cannot be read or written, or another process changes it.</exception>
    /// <exception cref="FormatException">It is no key store.</exception>
    public static (KeyStoreOutcome Outcome, KeyStore Store) Change(
        string path, Func<KeyStore, (KeyStoreOutcome Outcome, KeyStore Store)> change)
    {
        using FileLock held = DurableFile.Lock(path);
        KeyStore before = Read(path);
        (KeyStoreOutcome outcome, KeyStore after) = change(before);
        if (outcome == KeyStoreOutcome.Done)
        {
            DurableFile.Replace(path, ToBytes(after));
        }

        return (outcome, after);
    }

    internal static byte[] ToBytes(KeyStore store) => JsonSerializer.SerializeToUtf8Bytes(
        new Document(Version, [.. store.Keys.Values.Select(static key => new Entry(
            key.Name, key.Kind, Generation.Of(key.Current), key.Former is { } former ? Generation.Of(former) : null,
            [.. key.Retired], key.Sent is { } sent ? Generation.Of(sent) : null))]),
        Format);

    internal static KeyStore Parse(ReadOnlySpan<byte> utf8)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(utf8, Format);
        }
        catch (JsonException e)
        {
            // Not its message alone: that may quote a key.
            throw new FormatException($"line {e.LineNumber + 1} cannot be read.");
        }

        if (document is not { Version: Version } || document.Keys.Length > KeyStore.NamesMax)
        {
            throw new FormatException("it is of another version, or has too many keys.");
        }

        ImmutableSortedDictionary<string, StoredKey>.Builder keys = KeyStore.Empty.Keys.ToBuilder();
        foreach (Entry? entry in document.Keys)
        {
            if (entry is null || !IsName(entry.Name) || entry.Retired.Length > KeyStore.RetiredMax
                || !entry.Retired.All(static value => value is not null && IsCheckValue(value))
                || keys.ContainsKey(entry.Name))
            {
                throw new FormatException($"key number {keys.Count + 1} has no sound name, or one of another key.");
            }

            keys.Add(entry.Name, new StoredKey(
                entry.Name, entry.Kind, entry.Current.Read(entry.Name), entry.Former?.Read(entry.Name),
                [.. entry.Retired])
            { Sent = entry.Sent?.Read(entry.Name) });
        }

        return new KeyStore(keys.ToImmutable());
    }

    private static bool IsCheckValue(string text) =>
        text.Length is >= 6 and <= 16 && text.All(char.IsAsciiHexDigitUpper);

    private sealed record Document(int Version, Entry[] Keys);

    private sealed record Entry(
        string Name, KeyKind Kind, Generation Current, Generation? Former, string[] Retired,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Generation? Sent = null);

    private sealed record Generation(int Number, string Key, string CheckValue, DateTimeOffset Since)
    {
        public static Generation Of(KeyGeneration key) => new(key.Number, key.Key.Text, key.CheckValue, key.Since);

        public KeyGeneration Read(string name) =>
            Number > 0 && IsCheckValue(CheckValue) && WrappedKey.TryParse(Key, out WrappedKey? key)
                ? new KeyGeneration(Number, key, CheckValue, Since)
                : throw new FormatException($"'{name}' has a key that is none.");
    }
}
