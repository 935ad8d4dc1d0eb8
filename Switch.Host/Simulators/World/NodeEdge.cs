using Switch.Host.Acquirers;
using Switch.Host.Connections;
using Switch.Host.Security;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Admission;
using Switch.Routing.Core;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Loop;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The door of the simulated node, by the rules of <c>Switch.Host/Acquirers/Session</c> and <c>Connections/Inbox</c>:
/// frames become messages, and what finds no room is refused. What is a copy, what may be shed and how it is refused
/// are the real code.
/// </summary>
internal sealed class NodeEdge
{
    private const int KeysMax = 1 << 16;
    private const int FewSlots = 64;
    private const int ManySlots = 1 << 16;

    private readonly WorldContext _context;
    private readonly CardTokens _tokens;
    private readonly ulong[] _acquirers;
    private readonly MessageComposer _composer = new(Packet.SizeMax, FieldTerms.Canonical);
    private readonly InboxBounds _bounds;
    private readonly NodeLine _waiting;
    private readonly PartyMac?[] _acquirerMacs;
    private readonly PartyMac?[] _issuerMacs;
    private readonly byte[] _sealed = new byte[2 * Packet.SizeMax];
    private RequestMemory[] _memories = [];

    public NodeEdge(WorldContext context, NodeLine waiting, ZoneKeyDesk keys)
    {
        _context = context;
        _waiting = waiting;
        int reserve = Math.Min(context.Plan.InboxMax / 2, int.MaxValue - context.Plan.InboxMax);
        _bounds = new InboxBounds(context.Plan.InboxMax + reserve, reserve);
        _tokens = new CardTokens(context.Plan.Cards);
        _acquirerMacs =
        [
            .. context.Plan.Acquirers.Select(
                (_, index) => context.Macs.OfAcquirer(index, keys.Of(isIssuer: false, index, KeyKind.Zak))),
        ];
        _issuerMacs =
        [
            .. context.Plan.Issuers.Select(
                (_, index) => context.Macs.OfIssuer(index, keys.Of(isIssuer: true, index, KeyKind.Zak))),
        ];
        _acquirers = [.. context.Plan.Acquirers.Select(static one => RequestKey.OfAcquirer(one.Settings.Name))];
    }

    /// <summary>What the core loop said at the end of its turn.</summary>
    public bool IsAdmitting { get; set; } = true;

    /// <summary>Of the tokens that cards have now.</summary>
    public int TokenAge { get; set; } = CardTokens.AgeOfToday;

    /// <summary>What the core said at the end of its turn.</summary>
    public FormerTokenNeed FormerTokens { get; set; }

    /// <summary>The node has come up with this core.</summary>
    public void Begin(AuthorizationCore core)
    {
        IsAdmitting = true;
        FormerTokens = FormerTokenNeed.All;
        var keys = new List<ulong>();
        core.VisitRemembered(KeysMax, keys.Add);
        var known = new KnownRequests(keys, until: long.MaxValue, spread: 0);
        int slots = _context.Plan.Seed % 3 == 0 ? FewSlots : ManySlots; // Few: the filter behind them is used.
        _memories = [.. _acquirers.Select(_ => new RequestMemory(slots, spread: 0, known))];
    }

    /// <summary>Reads what came; false when it is no message.</summary>
    public bool TryLoad(Line line, Packet packet, Message message, out ParseFault fault)
    {
        Dialect dialect = line.IsLink
            ? _context.Plan.Issuers[_context.Plan.IssuerOf[line.Id]].Settings.Dialect
            : _context.Plan.Acquirers[AcquirerOf(line)].Settings.Dialect;
        bool isLoaded = message.TryLoad(dialect, packet.Bytes, out fault);
        message.ReceivedAt = _context.Now;
        if (!isLoaded)
        {
            return false;
        }

        line.ParseFaults = 0;
        if (!line.IsLink || message.Mti.Class == 3)
        {
            message.Card = _tokens.Of(message, TokenAge);
            message.FormerCard =
                CardStamps.IsNeeded(FormerTokens, message.Mti) ? _tokens.Of(message, TokenAge - 1) : default;
        }

        return true;
    }

    /// <summary>The MACs on a line; null: there are none.</summary>
    public PartyMac? MacOf(Line line) => line.IsLink
        ? _issuerMacs[_context.Plan.IssuerOf[line.Id]]
        : _acquirerMacs[AcquirerOf(line)];

    /// <summary>What the node knows of a message's MAC.</summary>
    public MacState Judge(Line line, Message message)
    {
        if (MacOf(line) is not { } mac)
        {
            return MacState.NotRequired;
        }

        MacState state = mac.Judge(message);
        if (_context.Macs.MoodAt(_context.Now) == ModuleMood.Down && state != MacState.Missing)
        {
            _context.Count(Fault.MacUnavailable);
            return MacState.Unavailable;
        }

        _context.Count(Fault.MacWrong, state == MacState.Wrong);
        _context.Count(Fault.MacUnderFormerKey, state == MacState.Verified && mac.Verified.Place > 0);
        return state;
    }

    /// <summary>Whether there is room for a message; if not, its sender is told, or a copy's is not.</summary>
    /// <param name="payment">Of an acquirer's request, in its book; null else.</param>
    /// <param name="message">What came.</param>
    /// <param name="life">Which life of the node this is.</param>
    /// <param name="mac">What is not believed leaves no trace.</param>
    public bool IsAdmitted(Line line, Payment? payment, Message message, long life, MacState mac)
    {
        if (line.IsLink || !mac.IsTrusted())
        {
            payment?.ArrivedAt = _context.Now; // It may be answered.
            return true;
        }

        payment?.NoteBelieved();
        RequestMemory memory = _memories[AcquirerOf(line)];
        bool isRequest = RequestKey.TryOf(_acquirers[AcquirerOf(line)], message, out ulong key);
        RequestArrival arrival = isRequest
            ? memory.Arrive(key, message.Mti.IsRepeat, _context.Now) : RequestArrival.First;
        if (arrival == RequestArrival.FirstOfMany)
        {
            _context.Count(Fault.Crowded);
            arrival = RequestArrival.First;
        }

        if (arrival == RequestArrival.CopyOfRefused)
        {
            _context.Count(Fault.Shed);
            return false;
        }

        bool isSheddable = InboxBounds.IsSheddable(message.Mti);
        if (_bounds.Takes(isSheddable, IsAdmitting, _waiting.Count)
            && (!isSheddable || _waiting.Takes(AcquirerOf(line), ShedClasses.Of(message))))
        {
            if (payment is not null)
            {
                payment.ArrivedAt = _context.Now;
                payment.TakenInLife = life;
            }

            return true;
        }

        if (message.Mti.IsReversal && _bounds.Takes(isSheddable: false, IsAdmitting, _waiting.Count))
        {
            _context.Report("N20", 0, "a reversal found no room where it has some of its own");
        }

        _context.Count(Fault.Shed);
        if (arrival == RequestArrival.First && (!isRequest || memory.TryRefuse(key, _context.Now)))
        {
            Refuse(line, payment, message, life);
        }

        return false;
    }

    private void Refuse(Line line, Payment? payment, Message message, long life)
    {
        if (message.Mti.IsResponse || !RefusalDesk.TryCompose(_composer, message, out ReadOnlySpan<byte> bytes))
        {
            return;
        }

        if (payment is not null)
        {
            payment.ArrivedAt = _context.Now;
            if (!payment.IsAdvice && payment.TakenInLife == life)
            {
                _context.Report("I1", payment.Id, "a copy was answered 96 after another had been taken in");
            }
        }

        if (MacOf(line) is { } mac)
        {
            if (_context.Macs.MoodAt(_context.Now) == ModuleMood.Down)
            {
                return;
            }

            bytes = _sealed.AsSpan(0, mac.Seal(bytes, bytes, _sealed));
        }

        _context.Network.Send(line, toNode: false, _context.Network.Take(bytes));
    }

    private static int AcquirerOf(Line line) => line.Id % WorldContext.AcquirersMax;
}
