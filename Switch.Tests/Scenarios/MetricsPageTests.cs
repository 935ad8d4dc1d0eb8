using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: every number on the metrics page is true. Method: a run that plays each outcome once, on a clock that only the
/// test moves, and the whole page against what was played; what is not named in <see cref="Expected"/> must be zero.
/// </summary>
public sealed class MetricsPageTests : IDisposable
{
    private static readonly TimeSpan IssuerTimeout = TimeSpan.FromSeconds(2);

    private readonly WatchedTimeProvider _time = new();
    private readonly ScriptedIssuer _dead = new("iso87-ascii", isListening: false);
    private int _cards;

    /// <summary>What differs from run to run: it must be there, and more than nothing.</summary>
    private static readonly string[] Varying =
    [
        "switch_journal_durable_lsn", "switch_journal_batches_total", "switch_journal_records_total",
        "switch_journal_bytes_total", "switch_journal_write_seconds_total", "switch_journal_write_seconds_max",
        "switch_journal_free_bytes", "switch_in_flight_cap_by_issuer", "switch_issuer_health", "switch_issuer_traffic",

        // The clock of the test jumps, so the process stands still, and not every time has a line of its own.
        "switch_standstills_total", "switch_incidents_not_logged_total",
    ];

    public void Dispose() => _dead.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task Page_AfterARunOfKnownOutcomes_SaysWhatWasPlayed()
    {
        await using Rig rig = await StartAsync();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkConnectFailures == 1);
        _time.Advance(TimeSpan.FromMilliseconds(20)); // A message without a time of receipt has no duration.
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            await PlayAnswersAsync(rig, acquirer);
            await PlayOtherMessagesAsync(rig, acquirer);
            await PlaySilenceAsync(rig, acquirer);
            await PlayALostLinkAsync(rig, acquirer);
            await PlayMistakesAsync(acquirer);
            acquirer.Reset(); // Else it would be kept for the answer that its reply does not get.
        }

        await PlayBoundsAsync(rig);
        await PlayDoorsAsync(rig);
        await PlaySilentDoorsAsync(rig);
        await PlayAnUndeliveredAnswerAsync(rig);

        await Rig.UntilAsync(() => rig.Counters is { Pending: 0, OwedNow: 0 }
            && rig.Server.EdgeCounters is { SessionsNow: 0, MessagesLentNow: 0, LinksNow: 2 });
        _time.Advance(TimeSpan.FromSeconds(1)); // A beat, on which durations are recorded.
        Dictionary<string, double> page = await MetricsReader.ReadAsync(rig.Server.AdminEndPoint);
        Dictionary<string, double> expected = Expected();
        Assert.Equal([], expected.Keys.Except(page.Keys));
        string[] differences = Differences(expected, page);
        Assert.True(differences.Length == 0, string.Join('\n', differences));
        Assert.All(Varying, name => Assert.True(page.First(line => line.Key.StartsWith(name)).Value > 0, name));
    }

    private static Dictionary<string, double> Expected() => new()
    {
        ["switch_ready"] = 1,

        // Main line 11, bounds 4, the undelivered one.
        ["switch_requests_total"] = 16,
        ["switch_repeats_total"] = 1,
        ["switch_duplicate_conflicts_total"] = 1,

        // A missing field, letters in an amount, and what is no message.
        ["switch_format_errors_total"] = 3,
        ["switch_parse_faults_total{side=\"acquirer\"}"] = 3,

        ["switch_acquirer_advices_total"] = 1,
        ["switch_acquirer_reversals_total"] = 1,
        ["switch_reversals_unmatched_total"] = 1,
        ["switch_network_messages_total"] = 3,
        ["switch_file_actions_total"] = 1,
        ["switch_administrative_messages_total"] = 1,
        ["switch_reconciliations_total"] = 1,
        ["switch_reconciliations_out_total"] = 1,
        ["switch_copies_unanswered_total"] = 1,
        ["switch_undelivered_total"] = 1,
        ["switch_unmatched_replies_total"] = 2,
        ["switch_late_replies_total"] = 2,

        // The eleven that ended; an advice, a reversal, and the original that it names and that was never seen.
        ["switch_remembered"] = 14,

        // Ends of requests: each by the party that gave it.
        ["switch_outcomes_total{by=\"primary\",outcome=\"approved\"}"] = 4,
        ["switch_outcomes_total{by=\"standby\",outcome=\"approved\"}"] = 2,
        ["switch_outcomes_total{by=\"standin\",outcome=\"approved\"}"] = 1,
        ["switch_outcomes_total{by=\"issuer\",outcome=\"declined\"}"] = 2,
        ["switch_outcomes_total{by=\"standin\",outcome=\"declined\"}"] = 1,
        ["switch_outcomes_total{by=\"switch\",outcome=\"declined\"}"] = 1,

        // Issuers: ten requests to the primary, five to the standby.
        ["switch_issuer_requests_total"] = 15,
        ["switch_issuer_timeouts_total"] = 4,
        ["switch_issuer_link_losses_total"] = 1,
        ["switch_requests_by_issuer_total{issuer=\"primary\"}"] = 10,
        ["switch_requests_by_issuer_total{issuer=\"standby\"}"] = 5,
        ["switch_answers_by_issuer_total{issuer=\"primary\",outcome=\"approved\"}"] = 4,
        ["switch_answers_by_issuer_total{issuer=\"primary\",outcome=\"not_approved\"}"] = 1,
        ["switch_answers_by_issuer_total{issuer=\"primary\",outcome=\"technical_decline\"}"] = 2,
        ["switch_answers_by_issuer_total{issuer=\"standby\",outcome=\"approved\"}"] = 2,
        ["switch_answers_by_issuer_total{issuer=\"standby\",outcome=\"not_approved\"}"] = 1,
        ["switch_timeouts_by_issuer_total{issuer=\"primary\"}"] = 2,
        ["switch_timeouts_by_issuer_total{issuer=\"standby\"}"] = 2,

        // Requests that the core answered: seven, two in silence, one after a lost link, two mistakes. Not those that
        // the edge answered itself, nor the one whose connection was gone.
        ["switch_authorization_duration_seconds_count{acquirer=\"acquirer\"}"] = 12,
        ["switch_authorization_duration_seconds_count{acquirer=\"narrow\"}"] = 2,
        ["switch_authorization_duration_seconds_count{acquirer=\"rated\"}"] = 1,
        ["switch_issuer_duration_seconds_count{issuer=\"primary\",outcome=\"answered\"}"] = 7,
        ["switch_issuer_duration_seconds_count{issuer=\"primary\",outcome=\"timed_out\"}"] = 2,
        ["switch_issuer_duration_seconds_count{issuer=\"standby\",outcome=\"answered\"}"] = 3,
        ["switch_issuer_duration_seconds_count{issuer=\"standby\",outcome=\"timed_out\"}"] = 2,
        ["switch_link_losses_by_issuer_total{issuer=\"primary\"}"] = 1,
        ["switch_late_replies_by_issuer_total{issuer=\"primary\"}"] = 2,


        // Owed: an acquirer's advice and stand-in's; one reversal of an acquirer, five of the switch.
        ["switch_owed_total{kind=\"advice\"}"] = 2,
        ["switch_owed_total{kind=\"reversal\"}"] = 6,
        ["switch_owed_acknowledged_total{kind=\"advice\"}"] = 2,
        ["switch_owed_acknowledged_total{kind=\"reversal\"}"] = 6,
        ["switch_owed_sends_total"] = 8,

        // The edge. Refusals of its own are messages out as well.
        ["switch_sessions_total"] = 14,
        ["switch_sessions_refused_total{why=\"address\"}"] = 1,
        ["switch_sessions_refused_total{why=\"cap\"}"] = 1,
        ["switch_sessions_refused_total{why=\"address_cap\"}"] = 1,
        ["switch_sessions_delayed_total"] = 1,
        ["switch_frames_total{direction=\"in\",side=\"acquirer\"}"] = 29,
        ["switch_frames_total{direction=\"out\",side=\"acquirer\"}"] = 23,
        ["switch_frames_total{direction=\"in\",side=\"issuer\"}"] = 26,
        ["switch_frames_total{direction=\"out\",side=\"issuer\"}"] = 28,
        ["switch_shed_total{why=\"in_flight\"}"] = 1,
        ["switch_shed_total{why=\"rate\"}"] = 1,
        ["switch_shed_copies_total"] = 1,
        ["switch_shed_silently_total"] = 1,
        ["switch_sends_refused_total"] = 1,
        ["switch_keep_alives_total"] = 4,

        ["switch_connections_broken_total{why=\"over_limit\"}"] = 1,
        ["switch_connections_broken_total{why=\"malformed\"}"] = 1,
        ["switch_connections_broken_total{why=\"truncated\"}"] = 1,
        ["switch_connections_broken_total{why=\"too_slow\"}"] = 1,
        ["switch_connections_broken_total{why=\"displaced\"}"] = 1,
        ["switch_connections_broken_total{why=\"keep_alives\"}"] = 1,
        ["switch_connections_broken_total{why=\"no_message\"}"] = 1,
        ["switch_connections_broken_total{why=\"idle\"}"] = 1,

        ["switch_link_connects_total"] = 3,
        ["switch_link_connect_failures_total"] = 1,
        ["switch_link_losses_total"] = 1,
        ["switch_links_now"] = 2,
        ["switch_issuer_links{issuer=\"primary\",state=\"configured\"}"] = 1,
        ["switch_issuer_links{issuer=\"primary\",state=\"ready\"}"] = 1,
        ["switch_issuer_links{issuer=\"standby\",state=\"configured\"}"] = 1,
        ["switch_issuer_links{issuer=\"standby\",state=\"ready\"}"] = 1,
        ["switch_issuer_links{issuer=\"dead\",state=\"configured\"}"] = 1,
    };

    private static string[] Differences(Dictionary<string, double> expected, Dictionary<string, double> page) =>
    [
        .. page.Where(line => line.Key.StartsWith("switch_", StringComparison.Ordinal) && !IsOfTime(line.Key)
                && !Varying.Any(line.Key.StartsWith)
                && line.Value != expected.GetValueOrDefault(line.Key))
            .Select(line => $"{line.Key} is {line.Value}, not {expected.GetValueOrDefault(line.Key)}"),
    ];

    /// <summary>How long it took is the machine's business; how often is in the counts.</summary>
    private static bool IsOfTime(string key) => key.Contains("_duration_seconds_bucket", StringComparison.Ordinal)
        || key.Contains("_duration_seconds_sum", StringComparison.Ordinal);

    /// <summary>Seven requests: approved, repeated, in conflict, declined by each, and without a route.</summary>
    private async Task PlayAnswersAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        PlainMessage first = Request();
        await AskAsync(acquirer, first, rig.Primary, "00");
        Assert.Equal("00", (await acquirer.AskAsync(Purchases.Repeat(first)))[39]);
        PlainMessage conflict = Purchases.Copy(first, 100);
        conflict[4] = "000000009999";
        Assert.Equal("94", (await acquirer.AskAsync(conflict))[39]);
        Assert.Equal("51", (await AskAsync(acquirer, Request(), rig.Primary, "51"))[39]);
        Assert.Equal("00", (await AskBothAsync(rig, acquirer, "00"))[39]);
        Assert.Equal("05", (await AskBothAsync(rig, acquirer, "05"))[39]);
        Assert.Equal("92", (await acquirer.AskAsync(Request(card: TestCards.Make("50", 1))))[39]);
    }

    private async Task PlayOtherMessagesAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        PlainMessage advice = Request(mti: 120);
        advice[39] = "00";
        Assert.Equal("00", (await acquirer.AskAsync(advice))[39]);
        await NextOwedAsync(rig, rig.Primary);
        Assert.Equal("00", (await acquirer.AskAsync(Purchases.Reversal(Request())))[39]);
        await NextOwedAsync(rig, rig.Primary);

        await PlayAdministrationAsync(rig, acquirer);
        DateTime now = _time.GetUtcNow().UtcDateTime;
        await acquirer.AskAsync(NetworkMessages.Request(NetworkMessages.Echo, 900_001, now));
        rig.Primary.Send(NetworkMessages.Request(NetworkMessages.Echo, 900_002, now));
        await Rig.UntilAsync(() => rig.Counters.NetworkMessages == 2);
        acquirer.Send(Purchases.AnswerTo(Request()));
        await Rig.UntilAsync(() => rig.Counters.UnmatchedReplies == 1);
        rig.Primary.Send(Purchases.AnswerTo(Request()));
        await Rig.UntilAsync(() => rig.Counters.UnmatchedReplies == 2);
    }

    /// <summary>A file action, an administrative message, and totals that differ: each is answered.</summary>
    private async Task PlayAdministrationAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        PlainMessage block = NetworkMessages.Request("001", 900_010, now);
        (block.Mti, block[70], block[2], block[91], block[120]) = (302, null, TestCards.Make("40", 9_999), "1", "43");
        rig.Primary.Send(block);
        Assert.Equal("00", (await rig.Primary.NextAsync()).Message[39]);
        PlainMessage text = NetworkMessages.Request("001", 900_011, now);
        (text.Mti, text[70]) = (620, null);
        Assert.Equal("00", (await acquirer.AskAsync(text))[39]);
        PlainMessage totals = NetworkMessages.Request("001", 900_012, now);
        (totals.Mti, totals[70], totals[15], totals[50], totals[97]) =
            (500, null, now.ToString("MMdd", CultureInfo.InvariantCulture), "392", "C0000000000000001");
        Assert.Equal("95", (await acquirer.AskAsync(totals))[39]);
    }

    /// <summary>Both are silent twice: stand-in approves, and declines what is over its limit.</summary>
    private async Task PlaySilenceAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        foreach ((long amount, string code) in (IEnumerable<(long, string)>)[(1_500, "00"), (10_001, "61")])
        {
            acquirer.Send(Request(amount: amount));
            Arrival atPrimary = await rig.Primary.NextAsync();
            _time.Advance(IssuerTimeout + TimeSpan.FromMilliseconds(20));
            await rig.Standby.NextAsync();
            _time.Advance(IssuerTimeout + TimeSpan.FromMilliseconds(20));
            Assert.Equal(code, (await acquirer.NextAsync())[39]);
            atPrimary.Answer("05");
            await NextOwedAsync(rig, rig.Primary); // An advice, then a reversal.
            await NextOwedAsync(rig, rig.Standby);
        }

        await Rig.UntilAsync(() => rig.Counters.LateReplies == 2);
    }

    private async Task PlayALostLinkAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(Request());
        await rig.Primary.NextAsync();
        rig.Primary.Reset();
        (await rig.Standby.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkLosses == 1 && _time.Remaining.Any(IsReconnect));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await rig.UntilReadyAsync(isPrimary: true, isStandby: true);
        await NextOwedAsync(rig, rig.Primary);
    }

    /// <summary>A field that is missing, and one that cannot be read: both answered 30.</summary>
    private async Task PlayMistakesAsync(ScriptedAcquirer acquirer)
    {
        PlainMessage request = Request();
        request[41] = null;
        Assert.Equal("30", (await acquirer.AskAsync(request))[39]);
        acquirer.SendBody(Encoding.ASCII.GetBytes(
            "01003220000000000000" + "000000" + "0000000015X0" + "1122101112" + "000001"));
        Assert.Equal("30", (await acquirer.NextAsync())[39]);
    }

    /// <summary>One request that is open at once, on one connection and on all; one a second.</summary>
    private async Task PlayBoundsAsync(Rig rig)
    {
        await using ScriptedAcquirer narrow = await ConnectAsync(rig, "narrow");
        await using ScriptedAcquirer other = await ConnectAsync(rig, "narrow");
        narrow.Send(Request());
        Arrival open = await rig.Primary.NextAsync();
        PlainMessage shed = Request();
        Assert.Equal("96", (await narrow.AskAsync(shed))[39]);
        narrow.Send(Purchases.Repeat(shed));
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.ShedCopies == 1);
        narrow.SendBody("0100unreadable"u8);
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.ShedSilently == 1);
        PlainMessage refused = Request();
        Assert.Equal("96", (await other.AskAsync(refused))[39]);
        other.Send(Purchases.Repeat(refused));
        await Rig.UntilAsync(() => rig.Counters.CopiesUnanswered == 1);
        open.Answer();
        Assert.Equal("00", (await narrow.NextAsync())[39]);

        await using ScriptedAcquirer rated = await ConnectAsync(rig, "rated");
        await AskAsync(rated, Request(), rig.Primary, "00");
        Assert.Equal("96", (await rated.AskAsync(Request()))[39]);
        other.Reset(); // Else they would be kept for the answers that their repeats do not get.
        narrow.Reset();
    }

    private async Task PlayDoorsAsync(Rig rig)
    {
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
        await UntilRefusedAsync(rig, "walled");
        await using (await ConnectAsync(rig, "capped"))
        {
            await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 1);
            await UntilRefusedAsync(rig, "capped");
        }

        await SendAndCloseAsync(rig, static line => line.SendRaw([0xFF, 0xFF])); // More than a message may have.
        await SendAndCloseAsync(rig, static line => line.SendBody("GET / HTTP/1.1"u8));
        ScriptedAcquirer cut = await rig.ConnectAsync();
        cut.SendRaw([0, 0, 0, 40, 0x30]); // An empty frame, and the beginning of one.
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.KeepAlives == 1);
        await cut.DisposeAsync();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.FramesTruncated == 1);
        await using ScriptedAcquirer slow = await rig.ConnectAsync();
        slow.SendRaw([0, 0, 0, 40, 0x30]);
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.KeepAlives == 2);
        _time.Advance(TimeSpan.FromSeconds(6));
        await slow.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.FramesTooSlow == 1);
    }

    /// <summary>Connections that say nothing, or too much of it; one from its address, and one a second.</summary>
    private async Task PlaySilentDoorsAsync(Rig rig)
    {
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
        await using ScriptedAcquirer silent = await ConnectAsync(rig, "doors");
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 1);
        await UntilRefusedAsync(rig, "doors");
        _time.Advance(TimeSpan.FromSeconds(1));
        await using ScriptedAcquirer loud = await ConnectAsync(rig, "doors");
        await silent.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters is { SessionsDisplaced: 1, SessionsNow: 1 });
        loud.SendRaw([0, 0, 0, 0]);
        await loud.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters is { KeepAliveFloods: 1, SessionsNow: 0 });

        await using ScriptedAcquirer early = await ConnectAsync(rig, "doors");
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsDelayed == 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 1);
        _time.Advance(TimeSpan.FromSeconds(2.5));
        await early.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters is { SessionsWithoutMessage: 1, SessionsNow: 0 });

        await using ScriptedAcquirer idle = await ConnectAsync(rig, "doors");
        DateTime now = _time.GetUtcNow().UtcDateTime;
        await idle.AskAsync(NetworkMessages.Request(NetworkMessages.Echo, 900_003, now));
        _time.Advance(TimeSpan.FromSeconds(11.5));
        await idle.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters is { SessionsIdle: 1, SessionsNow: 0 });
    }

    private async Task PlayAnUndeliveredAnswerAsync(Rig rig)
    {
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
        ScriptedAcquirer gone = await rig.ConnectAsync();
        gone.Send(Request());
        Arrival arrival = await rig.Primary.NextAsync();
        gone.Reset();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
        arrival.Answer();
        await Rig.UntilAsync(() => rig.Counters.Undelivered == 1);

        // The grace is over; the reversal has to be durable, and then time has to pass: no faster than it does, or the
        // time-out of what was sent would pass before that is seen.
        _time.Advance(TimeSpan.FromSeconds(1));
        long sends = rig.Counters.OwedSends;
        await Rig.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(rig.Counters.OwedSends == sends ? 1 : 0));
            return rig.Counters.OwedSends > sends;
        });
        (await rig.Primary.NextAsync()).Answer();
    }

    /// <summary>Ended at once, or even before the connect has returned.</summary>
    private static async Task UntilRefusedAsync(Rig rig, string acquirer)
    {
        try
        {
            await using ScriptedAcquirer refused = await ConnectAsync(rig, acquirer);
            await refused.Closed;
        }
        catch (SocketException)
        {
            // The reset was faster.
        }
    }

    private static async Task SendAndCloseAsync(Rig rig, Action<ScriptedAcquirer> send)
    {
        await using ScriptedAcquirer line = await rig.ConnectAsync();
        send(line);
        await line.Closed;
    }

    /// <summary>
    /// What is owed goes when time passes and its record is durable: both are, after an answer. Its acknowledgement is
    /// waited for: what moves the clock next would end it.
    /// </summary>
    private async Task NextOwedAsync(Rig rig, ScriptedIssuer issuer)
    {
        long before = Acknowledged();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        (await issuer.NextAsync()).Answer();
        await Rig.UntilAsync(() => Acknowledged() > before);

        long Acknowledged() => rig.Counters.AdvicesAcknowledged + rig.Counters.ReversalsAcknowledged;
    }

    private static async Task<PlainMessage> AskAsync(
        ScriptedAcquirer acquirer, PlainMessage request, ScriptedIssuer issuer, string code)
    {
        acquirer.Send(request);
        (await issuer.NextAsync()).Answer(code);
        return await acquirer.NextAsync();
    }

    /// <summary>The primary does not decide, and the standby does.</summary>
    private async Task<PlainMessage> AskBothAsync(Rig rig, ScriptedAcquirer acquirer, string code)
    {
        acquirer.Send(Request());
        (await rig.Primary.NextAsync()).Answer("91");
        (await rig.Standby.NextAsync()).Answer(code);
        return await acquirer.NextAsync();
    }

    private static bool IsReconnect(TimeSpan due) =>
        due > TimeSpan.FromMilliseconds(120) && due <= TimeSpan.FromMilliseconds(250);

    private static Task<ScriptedAcquirer> ConnectAsync(Rig rig, string acquirer) =>
        ScriptedAcquirer.ConnectAsync(rig.Server.AcquirerEndPoints[acquirer], Rig.AcquirerDialect);

    /// <summary>Each of another card: nothing waits for what another is owed.</summary>
    private PlainMessage Request(int mti = 100, string? card = null, long amount = 1_500)
    {
        PlainMessage request = Purchases.Authorization(amount, card ?? TestCards.Make("40", ++_cards), mti);
        request[7] = _time.GetUtcNow().ToString("MMddHHmmss", CultureInfo.InvariantCulture);
        return request;
    }

    private Task<Rig> StartAsync() => Rig.StartAsync(new RigSettings
    {
        IssuerTimeout = IssuerTimeout,
        StandbyTimeout = IssuerTimeout,
        Clock = _time,
        Change = options =>
        {
            options.Store.Provider = "None";
            options.Issuers[0].SurelyNotApproved = ["91"];
            options.Issuers.ForEach(static issuer => issuer.Health.Preset = HealthPreset.Off);
            options.Admin.Listen = "127.0.0.1:0";
            options.Issuers.Add(new IssuerOptions
            {
                Name = "dead",
                Endpoints = [_dead.EndPoint.ToString()],
                Connections = 1,
                Reconnect = new ReconnectOptions { Min = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(1) },
            });
            options.Acquirers.AddRange(
            [
                Acquirer("narrow", static acquirer => acquirer.MaxInFlight = 1),
                Acquirer("rated", static acquirer => acquirer.RatePerSecond = 1),
                Acquirer("walled", static acquirer => acquirer.AllowFrom = ["10.0.0.0/8"]),
                Acquirer("capped", static acquirer => acquirer.MaxConnections = 1),
                Acquirer("doors", static acquirer =>
                {
                    acquirer.MaxConnectionsPerAddress = 1;
                    acquirer.ConnectionsPerSecond = 1;
                    acquirer.FirstMessage = TimeSpan.FromSeconds(2);
                    acquirer.Idle = TimeSpan.FromSeconds(11);
                    acquirer.KeepAlivesPerSecond = 1;
                }),
            ]);

            // The switch's clock stands at another date than the messages'.
            options.Acquirers.ForEach(static acquirer => acquirer.Freshness = FreshnessOptions.None());
        },
    });

    private static AcquirerOptions Acquirer(string name, Action<AcquirerOptions> change)
    {
        var acquirer = new AcquirerOptions { Name = name, Listen = "127.0.0.1:0", Dialect = Rig.AcquirerDialect };
        change(acquirer);
        return acquirer;
    }
}
