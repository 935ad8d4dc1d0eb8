namespace Switch.Routing.Journal;

/// <summary>
/// The keys that seal the secret part of records, by key id. New records take <see cref="CurrentId"/>; the others are
/// there to read what was written before a rotation. Immutable.
/// </summary>
public sealed class JournalKeyRing
{
    /// <summary>AES-256.</summary>
    public const int KeySize = 32;

    private readonly Dictionary<ushort, byte[]> _keys;

    public JournalKeyRing(ushort currentId, IReadOnlyDictionary<ushort, byte[]> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (!keys.ContainsKey(currentId))
        {
            throw new JournalKeyException($"The current journal key, id {currentId}, is not among the keys given.");
        }

        _keys = new Dictionary<ushort, byte[]>(keys.Count);
        foreach ((ushort id, byte[] key) in keys)
        {
            if (id == 0 || key.Length != KeySize)
            {
                throw new JournalKeyException($"Journal key {id} must have an id above 0 and {KeySize} bytes.");
            }

            _keys.Add(id, key.AsSpan().ToArray());
        }

        CurrentId = currentId;
    }

    public JournalKeyRing(ushort id, ReadOnlySpan<byte> key)
        : this(id, new Dictionary<ushort, byte[]> { [id] = key.ToArray() })
    {
    }

    public ushort CurrentId { get; }

    internal bool TryGet(ushort id, out ReadOnlySpan<byte> key)
    {
        bool found = _keys.TryGetValue(id, out byte[]? bytes);
        key = bytes;
        return found;
    }
}
