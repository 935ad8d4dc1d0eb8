using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Switch.Host.Security.HostCommands;

/// <summary>
/// Security modules with host commands of the payShield family, as a pool. Implemented from public descriptions; not
/// verified on such a module.
/// </summary>
/// <remarks>
/// A request goes to the module with the fewest on the way. When it fails, another one is asked, once; with another one
/// in use, the first has half the time. What a module says of the request itself is final.
/// Format 4, AES DUKPT and CMAC have no public layout and are refused.
/// </remarks>
internal sealed class HostCommandModule : ISecurityModule
{
    private const int Attempts = 2;

    private readonly HsmNode[] _nodes;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private uint _turn;

    /// <param name="limit">From a request to its answer, both attempts together.</param>
    public HostCommandModule(IReadOnlyList<HsmSettings> modules, TimeSpan limit, TimeProvider time, ILogger logger)
    {
        _limit = limit;
        _time = time;
        var masterKey = new HsmMasterKey();
        _nodes = [.. modules.Select(settings => new HsmNode(settings, masterKey, Counters, time, logger))];
    }

    private delegate TAnswer? Reader<TAnswer>(HostReply reply)
        where TAnswer : struct;

    public HsmCounters Counters { get; } = new();

    /// <summary>Disposed of with it, after its connections.</summary>
    public IDisposable? Carrier { get; init; }

    /// <summary>Each module and whether it is in use.</summary>
    public IEnumerable<(string Name, bool IsInUse)> Modules => _nodes.Select(static node => (node.Name, node.IsInUse));

    /// <summary>Why modules are out of use, each with its name.</summary>
    public IEnumerable<string> Faults => _nodes.Where(static node => !node.IsInUse && node.Fault.Length > 0)
        .Select(static node => $"{node.Name}: {node.Fault}");

    /// <summary>Ends when one of the modules is in use.</summary>
    public Task WhenInUseAsync(CancellationToken stop) =>
        Task.WhenAny(_nodes.Select(node => node.WhenInUse)).WaitAsync(stop);

    public ValueTask<PinAnswer> TranslatePinAsync(PinTranslation request, CancellationToken stop)
    {
        SecurityStatus refused = Refused(
            request.SourceFormat, request.DestinationFormat, request.Block.Length, request.Pan.IsNone);
        if (refused != SecurityStatus.Done || !request.SourceKind.IsOfPins())
        {
            return ValueTask.FromResult(
                PinAnswer.Failed(refused == SecurityStatus.Done ? SecurityStatus.InputRefused : refused));
        }

        string format = HostCommand.FormatOf(request.DestinationFormat);
        return AskAsync(
            request.SourceKind == KeyKind.Tpk ? "CA" : "CC", HostCommand.TranslatePin(request),
            reply => PinOf(reply, format), PinAnswer.Failed, stop);
    }

    public ValueTask<PinAnswer> TranslateDukptAsync(DukptTranslation request, CancellationToken stop)
    {
        SecurityStatus refused = Refused(
            request.SourceFormat, request.DestinationFormat, request.Block.Length, request.Pan.IsNone);
        if (refused == SecurityStatus.Done)
        {
            refused = !request.SerialNumber.IsCounterValid ? SecurityStatus.KsnInvalid
                : request.SerialNumber.IsAes ? SecurityStatus.NotAuthorized : SecurityStatus.Done;
        }

        if (refused != SecurityStatus.Done)
        {
            return ValueTask.FromResult(PinAnswer.Failed(refused));
        }

        string format = HostCommand.FormatOf(request.DestinationFormat);
        return AskAsync(
            "G0", HostCommand.TranslateDukpt(request), reply => PinOf(reply, format), PinAnswer.Failed, stop);
    }

    public ValueTask<MacAnswer> MakeMacAsync(MacRequest request, CancellationToken stop) =>
        Refused(request) is var refused and not SecurityStatus.Done
            ? ValueTask.FromResult(MacAnswer.Failed(refused))
            : AskAsync("M6", HostCommand.Mac(request, []), reply => MacOf(reply, request.Size), MacAnswer.Failed, stop);

    public ValueTask<SecurityStatus> VerifyMacAsync(
        MacRequest request, ReadOnlyMemory<byte> mac, CancellationToken stop)
    {
        SecurityStatus refused = Refused(request);
        if (refused != SecurityStatus.Done || mac.Length != request.Size)
        {
            return ValueTask.FromResult(refused == SecurityStatus.Done ? SecurityStatus.NotVerified : refused);
        }

        return AskAsync<SecurityStatus>(
            "M8", HostCommand.Mac(request, mac.Span),
            static reply => reply.Code == HsmCode.Verification ? SecurityStatus.NotVerified : SecurityStatus.Done,
            static status => status, stop, HsmCode.Verification);
    }

    public ValueTask<KeyAnswer> CheckValueAsync(
        KeyKind kind, WrappedKey key, CancellationToken stop) => AskAsync<KeyAnswer>(
        "BU", HostCommand.CheckValue(kind, key),
        static reply => reply.TryCheckValue(out string? value)
            ? new KeyAnswer(SecurityStatus.Done, null, null, value) : null,
        KeyAnswer.Failed, stop);

    public ValueTask<KeyAnswer> GenerateKeyAsync(
        KeyKind kind, WrappedKey? zmk, KeyScheme scheme, CancellationToken stop) => AskAsync<KeyAnswer>(
        "A0", HostCommand.Generate(kind, zmk, scheme),
        reply => reply.TryKeys(zmk is not null, out WrappedKey? key, out WrappedKey? exported, out string? value)
            ? new KeyAnswer(SecurityStatus.Done, key, exported, value) : null,
        KeyAnswer.Failed, stop);

    public ValueTask<KeyAnswer> ImportKeyAsync(
        KeyKind kind, WrappedKey zmk, WrappedKey key, CancellationToken stop) => AskAsync<KeyAnswer>(
        "A6", HostCommand.Import(kind, zmk, key),
        static reply => reply.TryKeys(hasTwo: false, out WrappedKey? own, out _, out string? value)
            ? new KeyAnswer(SecurityStatus.Done, own, null, value, reply.Code == HsmCode.Verification) : null,
        KeyAnswer.Failed, stop, HsmCode.Verification);

    public ValueTask<KeyAnswer> ExportKeyAsync(
        KeyKind kind, WrappedKey zmk, WrappedKey key, KeyScheme scheme, CancellationToken stop) => AskAsync<KeyAnswer>(
        "A8", HostCommand.Export(kind, zmk, key, scheme),
        static reply => reply.TryKeys(hasTwo: false, out WrappedKey? exported, out _, out string? value)
            ? new KeyAnswer(SecurityStatus.Done, null, exported, value) : null,
        KeyAnswer.Failed, stop);

    public ValueTask<SecurityStatus> ProbeAsync(CancellationToken stop) => AskAsync<SecurityStatus>(
        "NC", HostCommand.Diagnostics(),
        static reply => reply.TryMasterKey(out _) ? SecurityStatus.Done : null, static status => status, stop);

    public async ValueTask DisposeAsync()
    {
        foreach (HsmNode node in _nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        Carrier?.Dispose();
    }

    private static SecurityStatus Refused(PinFormat source, PinFormat destination, int size, bool hasNoCard) =>
        !source.MayBecome(destination) || source == PinFormat.Iso4 || destination == PinFormat.Iso4
            ? SecurityStatus.FormatNotAllowed
            : size != source.BlockSize() ? SecurityStatus.PinBlockInvalid
            : hasNoCard ? SecurityStatus.AccountInvalid : SecurityStatus.Done;

    private static SecurityStatus Refused(in MacRequest request) =>
        !request.Kind.IsOfMacs() || request.Size is not (4 or 8) || request.Data.Length > MacRequest.DataSizeMax
            ? SecurityStatus.InputRefused
            : request.Algorithm is not (MacAlgorithm.Alg1 or MacAlgorithm.Retail)
                || request.Padding is not (MacPadding.Zeros or MacPadding.OneAndZeros)
                ? SecurityStatus.NotAuthorized : SecurityStatus.Done;

    private static PinAnswer? PinOf(HostReply reply, string format) =>
        reply.TryPinBlock(format, out byte[]? block) ? new PinAnswer(SecurityStatus.Done, block) : null;

    private static MacAnswer? MacOf(HostReply reply, int size) =>
        reply.TryMac(size, out byte[]? mac) ? new MacAnswer(SecurityStatus.Done, mac) : null;

    /// <summary>Asks one module, and another one when the first fails.</summary>
    /// <param name="body">Cleared at the end.</param>
    /// <param name="read">Null: the reply is not as it must be, and the module is failing.</param>
    /// <param name="alsoDone">A code beside 00 that has a result.</param>
    private async ValueTask<TAnswer> AskAsync<TAnswer>(
        string command, byte[] body, Reader<TAnswer> read, Func<SecurityStatus, TAnswer> failed, CancellationToken stop,
        string alsoDone = HsmCode.Done)
        where TAnswer : struct
    {
        long start = _time.GetTimestamp();
        HsmNode? first = null;
        Interlocked.Increment(ref Counters.Requests);
        try
        {
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                TimeSpan rest = _limit - _time.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero || Choose(first, out bool hasAnother) is not { } node)
                {
                    break;
                }

                if (attempt > 0)
                {
                    Interlocked.Increment(ref Counters.Retries);
                }

                TimeSpan limit = attempt == 0 && hasAnother ? rest / Attempts : rest;
                HsmExchange exchange = await node.SendAsync(body, limit, stop).ConfigureAwait(false);
                (TAnswer answer, bool isFinal) = Take(node, exchange, command, read, failed, alsoDone);
                CryptographicOperations.ZeroMemory(exchange.Body);
                if (isFinal)
                {
                    return answer;
                }

                first = node;
            }

            return failed(SecurityStatus.Unavailable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private (TAnswer Answer, bool IsFinal) Take<TAnswer>(
        HsmNode node, HsmExchange exchange, string command, Reader<TAnswer> read, Func<SecurityStatus, TAnswer> failed,
        string alsoDone)
        where TAnswer : struct
    {
        if (exchange.End != HsmEnd.Replied)
        {
            if (exchange.End == HsmEnd.TimedOut)
            {
                Interlocked.Increment(ref Counters.TimeOuts);
                node.Report(HsmHealth.Failing, "it does not answer in time");
            }

            return (failed(SecurityStatus.Unavailable), false);
        }

        if (!HostReply.TryRead(exchange.Body, command, out HostReply reply))
        {
            return Bad(node, failed);
        }

        (SecurityStatus status, HsmHealth health) = HsmCode.Read(reply.Code);
        if (reply.Code == HsmCode.Done || reply.Code == alsoDone)
        {
            if (read(reply) is not { } answer)
            {
                return Bad(node, failed);
            }

            node.Report(HsmHealth.Sound, "");
            return (answer, true);
        }

        if (status == SecurityStatus.NotVerified)
        {
            health = HsmHealth.Failing; // Nothing was to be compared.
        }

        node.Report(health, $"it answers {command} with {reply.Code}");
        return (failed(health == HsmHealth.Sound ? status : SecurityStatus.Unavailable), health == HsmHealth.Sound);
    }

    private (TAnswer Answer, bool IsFinal) Bad<TAnswer>(HsmNode node, Func<SecurityStatus, TAnswer> failed)
    {
        Interlocked.Increment(ref Counters.BadReplies);
        node.Report(HsmHealth.Failing, "its replies cannot be read");
        return (failed(SecurityStatus.Unavailable), false);
    }

    // In turns where several have as few on the way.
    private HsmNode? Choose(HsmNode? notThis, out bool hasAnother)
    {
        HsmNode? best = null;
        int inUse = 0;
        uint turn = Interlocked.Increment(ref _turn);
        for (uint i = 0; i < _nodes.Length; i++)
        {
            HsmNode node = _nodes[(turn + i) % _nodes.Length];
            if (!node.IsInUse || node == notThis)
            {
                continue;
            }

            inUse++;
            best = best is null || node.InFlight < best.InFlight ? node : best;
        }

        hasAnother = inUse > 1;
        return best;
    }
}
