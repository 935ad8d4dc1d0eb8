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
internal sealed class PartyMac(Dialect dialect, ulong key)
{
    private const ulong Prime = 0x9E37_79B9_7F4A_7C15;

    private readonly MessageMac _mac = new(new MacTerms(MacAlgorithm.Retail, 64, []));
    private readonly MacLayout _layout = new(dialect, 64);
    private readonly byte[] _covered = new byte[Packet.SizeMax];

    /// <summary>Adds a MAC to a message: its own, or that of another one, which is a wrong one.</summary>
    public int Seal(ReadOnlySpan<byte> message, ReadOnlySpan<byte> of, Span<byte> grown)
    {
        Span<byte> mac = stackalloc byte[MessageMac.FieldSize];
        bool isMade = _layout.TryAdd(of, grown, out int length, out int offset);
        BinaryPrimitives.WriteUInt64BigEndian(mac, Make(grown[..offset]));
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
            MacPresence.There when BinaryPrimitives.ReadUInt64BigEndian(mac) == Make(_covered.AsSpan(0, length)) =>
                MacState.Verified,
            _ => MacState.Wrong,
        };
    }

    /// <summary>Whether a message has the MAC that it must have.</summary>
    public bool IsRight(Message message) => Judge(message) == MacState.Verified;

    private ulong Make(ReadOnlySpan<byte> covered)
    {
        ulong value = key * Prime;
        foreach (byte one in covered)
        {
            value = ulong.RotateLeft((value ^ one) * Prime, 29);
        }

        return value ^ (value >> 31);
    }
}
