using System.Buffers.Binary;
using Switch.Host.Security;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The MACs between the node and one party. Where a MAC stands and what it covers is the real code; the MAC itself is
/// a number by key and bytes that no chance hits.
/// </summary>
/// <param name="keys">What this side holds, by places, the one that seals first; 0: there are no more.</param>
internal sealed class PartyMac(Dialect dialect, Func<int, ulong> keys)
{
    private const ulong Prime = 0x9E37_79B9_7F4A_7C15;

    private readonly MessageMac _mac = new(new MacTerms(MacAlgorithm.Retail, 64, []));
    private readonly MacLayout _layout = new(dialect, 64);
    private readonly byte[] _covered = new byte[Packet.SizeMax];

    /// <summary>Of a party; null: it is the node's side.</summary>
    public KeyBook? Book { get; init; }

    /// <summary>The key of the last message that was verified, and its place.</summary>
    public (ulong Key, int Place) Verified { get; private set; }

    /// <summary>Adds a MAC to a message: its own, or that of another one, which is a wrong one.</summary>
    public int Seal(ReadOnlySpan<byte> message, ReadOnlySpan<byte> of, Span<byte> grown)
    {
        Span<byte> mac = stackalloc byte[MessageMac.FieldSize];
        bool isMade = _layout.TryAdd(of, grown, out int length, out int offset);
        BinaryPrimitives.WriteUInt64BigEndian(mac, Make(keys(0), grown[..offset]));
        if (isMade && !message.SequenceEqual(of))
        {
            isMade = _layout.TryAdd(message, grown, out length, out offset);
        }

        return isMade && _mac.TryWrite(grown, offset, length - offset, mac)
            ? length
            : throw new InvalidOperationException("A simulated message can have no MAC.");
    }

    /// <summary>What is to be said of a message that came.</summary>
    public MacState Judge(Message message)
    {
        Span<byte> mac = stackalloc byte[MessageMac.FieldSize];
        return _mac.Read(message, _covered, mac, out int length) switch
        {
            MacPresence.Missing => MacState.Missing,
            MacPresence.There when IsOfAny(BinaryPrimitives.ReadUInt64BigEndian(mac), length) => MacState.Verified,
            _ => MacState.Wrong,
        };
    }

    /// <summary>Whether a message has the MAC that it must have.</summary>
    public bool IsRight(Message message) => Judge(message) == MacState.Verified;

    private bool IsOfAny(ulong mac, int length)
    {
        for (int place = 0; keys(place) is not 0 and var key; place++)
        {
            if (mac == Make(key, _covered.AsSpan(0, length)))
            {
                Verified = (key, place);
                return true;
            }
        }

        return false;
    }

    private static ulong Make(ulong key, ReadOnlySpan<byte> covered)
    {
        ulong value = key * Prime;
        foreach (byte one in covered)
        {
            value = ulong.RotateLeft((value ^ one) * Prime, 29);
        }

        return value ^ (value >> 31);
    }
}
