using Switch.Protocol.Dialects;
using Switch.Routing.Health;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Health;

/// <summary>
/// What an issuer does with a request: after how long it answers (null: never), and with which DE 39.
/// </summary>
internal readonly record struct Treatment(TimeSpan? After, string Code = "00");

/// <summary>A way to be sick.</summary>
internal enum Sickness
{
    Silent,
    Slow,
    Technical,
    Gray50,
    Gray30,
    Gray10,
}

/// <summary>A request of a customer and what became of it.</summary>
internal sealed class Customer
{
    public required string Range { get; init; }

    public required TimeSpan AskedAt { get; init; }

    /// <summary>Links that the request was sent to.</summary>
    public List<int> Links { get; } = [];

    public TimeSpan? Waited { get; set; }

    public string Code { get; set; } = "";
}

/// <summary>
/// The real core with three issuers in virtual time: A (links 0 and 1) owns the ranges 41 and 42, B (link 2) 43 and C
/// (link 3) 44, 15 requests a second each. Issuers answer within 5 to 50 ms, unless a test makes A sick. Stand-in
/// approves everything of A.
/// </summary>
internal sealed class SickIssuerRig
{
    public const int PerSecond = 15;
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private static readonly string[] _ranges = ["41", "42", "43", "44"];
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(10);

    private readonly Random _random;
    private readonly Random _neighbours;
    private readonly Dictionary<int, Customer> _open = [];
    private readonly PriorityQueue<(SentMessage Request, string Code), TimeSpan> _replies = new();
    private readonly TimeSpan[] _next = new TimeSpan[_ranges.Length];
    private int _stan;
    private int _linksSeen;
    private int _answersSeen;

    /// <param name="areNeighboursApart">B and C do the same whatever A does: their chance is their own.</param>
    public SickIssuerRig(
        int seed = 1, bool hasStandIn = true, HealthSettings? health = null, string[]? sure = null,
        bool areNeighboursApart = false)
    {
        _random = new Random(seed);
        _neighbours = areNeighboursApart ? new Random(seed + 1_000) : _random;
        Core = new CoreRig(_ => Configuration(hasStandIn, health ?? HealthSettings.Default, sure ?? []));
        foreach (int link in (int[])[0, 1, 2, 3])
        {
            Core.Core.LinkUp(link);
        }

        for (int i = 0; i < _next.Length; i++)
        {
            _next[i] = TimeSpan.FromMilliseconds(i * 16);
        }

        Treat = (_, _, _) => Healthy();
    }

    public CoreRig Core { get; }

    /// <summary>Since the start.</summary>
    public TimeSpan Now { get; private set; }

    public List<Customer> Customers { get; } = [];

    /// <summary>What issuer A does with a request of a range on a link.</summary>
    public Func<SickIssuerRig, string, int, Treatment> Treat { get; set; }

    public IReadOnlyList<HealthChange> Changes => Core.World.HealthChanges;

    /// <summary>A range whose cards no customer uses; null: each is used.</summary>
    public string? UnusedRange { get; init; }

    /// <summary>A second's factor of the well issuers' latency.</summary>
    public int Jitter { get; set; } = 1;

    public Treatment Healthy() => HealthyBy(_random);

    public Treatment As(Sickness sickness) => sickness switch
    {
        Sickness.Silent => new Treatment(null),
        Sickness.Slow => new Treatment(TimeSpan.FromSeconds(2.5)),
        Sickness.Technical => new Treatment(TimeSpan.FromMilliseconds(20), "96"),
        Sickness.Gray50 => Chance(50) ? new Treatment(null) : Healthy(),
        Sickness.Gray30 => Chance(30) ? new Treatment(null) : Healthy(),
        _ => Chance(10) ? new Treatment(null) : Healthy(),
    };

    public bool Chance(int percent) => _random.Next(100) < percent;

    /// <summary>Customers of A's ranges who asked since then.</summary>
    public IEnumerable<Customer> OfA(TimeSpan since) =>
        Customers.Where(one => one.Range is "41" or "42" && one.AskedAt >= since);

    public void Run(TimeSpan span)
    {
        for (TimeSpan until = Now + span; Now < until;)
        {
            Now += _step;
            Core.Advance(_step);
            for (int i = 0; i < _ranges.Length; i++)
            {
                if (_next[i] <= Now && _ranges[i] != UnusedRange)
                {
                    Random random = i < 2 ? _random : _neighbours;
                    _next[i] += TimeSpan.FromMilliseconds(1_000.0 / PerSecond * (0.5 + random.NextDouble()));
                    Ask(_ranges[i]);
                    TakeAnswers();
                }
            }

            Take();
            while (_replies.TryPeek(out var reply, out TimeSpan at) && at <= Now)
            {
                _replies.Dequeue();
                Core.Reply(reply.Request, reply.Code);
                TakeAnswers();
            }

            Take();
        }
    }

    /// <summary>So many customers of a range ask at the same moment.</summary>
    public void Ask(string range, int customers)
    {
        for (int i = 0; i < customers; i++)
        {
            Ask(range);
            Take();
        }
    }

    /// <summary>The process of the switch does not run for so long. What issuers say meanwhile waits.</summary>
    public void StandStill(TimeSpan span)
    {
        Now += span;
        Core.StandStill(span);
        Take();
    }

    private void Ask(string range)
    {
        int stan = ++_stan;
        string card = WithCheckDigit($"{range}0000{stan:D9}");
        var customer = new Customer { Range = range, AskedAt = Now };
        Customers.Add(customer);
        _open.Add(stan, customer);
        Core.Request(card, stan, amount: 1_000, change: fields => fields.Remove(35));
    }

    private void Take()
    {
        TakeAnswers();
        for (; _linksSeen < Core.World.ToLinks.Count; _linksSeen++)
        {
            SentMessage sent = Core.World.ToLinks[_linksSeen];
            if (sent.Mti.IsNetworkManagement)
            {
                _replies.Enqueue((sent, "00"), Now + _step); // Echo tests are fine whatever else is sick.
                continue;
            }

            string range = sent[2][..2];
            bool isRequest = sent.Mti.IsRequest && !sent.Mti.IsReversal;
            Treatment treatment = sent.Target <= 1 && isRequest ? Treat(this, range, sent.Target)
                : HealthyBy(sent.Target <= 1 ? _random : _neighbours);
            if (isRequest)
            {
                int stan = int.Parse(sent[37][4..], System.Globalization.CultureInfo.InvariantCulture);
                _open.GetValueOrDefault(stan)?.Links.Add(sent.Target);
            }

            if (treatment.After is { } after)
            {
                _replies.Enqueue((sent, treatment.Code), Now + after);
            }
        }
    }

    private Treatment HealthyBy(Random random) => new(TimeSpan.FromMilliseconds(random.Next(5, 51) * Jitter));

    private static string WithCheckDigit(string digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = (digits[digits.Length - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
            sum += digit > 9 ? digit - 9 : digit;
        }

        return $"{digits}{(10 - (sum % 10)) % 10}";
    }

    private void TakeAnswers()
    {
        for (; _answersSeen < Core.Answers.Count; _answersSeen++)
        {
            SentMessage answer = Core.Answers[_answersSeen];
            if (_open.Remove(int.Parse(answer[11], System.Globalization.CultureInfo.InvariantCulture), out var one))
            {
                one.Waited = Now - one.AskedAt;
                one.Code = answer[39];
            }
        }
    }

    private static CoreConfiguration Configuration(bool hasStandIn, HealthSettings health, string[] sure)
    {
        IssuerSettings Issuer(string name, params int[] links) => new()
        {
            Name = name, Dialect = Dialect.Get("iso87-ascii"), Links = links, SignOn = false, Echo = TimeSpan.Zero,
            Timeout = Timeout, Health = health, BreakerConsecutiveTimeouts = 5, SurelyNotApproved = sure,
            DrainBeforeOnline = TimeSpan.Zero,
        };
        int standIn = hasStandIn ? 0 : -1;
        return CoreRig.Default() with
        {
            Issuers = [Issuer("issuer-a", 0, 1), Issuer("issuer-b", 2), Issuer("issuer-c", 3)],
            Routes = new RouteTable(
            [
                new Route { Prefix = "41", Primary = 0, StandIn = standIn },
                new Route { Prefix = "42", Primary = 0, StandIn = standIn },
                new Route { Prefix = "43", Primary = 1, StandIn = standIn },
                new Route { Prefix = "44", Primary = 2, StandIn = standIn },
            ]),
            StandInProfiles =
            [
                new StandInProfile
                {
                    Name = "everyday", Currency = "392", PerTransaction = 10_000, PerCardCount = 100,
                    PerCardAmount = 1_000_000, IssuerExposure = 1_000_000_000,
                },
            ],
            PendingMax = 4_096,
            DuplicatesMax = 1_000_000,
            OwedMax = 100_000,
            StandInMax = 100_000,
        };
    }
}
