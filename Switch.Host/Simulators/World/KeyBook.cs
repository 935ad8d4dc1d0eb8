using System.Globalization;
using Switch.Host.Security;

namespace Switch.Host.Simulators.World;

/// <summary>
/// What one simulated party holds of one kind of its zone keys: the one in force, the ones before it while messages
/// under them may be under way, and one that it has sent and that nothing was said of yet. A key is a number.
/// </summary>
internal sealed class KeyBook(ulong first)
{
    /// <summary>Longer than a message is under way: the network, the journal and the security module at their
    /// worst.</summary>
    public const long UnderWayMax = 20 * TimeSpan.TicksPerSecond;

    private const int CheckDigits = 6;
    private const ulong Prime = 0x9E37_79B9_7F4A_7C15;

    private readonly List<(ulong Key, long ReplacedAt)> _former = [];
    private readonly List<ulong> _all = [first];

    /// <summary>Enciphers and seals.</summary>
    public ulong Current { get; private set; } = first;

    /// <summary>Sent, and not answered with 00; 0: none is.</summary>
    public ulong Pending { get; private set; }

    /// <summary>All keys but the current one that were ever in force, the oldest first.</summary>
    public IReadOnlyList<ulong> Earlier => _all[..^1];

    /// <summary>The keys that it holds by their places, the current one first; 0: there are no more.</summary>
    public ulong At(int place) =>
        place == 0 ? Current
        : Pending != 0 && place == 1 ? Pending
        : place - (Pending == 0 ? 1 : 2) is var before && before < _former.Count ? _former[before].Key
        : 0;

    /// <summary>Sends a key.</summary>
    public void Begin(ulong key) => Pending = key;

    /// <summary>The key that was sent is in force.</summary>
    public void Take(long now)
    {
        _former.RemoveAll(one => one.ReplacedAt + UnderWayMax < now);
        _former.Insert(0, (Current, now));
        Current = Pending;
        _all.Add(Current);
        Pending = 0;
    }

    /// <summary>Whether nothing under the key should come any more, because another one has long been in
    /// force.</summary>
    public bool IsPast(ulong key, long now) =>
        _former.Exists(one => one.Key == key && one.ReplacedAt + UnderWayMax < now);

    /// <summary>The first key of a party.</summary>
    public static ulong FirstOf(bool isIssuer, int party, KeyKind kind) =>
        ((isIssuer ? 0x80UL : 1) + (ulong)party) | ((ulong)kind << 8);

    /// <summary>As text, without a cipher: the simulated module has all keys that are above it.</summary>
    public static string TextOf(ulong key, char scheme) =>
        string.Create(CultureInfo.InvariantCulture, $"{scheme}{key:X16}{~key:X16}");

    /// <summary>Reads it. False: its halves do not belong together.</summary>
    public static bool TryRead(WrappedKey key, out ulong value) =>
        ulong.TryParse(key.Body[..16], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out value)
        & ulong.TryParse(key.Body[16..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong other)
        && other == ~value;

    /// <summary>What keys are told apart by.</summary>
    public static string CheckOf(ulong key) =>
        (MixOf(key) >> 40).ToString("X6", CultureInfo.InvariantCulture)[..CheckDigits];

    /// <summary>What a PIN block under the key begins with.</summary>
    public static ushort MarkOf(ulong key) => (ushort)MixOf(key);

    private static ulong MixOf(ulong key)
    {
        ulong mixed = (key ^ (key >> 29)) * Prime;
        mixed = (mixed ^ (mixed >> 32)) * Prime;
        return mixed ^ (mixed >> 29);
    }
}
