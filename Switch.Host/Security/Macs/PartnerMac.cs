using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using Switch.Host.Security.Keys;
using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Security.Macs;

/// <summary>Which messages of a partner bear a MAC, and how.</summary>
/// <param name="IsRequired">False: a message that comes without one is taken all the same.</param>
/// <param name="IsOfNetwork">Network management (08xx) has one too.</param>
internal sealed record MacPolicy(MacTerms Terms, bool IsRequired, bool IsOfNetwork);

/// <summary>
/// The MACs of one partner: judges what it sends, and seals what it is sent, by its authentication key. What was sealed
/// under the key before the current one is taken for as long as the two overlap. Any thread.
/// </summary>
internal sealed class PartnerMac(
    MacPolicy rules, Dialect dialect, string key, Func<KeyStore> keys, Func<StoredKey, KeyGeneration?> formerOf,
    ISecurityModule module, MacCounters counters)
{
    private const int NetworkClass = 8;

    private readonly MessageMac _mac = new(rules.Terms);
    private readonly MacLayout _layout = new(dialect, rules.Terms.Field);
    private Message? _spare;

    /// <summary>
    /// What is known of the MAC of a message. Completes at once where no module has to be asked over a network.
    /// </summary>
    public ValueTask<MacState> VerifyAsync(Message message)
    {
        if (message.Mti.Class == NetworkClass && !rules.IsOfNetwork)
        {
            return new(MacState.NotRequired);
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(message.Size + MessageMac.FieldSize);
        Span<byte> mac = bytes.AsSpan(0, _mac.Size);
        MacPresence presence = _mac.Read(message, bytes.AsSpan(MessageMac.FieldSize), mac, out int length);
        if (presence == MacPresence.There)
        {
            return AskAsync(bytes, length);
        }

        Return(bytes);
        return new(presence != MacPresence.Missing ? MacState.Wrong
            : rules.IsRequired ? MacState.Missing : MacState.NotRequired);
    }

    /// <summary>Whether a message to this partner needs a MAC.</summary>
    public bool MustSeal(ReadOnlySpan<byte> message) => rules.IsOfNetwork || !IsNetwork(message);

    /// <summary>Bytes that a message may have when it is sealed.</summary>
    public static int SizeOf(int messageSize) => messageSize + MacLayout.GrowthMax;

    /// <summary>All keys, as they stand now.</summary>
    public KeyStore Keys => keys();

    /// <summary>
    /// Adds the MAC. Negative: it could not be made. Completes at once where no module has to be asked over a network.
    /// </summary>
    /// <param name="bytes">Has the message first, and room for <see cref="SizeOf"/> of it, twice.</param>
    /// <param name="size">Bytes of the message.</param>
    /// <param name="under">The keys of when the message was made: the answer to a new key is sealed with the old one.
    /// </param>
    /// <returns>Bytes of the sealed message, which then stands in the second half.</returns>
    public async ValueTask<int> SealAsync(Memory<byte> bytes, int size, KeyStore under)
    {
        int half = bytes.Length / 2;
        Memory<byte> grown = bytes[half..];
        int length = 0;
        MacAnswer answer = MacAnswer.Failed(SecurityStatus.InputRefused);
        if (_layout.TryAdd(bytes.Span[..size], grown.Span, out length, out int offset)
            && TryCover(grown[..length], bytes[..half], offset, out ReadOnlyMemory<byte> covered))
        {
            answer = under.Find(key) is { } stored
                ? await module.MakeMacAsync(RequestOf(stored.Current, covered), CancellationToken.None)
                    .ConfigureAwait(false)
                : MacAnswer.Failed(SecurityStatus.SourceKeyRejected);
        }

        bool isDone = answer.Status == SecurityStatus.Done
            && _mac.TryWrite(grown.Span, offset, length - offset, answer.Mac.Span);
        counters.CountSealed(isDone);
        return isDone ? length : -1;
    }

    // Of a list of fields, their values one after the other; the message itself is not needed any more.
    private bool TryCover(
        ReadOnlyMemory<byte> grown, Memory<byte> room, int offset, out ReadOnlyMemory<byte> covered)
    {
        covered = grown[..offset];
        if (rules.Terms.Covers.Count == 0)
        {
            return offset > 0;
        }

        // One is kept: mostly one thread at a time seals for a partner.
        Message? message = Interlocked.Exchange(ref _spare, null);
        if (message is null || message.Capacity < grown.Length)
        {
            message = new Message((int)BitOperations.RoundUpToPowerOf2((uint)grown.Length), isPinned: true);
        }

        bool isCovered = message.TryLoad(dialect, grown.Span, out _);
        int length = 0;
        isCovered = isCovered && _mac.TryCover(message, room.Span, out length);
        covered = room[..length];
        message.Clear();
        Volatile.Write(ref _spare, message);
        return isCovered;
    }

    private ValueTask<MacState> AskAsync(byte[] bytes, int length)
    {
        if (keys().Find(key) is not { } stored)
        {
            Return(bytes);
            return new(MacState.Unavailable);
        }

        ReadOnlyMemory<byte> mac = bytes.AsMemory(0, _mac.Size);
        ReadOnlyMemory<byte> covered = bytes.AsMemory(MessageMac.FieldSize, length);
        ValueTask<SecurityStatus> asked =
            module.VerifyMacAsync(RequestOf(stored.Current, covered), mac, CancellationToken.None);
        KeyGeneration? former = formerOf(stored);
        if (!asked.IsCompletedSuccessfully || former is not null || stored.Sent is not null)
        {
            return AwaitAsync(asked, former, stored.Sent, bytes, covered, mac);
        }

        Return(bytes);
        return new(StateOf(asked.Result, isByFormerKey: false));
    }

    private async ValueTask<MacState> AwaitAsync(
        ValueTask<SecurityStatus> asked, KeyGeneration? former, KeyGeneration? sent, byte[] bytes,
        ReadOnlyMemory<byte> covered, ReadOnlyMemory<byte> mac)
    {
        SecurityStatus status = await asked.ConfigureAwait(false);
        bool isByFormerKey = status == SecurityStatus.NotVerified && former is not null;
        if (isByFormerKey)
        {
            status = await module.VerifyMacAsync(RequestOf(former!, covered), mac, CancellationToken.None)
                .ConfigureAwait(false);
        }

        // The partner may have taken the key that was sent to it, and its answer was lost.
        if (status == SecurityStatus.NotVerified && sent is not null)
        {
            isByFormerKey = false;
            status = await module.VerifyMacAsync(RequestOf(sent, covered), mac, CancellationToken.None)
                .ConfigureAwait(false);
        }

        Return(bytes);
        return StateOf(status, isByFormerKey);
    }

    private MacState StateOf(SecurityStatus status, bool isByFormerKey)
    {
        if (status == SecurityStatus.Done)
        {
            counters.CountVerified(isByFormerKey);
            return MacState.Verified;
        }

        return status == SecurityStatus.NotVerified ? MacState.Wrong : MacState.Unavailable;
    }

    private MacRequest RequestOf(KeyGeneration generation, ReadOnlyMemory<byte> covered) =>
        new(KeyKind.Zak, generation.Key, _mac.Algorithm, _mac.Padding, _mac.Size, covered);

    // The second digit of its type: of four characters, or of two bytes of packed digits.
    private bool IsNetwork(ReadOnlySpan<byte> message) => dialect.Mti == MtiEncoding.Bcd
        ? !message.IsEmpty && (message[0] & 0x0F) == NetworkClass
        : message.Length > 1 && (message[1] & 0x0F) == NetworkClass;

    // It had card data.
    private static void Return(byte[] bytes)
    {
        CryptographicOperations.ZeroMemory(bytes);
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
