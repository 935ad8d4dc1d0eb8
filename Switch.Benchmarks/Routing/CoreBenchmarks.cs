using BenchmarkDotNet.Attributes;
using Switch.Benchmarks.Load;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Admission;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Benchmarks.Routing;

/// <summary>
/// A whole authorization in the core: request taken, routed, recorded and sent; reply matched, recorded and answered.
/// The world copies what it is given and answers at once; decoding both messages is part of it, sockets and the disk
/// are not.
/// </summary>
[MemoryDiagnoser]
public class CoreBenchmarks : IEffects
{
    private const int Many = 1_000;
    private static readonly CardTokenizer Cards = new(new byte[32]);

    private readonly Message[] _requests = [.. Enumerable.Range(0, Many).Select(_ => new Message(512))];
    private readonly Message[] _replies = [.. Enumerable.Range(0, Many).Select(_ => new Message(512))];
    private readonly byte[] _frame = new byte[2_048];
    private readonly byte[] _toIssuer = new byte[2_048];
    private readonly byte[] _answer = new byte[2_048];
    private readonly RecordBatch _batch = new(1 << 20);
    private readonly RequestLine<Message> _line = new([1], Many);
    private readonly LineLimits _limits = new([1], 100 * Instant.TicksPerMs);
    private Dialect _from = null!;
    private Dialect _to = null!;
    private MessageTemplate _template = null!;
    private IssuerReply _issuer = null!;
    private AuthorizationCore _core = null!;
    private int _toIssuerSize;
    private int _number;
    private long _lsn;
    private long _ticks = 1;

    [Params("iso87-ascii", "iso87-binary")]
    public string Issuer { get; set; } = "iso87-ascii";

    /// <summary>Whether the issuer's health is judged.</summary>
    public bool HasHealth { get; set; } = true;

    /// <summary>Whether the requests in flight to the issuer follow from its replies.</summary>
    public bool AdaptsInFlight { get; set; } = true;

    /// <summary>Whether each request goes through its acquirer's line first.</summary>
    public bool HasLine { get; set; }

    /// <summary>Rules of velocity that count each request: per terminal, merchant, BIN and acquirer in turn.</summary>
    public int VelocityRules { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _from = Dialect.Get("iso87-ascii");
        _to = Dialect.Get(Issuer);
        _template = MessageTemplate.Request(WireShape.Of("iso87-ascii"), headerSize: 0, isRepeat: false, padding: 0);
        _issuer = new IssuerReply(WireShape.Of(Issuer), new ResponderBook());
        _core = new AuthorizationCore(
            new CoreConfiguration
            {
                Node = "benchmark",
                Acquirers = [new AcquirerSettings { Name = "acquirer", Dialect = _from }],
                Issuers =
                [
                    new IssuerSettings
                    {
                        Name = "issuer", Dialect = _to, Links = [0], SignOn = false, Echo = TimeSpan.Zero,
                        Health = HasHealth ? HealthSettings.Default : HealthSettings.Off,
                        AdaptInFlight = AdaptsInFlight,
                    },
                ],
                Routes = new RouteTable([new Route { Prefix = "4", Primary = 0 }]),
                StandInProfiles = [],
                PendingMax = 2 * Many,
                DuplicatesMax = 100_000,
                OwedMax = 10 * Many,
                StandInMax = 10 * Many,
                Velocity = new VelocitySettings { Rules = [.. Enumerable.Range(0, VelocityRules).Select(RuleOf)] },
            },
            this);
        _core.FinishRecovery(new Instant(_ticks, 1_700_000_000_000));
        _core.LinkUp(0);
        if (Authorize() == 0 || _core.Counters.ApprovedByPrimary + _core.Counters.Declined == 0)
        {
            throw new InvalidOperationException("The core did not approve.");
        }
    }

    [Benchmark]
    public int Authorize()
    {
        LoadRequest(_requests[0]);
        _core.AcquirerMessage(1, 0, HasLine ? ThroughLine(_requests[0]) : _requests[0]);
        LoadReply(_replies[0]);
        _core.IssuerMessage(0, _replies[0]);
        Commit();
        return _toIssuerSize;
    }

    /// <summary>
    /// As under load: a thousand are in flight, and by the time a reply comes its request is out of the nearest caches.
    /// </summary>
    [Benchmark(OperationsPerInvoke = Many)]
    public int AuthorizeMany()
    {
        for (int i = 0; i < Many; i++)
        {
            LoadRequest(_requests[i]);
            _core.AcquirerMessage(1, 0, _requests[i]);
            LoadReply(_replies[i]);
        }

        Commit();
        foreach (Message reply in _replies)
        {
            _core.IssuerMessage(0, reply);
        }

        Commit();
        return _toIssuerSize;
    }

    // As Inbox and CoreLine do it where requests stand in line.
    private Message ThroughLine(Message request)
    {
        bool isTaken = _limits.Takes(0, ShedClasses.Of(request), _line.CountOf(0)) && _line.TryAdd(0, in request);
        if (!isTaken || !_line.TryTake(out Message? next))
        {
            throw new InvalidOperationException("There was no room in an empty line.");
        }

        _limits.Turned(_ticks, served: 1, _line);
        return next;
    }

    // Limits that are not reached.
    private static VelocityRule RuleOf(int index) => new()
    {
        Name = $"rule-{index}",
        Per = (VelocityScope)(1 + (index % 4)),
        Window = TimeSpan.FromMinutes(1),
        DistinctCards = 100,
        Declines = 1_000_000,
        SmallAmounts = 1_000_000,
        SmallAmountMax = 100,
        Currency = 392,
        Action = VelocityAction.Decline,
    };

    private void LoadRequest(Message request)
    {
        _ticks += 100;
        _core.SetTime(new Instant(_ticks, 1_700_000_000_000 + (_ticks / Instant.TicksPerMs)));
        int number = ++_number;
        var facts = new MessageFacts(
            4000000000000000 + (number % 10_000 * 10), 12_345, 1_122_100_000 + (number / 1_000_000 % 60),
            (number % 999_999) + 1, number, 1);
        int size = _template.Write(_frame, facts);
        _toIssuerSize = 0;
        request.TryLoad(_from, _frame.AsSpan(2, size - 2), out _);
        if (request.TryGetPan(out Pan pan))
        {
            request.Card = Cards.Of(in pan);
        }

        request.ReceivedAt = _ticks;
    }

    private void LoadReply(Message reply)
    {
        int size = _issuer.Write(_toIssuer.AsSpan(0, _toIssuerSize), _answer, isSilent: false);
        reply.TryLoad(_to, _answer.AsSpan(0, size), out _);
    }

    private void Commit()
    {
        _core.JournalCommitted(_lsn);
        if (_batch.Size > _batch.Capacity / 2)
        {
            _batch.Clear();
        }
    }

    long IEffects.Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        _batch.TryAppend(++_lsn, type, open, secret);
        return _lsn;
    }

    SendTicket IEffects.SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header)
    {
        message.CopyTo(_answer);
        return new SendTicket(-1);
    }

    SendTicket IEffects.SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header)
    {
        message.CopyTo(_toIssuer);
        _toIssuerSize = message.Length;
        return new SendTicket(-1);
    }

    bool IEffects.TryCancel(SendTicket ticket) => false;

    void IEffects.CloseSession(int session, CloseReason why)
    {
    }

    void IEffects.CloseLink(int link, CloseReason why)
    {
    }

    void IEffects.Return(Message message) => message.Clear();

    void IEffects.Raise(Incident incident, long subject, long value)
    {
    }
}
