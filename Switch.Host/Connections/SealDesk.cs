using Microsoft.Extensions.Logging;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Macs;
using Switch.Protocol.Framing;
using Switch.Routing.Outbox;

namespace Switch.Host.Connections;

/// <summary>
/// Has the MACs of outgoing messages made on threads of the pool: of those that the core sends, while the journal
/// writes, and of refusals that the edge sends by itself.
/// </summary>
internal sealed class SealDesk
{
    /// <summary>Messages with the module at once; one more is surely not sent.</summary>
    public const int InFlightMax = 8_192;

    private readonly Inbox _inbox;
    private readonly SwitchClock _clock;
    private readonly TimeSpan _time;
    private readonly ILogger _logger;
    private readonly WorkPool<SealWork> _pool;

    /// <param name="time">That a MAC may take; one that takes longer is late.</param>
    public SealDesk(Inbox inbox, SwitchClock clock, TimeSpan time, ILogger logger)
    {
        (_inbox, _clock, _time, _logger) = (inbox, clock, time, logger);
        _pool = new WorkPool<SealWork>(InFlightMax, () => new SealWork(this));
    }

    /// <summary>Whether a MAC that was begun at that time, in ticks of the clock, is late by now.</summary>
    public bool IsLate(long begunAt) => _clock.Ticks > begunAt + _time.Ticks;

    /// <summary>Now, in ticks of the clock.</summary>
    public long Now => _clock.Ticks;

    /// <summary>
    /// On the core's thread, of a message that the core sends; it comes back through the inbox. False: too many are
    /// under way.
    /// </summary>
    public bool TryBegin(PartnerMac mac, ReadOnlySpan<byte> message, long number)
    {
        if (!_pool.TryTake(out SealWork? work))
        {
            return false;
        }

        work.Fill(mac, message);
        work.Number = number;
        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        return true;
    }

    /// <summary>Any thread: seals a message of the edge and gives it to the writer. False: it is not sent.</summary>
    public bool TrySend(PartnerMac mac, ReadOnlySpan<byte> message, ConnectionWriter writer, in FrameHeader header)
    {
        if (!_pool.TryTake(out SealWork? work))
        {
            return false;
        }

        work.Fill(mac, message);
        work.Writer = writer;
        work.Header = header;
        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        return true;
    }

    /// <summary>It is not needed any more.</summary>
    public void Free(SealWork work)
    {
        work.Clear();
        _pool.Return(work);
    }

    /// <summary>On a thread of the pool.</summary>
    public async Task RunAsync(SealWork work)
    {
        try
        {
            await work.SealAsync().ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            // A defect must cost this message and no other: it counts as not sent.
            SealLog.Defect(_logger, defect);
        }

        if (work.Writer is { } writer)
        {
            if (work.IsMade && writer.Append(work.Bytes, work.Header) == AppendResult.Taken)
            {
                writer.Flush();
            }

            Free(work);
            return;
        }

        await _inbox.PushCertainlyAsync(new InboxEvent { Kind = InboxKind.Sealed, Rare = work }).ConfigureAwait(false);
    }
}

/// <summary>One message on its way to its MAC and back. Used again and again.</summary>
internal sealed class SealWork(SealDesk owner) : ISealedMessage, IThreadPoolWorkItem
{
    private const int SizeMin = 1_024;

    // Pinned: the collector would leave card data behind where it moves it.
    private byte[] _bytes = [];
    private PartnerMac? _mac;
    private KeyStore? _keys;
    private int _size;
    private int _sealedSize;
    private long _begunAt;

    /// <inheritdoc/>
    public bool IsLate => owner.IsLate(_begunAt);

    /// <summary>By which the outbox knows it.</summary>
    public long Number { get; set; }

    /// <summary>Of a message of the edge: where it goes.</summary>
    public ConnectionWriter? Writer { get; set; }

    /// <summary>Of a message of the edge.</summary>
    public FrameHeader Header { get; set; }

    /// <summary>It has its MAC.</summary>
    public bool IsMade => _sealedSize > 0;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_bytes.Length / 2, _sealedSize);

    public void Fill(PartnerMac mac, ReadOnlySpan<byte> message)
    {
        int needed = 2 * PartnerMac.SizeOf(message.Length);
        if (_bytes.Length < needed)
        {
            int size = Math.Max(SizeMin, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed));
            _bytes = GC.AllocateArray<byte>(size, pinned: true);
        }

        message.CopyTo(_bytes);
        (_mac, _keys, _size, _sealedSize) = (mac, mac.Keys, message.Length, 0);
        _begunAt = owner.Now;
    }

    public async ValueTask SealAsync() =>
        _sealedSize = Math.Max(0, await _mac!.SealAsync(_bytes, _size, _keys!).ConfigureAwait(false));

    public void Free() => owner.Free(this);

    public void Clear()
    {
        _bytes.AsSpan().Clear();
        (_mac, _keys, Writer, Header, Number, _size, _sealedSize) = (null, null, null, default, 0, 0, 0);
    }

    void IThreadPoolWorkItem.Execute() => _ = owner.RunAsync(this);
}

/// <summary>Id 6031; ids and names are an interface that alerts match on.</summary>
internal static partial class SealLog
{
    [LoggerMessage(
        6031, LogLevel.Error, "The MAC of a message ended in a defect of the switch; the message is not sent")]
    public static partial void Defect(ILogger logger, Exception defect);
}
