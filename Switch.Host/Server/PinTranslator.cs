using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Protocol.Fields;
using Switch.Routing.Effects;

namespace Switch.Host.Server;

/// <summary>
/// Between the core and the security module: takes PIN blocks on the core's thread, has them enciphered on other
/// threads, and brings the answers into the inbox. What the acquirer's current key does not open is tried once under
/// its former key, while the two overlap.
/// </summary>
internal sealed class PinTranslator
{
    /// <summary>Blocks with the module at once; one more is refused, and its request answered 96.</summary>
    public const int InFlightMax = 4_096;

    private readonly SwitchOptions _options;
    private readonly ISecurityModule _module;
    private readonly SecurityDesk _security;
    private readonly Inbox _inbox;
    private readonly UnreadablePins _unreadable;
    private readonly ILogger _logger;
    private readonly WorkPool<PinWork> _pool;

    public PinTranslator(
        SwitchOptions options, ISecurityModule module, SecurityDesk security, Inbox inbox, UnreadablePins unreadable,
        ILogger logger)
    {
        (_options, _module, _security) = (options, module, security);
        (_inbox, _unreadable, _logger) = (inbox, unreadable, logger);
        _pool = new WorkPool<PinWork>(InFlightMax, () => new PinWork(this));
    }

    /// <summary>On the core's thread. False: too many are under way, or it is no block for a module.</summary>
    public bool TryAsk(in PinQuestion ask)
    {
        if (!_pool.TryTake(out PinWork? work))
        {
            return false;
        }

        if (!work.TryFill(in ask))
        {
            Free(work);
            return false;
        }

        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        return true;
    }

    /// <summary>The core has had the answer.</summary>
    public void Free(PinWork work)
    {
        work.Clear();
        _pool.Return(work);
    }

    /// <summary>On a thread of the pool.</summary>
    public async Task RunAsync(PinWork work)
    {
        try
        {
            work.Outcome = await TranslateAsync(work).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            // A defect must cost this payment and no other: the core answers it 96.
            PinLog.Defect(_logger, defect);
            work.Outcome = PinOutcome.Failed;
        }

        await _inbox.PushCertainlyAsync(new InboxEvent { Kind = InboxKind.PinTranslated, Rare = work })
            .ConfigureAwait(false);
    }

    private async Task<PinOutcome> TranslateAsync(PinWork work)
    {
        AcquirerOptions acquirer = _options.Acquirers[work.Acquirer];
        IssuerOptions issuer = _options.Issuers[work.Issuer];
        StoredKey? source = _security.Keys.Find(acquirer.Keys.Bdk ?? acquirer.Keys.Zpk ?? "");
        StoredKey? destination = _security.Keys.Find(issuer.Keys.Zpk ?? "");
        if (source is null || destination is null)
        {
            return PinOutcome.Failed;
        }

        PinAnswer answer = await AskAsync(source.Current).ConfigureAwait(false);

        // What another key makes of a block begins by chance like one, and then has any length.
        if (answer.Status is SecurityStatus.PinBlockInvalid or SecurityStatus.PinLengthInvalid
            && _security.FormerOf(source) is { } former)
        {
            answer = await AskAsync(former).ConfigureAwait(false);
        }

        PinOutcome outcome = work.Take(answer);
        if (outcome == PinOutcome.Unreadable)
        {
            _unreadable.Count(work.Acquirer);
        }

        return outcome;

        ValueTask<PinAnswer> AskAsync(KeyGeneration under) => source.Kind == KeyKind.Bdk
            ? AskDukptAsync(under)
            : _module.TranslatePinAsync(
                new PinTranslation(
                    KeyKind.Zpk, under.Key, destination.Current.Key, work.Asked, acquirer.PinFormat, issuer.PinFormat,
                    work.Pan),
                CancellationToken.None);

        // A serial number of the other cipher is the terminal's mistake, whatever a module would say of it.
        ValueTask<PinAnswer> AskDukptAsync(KeyGeneration under) => work.SerialNumber.IsAes != under.IsAes
            ? ValueTask.FromResult(PinAnswer.Failed(SecurityStatus.KsnInvalid))
            : _module.TranslateDukptAsync(
                new DukptTranslation(
                    under.Key, work.SerialNumber, destination.Current.Key, work.Asked, acquirer.PinFormat,
                    issuer.PinFormat, work.Pan, acquirer.Dukpt?.Descriptor ?? DukptOptions.DefaultDescriptor),
                CancellationToken.None);
    }
}

/// <summary>One PIN block on its way to the security module and back. Used again and again.</summary>
internal sealed class PinWork(PinTranslator owner) : PinAnswered, IThreadPoolWorkItem
{
    // Pinned: the collector would leave a block behind where it moves one.
    private readonly byte[] _bytes = GC.AllocateArray<byte>(2 * PinFormats.BlockSizeMax, pinned: true);
    private int _askedSize;
    private int _size;

    public int Acquirer { get; private set; }

    public int Issuer { get; private set; }

    public Pan Pan { get; private set; }

    /// <summary>Which terminal's key; the default: it is under the acquirer's one key.</summary>
    public KeySerialNumber SerialNumber { get; private set; }

    /// <summary>Under the acquirer's key.</summary>
    public ReadOnlyMemory<byte> Asked => _bytes.AsMemory(0, _askedSize);

    public override ReadOnlySpan<byte> Block => _bytes.AsSpan(PinFormats.BlockSizeMax, _size);

    /// <summary>Copies what the module needs. False: there is no card number, or no block.</summary>
    public bool TryFill(in PinQuestion ask)
    {
        Tag = ask.Tag;
        Acquirer = ask.Acquirer;
        Issuer = ask.Issuer;
        int size = ask.Request.TextLength(Field.PinData);
        if (size is 0 or > PinFormats.BlockSizeMax || !ask.Request.TryGetPan(out Pan pan))
        {
            return false;
        }

        Pan = pan;
        SerialNumber = ask.SerialNumber;
        _askedSize = ask.Request.CopyText(Field.PinData, _bytes);
        return true;
    }

    /// <summary>Keeps the module's block, and zeroes it where the module gave it.</summary>
    public PinOutcome Take(PinAnswer answer)
    {
        if (answer.Status == SecurityStatus.Done && answer.Block.Length <= PinFormats.BlockSizeMax)
        {
            _size = answer.Block.Length;
            answer.Block.CopyTo(_bytes.AsMemory(PinFormats.BlockSizeMax));
            if (MemoryMarshal.TryGetArray(answer.Block, out ArraySegment<byte> given))
            {
                given.AsSpan().Clear();
            }
        }

        return answer.Status.OfPin() switch
        {
            PinConsequence.Proceed => PinOutcome.Translated,
            PinConsequence.Decline => PinOutcome.Unreadable,
            PinConsequence.NextLeg => PinOutcome.IssuerKeyRejected,
            _ => PinOutcome.Failed,
        };
    }

    public override void Free() => owner.Free(this);

    public void Clear()
    {
        _bytes.AsSpan().Clear();
        _askedSize = 0;
        _size = 0;
        Pan = default;
        SerialNumber = default;
        Outcome = PinOutcome.Failed;
    }

    void IThreadPoolWorkItem.Execute() => _ = owner.RunAsync(this);
}

/// <summary>Ids 6020 and 6021; ids and names are an interface that alerts match on.</summary>
internal static partial class PinLog
{
    [LoggerMessage(
        6020, LogLevel.Error, "A PIN translation ended in a defect of the switch; its payment is answered 96")]
    public static partial void Defect(ILogger logger, Exception defect);

    [LoggerMessage(
        6021, LogLevel.Warning,
        "Acquirer {Acquirer} sent {Count} PIN blocks within a minute that its key does not open: its key may be "
        + "another one, or somebody searches for PINs by what the security module answers")]
    public static partial void ManyUnreadable(ILogger logger, string acquirer, int count);
}
