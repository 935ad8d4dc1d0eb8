using System.Buffers;
using System.Security.Cryptography;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;

namespace Switch.Host.Simulators;

/// <summary>What a simulated party makes its MACs with.</summary>
/// <param name="Key">In clear: of test keys only.</param>
internal sealed record SimulatorMacKey(MacTerms Terms, byte[] Key)
{
    /// <summary>For one connection.</summary>
    /// <exception cref="ArgumentException">The key is none of the algorithm.</exception>
    public SimulatorMac For(Dialect dialect) => new(dialect, Terms, Key);
}

/// <summary>
/// The MACs of a simulated party, which has the key in clear: seals what it sends and checks what it gets. Of test keys
/// only. Any thread.
/// </summary>
internal sealed class SimulatorMac
{
    private const int MacSizeMax = 16;

    private readonly MessageMac _mac;
    private readonly MacLayout _layout;
    private readonly Dialect _dialect;

    // The first seals; what comes may be sealed with any of them.
    private volatile byte[][] _keys;

    /// <exception cref="ArgumentException">The key is none of the algorithm.</exception>
    public SimulatorMac(Dialect dialect, MacTerms terms, ReadOnlySpan<byte> key)
    {
        _mac = new MessageMac(terms);
        _layout = new MacLayout(dialect, terms.Field);
        _dialect = dialect;
        _keys = [key.ToArray()];
        if (!CipherMac.TryCompute(_mac.Algorithm, _mac.Padding, key, [], new byte[MacSizeMax]))
        {
            throw new ArgumentException($"is no key for {_mac.Algorithm}.", nameof(key));
        }
    }

    /// <summary>Takes a key on what comes, which the other side may use already.</summary>
    public void Expect(byte[] next) => _keys = [.. _keys.Take(2), next];

    /// <summary>The other side has not taken it.</summary>
    public void Forget(byte[] next) => _keys = [.. _keys.Where(key => key != next)];

    /// <summary>Seals with it from now on; the one before is still taken.</summary>
    public void Adopt(byte[] next) => _keys = [next, _keys[0]];

    /// <summary>The message with its MAC.</summary>
    /// <exception cref="InvalidOperationException">The message can have none: the simulator's own mistake.</exception>
    public byte[] Seal(ReadOnlySpan<byte> body)
    {
        byte[] grown = new byte[body.Length + MacLayout.GrowthMax];
        byte[] covered = new byte[grown.Length];
        byte[] mac = new byte[MacSizeMax];
        if (!_layout.TryAdd(body, grown, out int length, out int offset))
        {
            throw new InvalidOperationException("A MAC was to be added where none can stand.");
        }

        var message = new Message(length);
        bool isSealed = message.TryLoad(_dialect, grown.AsSpan(0, length), out _)
            && _mac.TryCover(message, covered, out int size)
            && CipherMac.TryCompute(_mac.Algorithm, _mac.Padding, _keys[0], covered.AsSpan(0, size), mac)
            && _mac.TryWrite(grown, offset, length - offset, mac.AsSpan(0, _mac.Size));
        return isSealed ? grown[..length] : throw new InvalidOperationException("A message could get no MAC.");
    }

    /// <summary>Whether a message came with the MAC that the key gives.</summary>
    public bool IsRight(in ReadOnlySequence<byte> frame)
    {
        var message = new Message((int)frame.Length);
        byte[] covered = new byte[frame.Length];
        byte[] stated = new byte[MacSizeMax];
        byte[] mac = new byte[MacSizeMax];
        return message.TryLoad(_dialect, frame, out _)
            && _mac.Read(message, covered, stated, out int size) == MacPresence.There
            && _keys.Any(key =>
                CipherMac.TryCompute(_mac.Algorithm, _mac.Padding, key, covered.AsSpan(0, size), mac)
                && CryptographicOperations.FixedTimeEquals(mac.AsSpan(0, _mac.Size), stated.AsSpan(0, _mac.Size)));
    }
}
