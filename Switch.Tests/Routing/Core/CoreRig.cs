using System.Collections.Concurrent;
using System.Text;
using Switch.Host.Connections;
using Switch.Host.Simulators.World;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Core;
using Switch.Routing.Recovery;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Core;

/// <summary>
/// The real core between a fake world's hands: one acquirer, a primary issuer (link 0, another dialect), a standby
/// (link 1), a route for cards that begin with 4 and one without stand-in for 5. Time moves when told.
/// </summary>
internal sealed class CoreRig
{
    public const int Session = 7;
    public const int PrimaryLink = 0;
    public const int StandbyLink = 1;
    public const string Card = "4000001234567899";
    public const string OtherCard = "4000009876543219";
    public const string CardWithoutStandIn = "5100001234567896";

    private const long FirstTicks = 1_000_000;

    private static readonly byte[] Key = Encoding.ASCII.GetBytes("a key of thirty-two bytes for us");
    private static readonly CardTokenizer Tokens = new(Key);
    private static readonly FormerCardTokenizer FormerTokens = new(Key);
    private static readonly ConcurrentDictionary<ulong, CardTokenizer> TokensByKey = [];
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly MessageComposer _wire = new(8_192);
    private readonly MessageComposer _canonical = new(8_192, FieldTerms.Canonical);
    private long _ticks;
    private int _doubted;

    public CoreRig(
        Func<CoreConfiguration, CoreConfiguration>? change = null, IEnumerable<StoredRecord>? journal = null,
        long ticks = FirstTicks)
    {
        _ticks = ticks;
        Configuration = change is null ? Default() : change(Default());
        World = new FakeWorld(Configuration);
        Core = new AuthorizationCore(Configuration, World, Backlog);
        foreach (StoredRecord record in journal ?? [])
        {
            World.Records.Add(record);
            Core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        World.DurableLsn = World.LastLsn;
        Core.FinishRecovery(Now);
        Core.SetTime(Now);
        Commit();
    }

    /// <summary>Over a core that has taken these records in by another way.</summary>
    public CoreRig(
        AuthorizationCore core, FakeWorld world, CoreConfiguration configuration, IEnumerable<StoredRecord> journal)
    {
        _ticks = FirstTicks;
        Configuration = configuration;
        World = world;
        Core = core;
        World.Records.AddRange(journal);
        World.DurableLsn = World.LastLsn;
        Core.FinishRecovery(Now);
        Core.SetTime(Now);
        Commit();
    }

    public CoreConfiguration Configuration { get; }

    public FakeWorld World { get; }

    public AuthorizationCore Core { get; }

    /// <summary>Where owed messages rest beyond <see cref="CoreConfiguration.OwedInMemory"/>.</summary>
    public SimulatedBacklog Backlog { get; } = new();

    /// <summary>Whether every event is followed by a commit, as on a fast disk.</summary>
    public bool CommitsAtOnce { get; set; } = true;

    public Instant Now => new(_ticks, Start.ToUnixTimeMilliseconds() + (_ticks / Instant.TicksPerMs));

    public CoreCounters Counters => Core.Counters;

    /// <summary>What the acquirer got, without 0800s.</summary>
    public List<SentMessage> Answers => World.ToSessions;

    public static CardToken TokenOf(string card)
    {
        Assert.True(Pan.TryParse(Encoding.ASCII.GetBytes(card), out Pan pan));
        return Tokens.Of(pan);
    }

    public static CoreConfiguration Default() => new()
    {
        Node = "test",
        Acquirers = [new AcquirerSettings { Name = "acq-a", Dialect = Dialect.Get("iso87-ascii") }],
        Issuers =
        [
            new IssuerSettings
            {
                Name = "primary", Dialect = Dialect.Get("iso87-binary"), Links = [PrimaryLink], SignOn = false,
                Echo = TimeSpan.Zero,
            },
            new IssuerSettings
            {
                Name = "standby", Dialect = Dialect.Get("iso87-ascii"), Links = [StandbyLink], SignOn = false,
                Echo = TimeSpan.Zero,
            },
        ],
        Routes = new RouteTable(
        [
            new Route { Prefix = "4", Primary = 0, Standby = [1], StandIn = 0 },
            new Route { Prefix = "5", Primary = 0, StandIn = -1 },
            new Route { Prefix = "6", Primary = 0, StandIn = 0 },
        ]),
        StandInProfiles =
        [
            new StandInProfile
            {
                Name = "everyday", Currency = "392", PerTransaction = 10_000, PerCardCount = 5, PerCardAmount = 30_000,
                IssuerExposure = 50_000, AllowProcessingCodes = ["00"], DenyMcc = ["7995", "6011"],
                AllowEntryModes = ["05", "07"],
            },
        ],
        PendingMax = 64,
        DuplicatesMax = 10_000,
        OwedMax = 10_000,
        StandInMax = 1_000,
    };

    public void LinksUp()
    {
        Core.LinkUp(PrimaryLink);
        Core.LinkUp(StandbyLink);
    }

    /// <summary>Makes everything recorded so far durable, and releases what waited for it.</summary>
    public void Commit()
    {
        foreach (long tag in World.Release(World.LastLsn))
        {
            Core.SendFailed(tag);
        }

        for (; _doubted < World.InDoubt.Count; _doubted++)
        {
            Core.AnswerInDoubt(World.InDoubt[_doubted]);
        }

        Core.JournalCommitted(World.LastLsn);
    }

    /// <summary>Lets time pass in steps of 10 ms, with a tick in each.</summary>
    public void Advance(TimeSpan span)
    {
        for (long until = _ticks + span.Ticks; _ticks < until;)
        {
            _ticks += TimeSpan.FromMilliseconds(10).Ticks;
            Core.SetTime(Now);
            Core.Tick();
            Core.GoOn();
            Settle();
        }
    }

    /// <summary>The process does not run for so long: time passes all at once.</summary>
    public void StandStill(TimeSpan span)
    {
        _ticks += span.Ticks;
        Core.SetTime(Now);
        Core.Tick();
        Core.GoOn();
        Settle();
    }

    public Message MakeRequest(int stan, Action<Fields>? change = null)
    {
        Message? made = null;
        Request(stan: stan, change: change, send: message => made = message);
        return made!;
    }

    public void Request(
        string card = Card, int stan = 1, long amount = 5_000, string mti = "0100", Action<Fields>? change = null,
        Action<Message>? send = null)
    {
        var fields = new Fields
        {
            [2] = card, [3] = "000000", [4] = $"{amount:D12}", [7] = "1122100000", [11] = $"{stan:D6}", [12] = "100000",
            [13] = "1122", [14] = "3012", [18] = "5411", [22] = "051", [25] = "00", [32] = "123456",
            [35] = $"{card}=30121010000000000", [37] = $"6326{stan:D8}", [41] = "TERM0001", [42] = "MERCHANT0000001",
            [49] = "392",
        };
        change?.Invoke(fields);
        if (send is null)
        {
            FromAcquirer(mti, fields);
            return;
        }

        send(Make(Configuration.Acquirers[0].Dialect, mti, fields));
    }

    /// <summary>The acquirer's reversal of the request with this STAN.</summary>
    public void Reversal(
        int originalStan, int stan, string mti = "0420", string card = Card, long amount = 5_000,
        Action<Fields>? change = null)
    {
        var fields = new Fields
        {
            [2] = card, [3] = "000000", [4] = $"{amount:D12}", [7] = "1122100005", [11] = $"{stan:D6}", [32] = "123456",
            [37] = $"6326{originalStan:D8}", [41] = "TERM0001", [42] = "MERCHANT0000001", [49] = "392",
            [90] = $"0100{originalStan:D6}11221000000000012345600000000000",
        };
        change?.Invoke(fields);
        FromAcquirer(mti, fields);
    }

    public void FromAcquirer(string mti, Fields fields, int session = Session)
    {
        Core.AcquirerMessage(session, 0, Make(Configuration.Acquirers[0].Dialect, mti, fields));
        Settle();
    }

    /// <summary>A message that the issuer begins.</summary>
    public void FromIssuer(string mti, Fields fields, int link = PrimaryLink)
    {
        Dialect dialect = Configuration.Issuers.Single(issuer => issuer.Links.Contains(link)).Dialect;
        Core.IssuerMessage(link, Make(dialect, mti, fields));
        Settle();
    }

    /// <summary>The issuer's answer to a message it got, echoing it, with a response code.</summary>
    public void Reply(
        SentMessage request, string code = "00", string? approval = "123456", Action<Fields>? change = null,
        string? mti = null)
    {
        var fields = new Fields();
        foreach (int field in (int[])[2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49])
        {
            if (request.Has(field))
            {
                fields[field] = request[field];
            }
        }

        fields[39] = code;
        if (approval is not null && code == "00" && request.Mti.IsRequest)
        {
            fields[38] = approval;
        }

        change?.Invoke(fields);
        Dialect dialect = request.Message.Dialect;
        Core.IssuerMessage(request.Target, Make(dialect, mti ?? request.Mti.Response().ToString(), fields));
        Settle();
    }

    public void Settle()
    {
        if (CommitsAtOnce)
        {
            Commit();
        }
    }

    /// <summary>
    /// A message of a later edition may be said in canonical terms, by the type that 1987 has for it.
    /// </summary>
    /// <summary>Time goes by, and the core is not told.</summary>
    public void TakeTime(TimeSpan span) => _ticks += span.Ticks;

    public Message Make(Dialect dialect, string mti, Fields fields)
    {
        Assert.True(Mti.TryParse(Encoding.ASCII.GetBytes(mti), out Mti parsed));
        bool isCanonical = dialect.IsoVersion != IsoVersion.Iso1987 && parsed.Version == 0;
        MessageComposer composer = isCanonical ? _canonical : _wire;
        composer.WallMs = Now.WallMs;
        composer.Start(dialect, parsed);
        foreach ((int field, string text) in fields)
        {
            bool isBinary = field is 52 or 55 or 64 or 128 || dialect.Edition.Bytes.Contains(field);
            composer.Set(field, isBinary ? Convert.FromHexString(text) : Encoding.ASCII.GetBytes(text));
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        var message = new Message(8_192, FieldTerms.Canonical);
        Assert.True(message.TryLoad(dialect, bytes, out fault), fault.ToString());
        if (message.TryGetPan(out Pan pan))
        {
            CardKeys keys = Configuration.CardKeys;
            bool isCurrent = Configuration.CardTokens == CardTokenKind.Cmac;
            message.Card = isCurrent ? TokensOf(keys.Current).Of(pan) : FormerTokens.Of(pan);
            bool hasBoth = isCurrent && !message.Mti.IsResponse
                && CardStamps.IsNeeded(Core.FormerTokens, message.Mti);
            message.FormerCard = !hasBoth ? default
                : keys.Former == 0 ? FormerTokens.Of(pan) : TokensOf(keys.Former).Of(pan);
        }

        message.ReceivedAt = _ticks;
        return message;
    }

    // The key with this fingerprint; 0 is the one of tests that do not change it.
    private static CardTokenizer TokensOf(ulong check) =>
        check == 0 ? Tokens : TokensByKey.GetOrAdd(check, static one => new CardTokenizer([.. Key, (byte)one]));

    /// <summary>A core on what is durable of this one's journal, as after kill -9.</summary>
    public CoreRig Restart(Func<CoreConfiguration, CoreConfiguration>? change = null) =>
        new(
            change ?? (_ => Configuration),
            World.Records.Where(record => record.Lsn <= World.DurableLsn).ToList(), _ticks);
}

/// <summary>Fields by number, in canonical text; binary ones as hexadecimal.</summary>
internal sealed class Fields : SortedDictionary<int, string>;
