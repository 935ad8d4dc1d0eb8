using System.Collections.Immutable;

namespace Switch.Host.Security.Keys;

/// <summary>One key of a name: there is another one after each exchange.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Key">Under the module's master key.</param>
/// <param name="CheckValue">Hexadecimal digits, shown to people.</param>
internal sealed record KeyGeneration(int Number, WrappedKey Key, string CheckValue, DateTimeOffset Since)
{
    private const int AesCheckDigits = 10;

    /// <summary>Check values of AES keys have ten digits, those of TDES six.</summary>
    public bool IsAes => CheckValue.Length == AesCheckDigits;
}

/// <summary>A named key: the one in use, and for a while the one before it.</summary>
/// <param name="Current">Enciphers, seals, and is tried first.</param>
/// <param name="Former">
/// What partners sent before they had the current one is still taken under it. Null: there is no overlap.
/// </param>
/// <param name="Retired">Check values of earlier ones, the newest last: they are taken for nothing any more.</param>
internal sealed record StoredKey(
    string Name, KeyKind Kind, KeyGeneration Current, KeyGeneration? Former, ImmutableArray<string> Retired)
{
    /// <summary>
    /// The next one, which was sent to the partner, and which it has not answered: it may have it, or not. So nothing
    /// is enciphered or sealed with it, and what the partner seals with it is taken. Null: none is under way.
    /// </summary>
    public KeyGeneration? Sent { get; init; }
}

/// <summary>Why a change of the store was refused.</summary>
internal enum KeyStoreOutcome : byte
{
    Done,

    /// <summary>The name is of a key of another kind.</summary>
    OtherKind,

    /// <summary>The key, by its check value, is the one in use or an earlier one of this name.</summary>
    Replayed,

    /// <summary>There is no key of this name, or none before the current one.</summary>
    NotThere,

    /// <summary>No more names are taken.</summary>
    Full,
}

/// <summary>
/// All keys by their names, wrapped. It never changes: each change gives another store, which is used when it is
/// durable.
/// </summary>
internal sealed record KeyStore(ImmutableSortedDictionary<string, StoredKey> Keys)
{
    public const int NamesMax = 10_000;

    /// <summary>Earlier keys of a name that are remembered.</summary>
    public const int RetiredMax = 256;

    public static KeyStore Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, StoredKey>(StringComparer.Ordinal));

    public StoredKey? Find(string name) => Keys.GetValueOrDefault(name);

    /// <summary>
    /// Makes it the current key of the name. The one that was current is then the former one, and the one before that
    /// is retired: at most two are taken at a time.
    /// </summary>
    public KeyStoreOutcome TryAdd(
        string name, KeyKind kind, WrappedKey key, string checkValue, DateTimeOffset now, out KeyStore changed)
    {
        changed = this;
        StoredKey? before = Find(name);
        if (before is null)
        {
            if (Keys.Count >= NamesMax)
            {
                return KeyStoreOutcome.Full;
            }

            changed = With(new StoredKey(name, kind, new KeyGeneration(1, key, checkValue, now), null, []));
            return KeyStoreOutcome.Done;
        }

        if (before.Kind != kind)
        {
            return KeyStoreOutcome.OtherKind;
        }

        if (before.Current.CheckValue == checkValue || before.Former?.CheckValue == checkValue
            || before.Sent?.CheckValue == checkValue
            || before.Retired.Contains(checkValue))
        {
            return KeyStoreOutcome.Replayed;
        }

        changed = With(before with
        {
            Current = new KeyGeneration(before.Current.Number + 1, key, checkValue, now),
            Former = before.Current,
            Sent = null, // It would come after this one, and is asked for no more.
            Retired = RetiredWith(before, before.Former, before.Sent),
        });
        return KeyStoreOutcome.Done;
    }

    /// <summary>A key that a partner sent. The current one may come once more: its answer was lost.</summary>
    /// <param name="isAgain">It is the current one, and nothing changes; the outcome is that it is replayed.</param>
    public KeyStoreOutcome TryExchange(
        string name, KeyKind kind, WrappedKey key, string checkValue, DateTimeOffset now, out KeyStore changed,
        out bool isAgain)
    {
        isAgain = Find(name) is { } known && known.Kind == kind && known.Current.CheckValue == checkValue;
        return TryAdd(name, kind, key, checkValue, now, out changed);
    }

    /// <summary>
    /// Notes a new key before it is sent to the partner. Only one is under way: with a third key the partner would not
    /// take the current one any more.
    /// </summary>
    public KeyStoreOutcome TrySend(
        string name, KeyKind kind, WrappedKey key, string checkValue, DateTimeOffset now, out KeyStore changed)
    {
        KeyStoreOutcome outcome = Find(name) is { Sent: null }
            ? TryAdd(name, kind, key, checkValue, now, out changed) : TryNothing(out changed);
        if (outcome == KeyStoreOutcome.Done)
        {
            changed = With(Find(name)! with { Sent = changed.Find(name)!.Current });
        }

        return outcome;
    }

    /// <summary>The partner has the key that was sent: it is the current one, as after <see cref="TryAdd"/>.</summary>
    public KeyStoreOutcome TryTakeSent(string name, string checkValue, DateTimeOffset now, out KeyStore changed)
    {
        if (Find(name) is not { Sent: { } sent } key || sent.CheckValue != checkValue)
        {
            return TryNothing(out changed);
        }

        changed = With(key with
        {
            Current = sent with { Since = now },
            Former = key.Current,
            Sent = null,
            Retired = RetiredWith(key, key.Former),
        });
        return KeyStoreOutcome.Done;
    }

    /// <summary>The partner has not taken the key that was sent: it is used for nothing any more.</summary>
    public KeyStoreOutcome TryDropSent(string name, out KeyStore changed)
    {
        if (Find(name) is not { Sent: not null } key)
        {
            return TryNothing(out changed);
        }

        changed = With(key with { Sent = null, Retired = RetiredWith(key, key.Sent) });
        return KeyStoreOutcome.Done;
    }

    /// <summary>Ends the overlap: the former key is taken for nothing any more.</summary>
    public KeyStoreOutcome TryRetireFormer(string name, out KeyStore changed)
    {
        changed = this;
        if (Find(name) is not { Former: not null } key)
        {
            return KeyStoreOutcome.NotThere;
        }

        changed = With(key with { Former = null, Retired = RetiredWith(key, key.Former) });
        return KeyStoreOutcome.Done;
    }

    /// <summary>Takes the name out, with all its keys and what was remembered of earlier ones.</summary>
    public KeyStoreOutcome TryRemove(string name, out KeyStore changed)
    {
        changed = Find(name) is null ? this : new KeyStore(Keys.Remove(name));
        return changed == this ? KeyStoreOutcome.NotThere : KeyStoreOutcome.Done;
    }

    private KeyStoreOutcome TryNothing(out KeyStore changed)
    {
        changed = this;
        return KeyStoreOutcome.NotThere;
    }

    private static ImmutableArray<string> RetiredWith(StoredKey key, params ReadOnlySpan<KeyGeneration?> others)
    {
        ImmutableArray<string> retired = key.Retired;
        foreach (KeyGeneration? other in others)
        {
            retired = other is null ? retired : retired.Add(other.CheckValue);
        }

        return retired.Length > RetiredMax ? retired.RemoveRange(0, retired.Length - RetiredMax) : retired;
    }

    private KeyStore With(StoredKey key) => new(Keys.SetItem(key.Name, key));
}
