using System.Text;

namespace Switch.Routing.Values;

/// <summary>
/// A configured name as records have it: its length in a byte, and its characters in ASCII. Made once at the start,
/// because each payment writes five of them.
/// </summary>
internal readonly struct ReadyName
{
    /// <summary>The empty name.</summary>
    public static readonly ReadyName None = Of("");

    private readonly byte[] _bytes;

    private ReadyName(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>At most 255 characters, which the validator of configurations bounds at far fewer.</summary>
    public static ReadyName Of(string name) => new([checked((byte)name.Length), .. Encoding.ASCII.GetBytes(name)]);
}
