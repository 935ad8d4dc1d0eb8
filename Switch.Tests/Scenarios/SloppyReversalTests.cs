using System.Globalization;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: partners whose reversals name nothing (DE 90 of zeros), or the wrong thing, move the money that they mean and
/// no other. Method: the whole switch on sockets, an issuer with books of its own, and a restart in the middle.
/// </summary>
public sealed class SloppyReversalTests
{
    private const int Cards = 50;
    private const int Payments = 1_100;
    private const int Reversed = 1_000;
    private const int StoodIn = 200;
    private const int InFlight = 50;

    private static readonly string Zeros = new('0', 42);

    [Fact]
    public async Task Reversals_AThousandOfZeros_AreEachEffectiveAtTheIssuer_AcrossARestart()
    {
        await using IssuerSimulator issuer = StartIssuer();
        await using Rig rig = await StartAsync(issuer);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0));
        List<PlainMessage> payments = [.. Enumerable.Range(0, Payments).Select(Payment)];
        List<PlainMessage> reversals = [.. payments.Take(Reversed).Select(OfZeros)];

        List<PlainMessage> answers = await AskAllAsync(rig, payments);
        List<PlainMessage> acknowledged = await AskAllAsync(rig, reversals.Take(Reversed / 2));
        await rig.RestartAsync(waitsForLinks: false);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0));
        acknowledged.AddRange(await AskAllAsync(rig, reversals.Skip(Reversed / 2)));

        // Sent again, as a sender does that lost the answer: they change nothing.
        acknowledged.AddRange(await AskAllAsync(rig, reversals.TakeLast(100).Select(Purchases.Repeat)));
        await rig.UntilSettledAsync();

        Assert.All(answers, answer => Assert.Equal("00", answer[39]));
        Assert.Equal(Reversed + 100, acknowledged.Count(answer => answer[39] == "00"));
        Assert.Equal(Reversed, issuer.Read(ledger => ledger.Counters.ReversalsEffective));
        AssertBooks(issuer, payments.Skip(Reversed));
    }

    [Fact]
    public async Task Reversals_OfStandInsOfZeros_LeaveNothingAtTheIssuer()
    {
        await using IssuerSimulator issuer = StartIssuer();
        issuer.Mode = IssuerMode.Refuse;
        await using Rig rig = await StartAsync(issuer);
        List<PlainMessage> payments = [.. Enumerable.Range(0, StoodIn + 50).Select(Payment)];

        List<PlainMessage> answers = await AskAllAsync(rig, payments);
        await AskAllAsync(rig, payments.Take(StoodIn / 2).Select(OfZeros)); // Their advices are unsent: both vanish.
        issuer.Mode = IssuerMode.Normal;
        await rig.UntilSettledAsync();
        long advised = issuer.Read(ledger => ledger.Counters.AdvicesPosted);
        await AskAllAsync(rig, payments.Skip(StoodIn / 2).Take(StoodIn / 2).Select(OfZeros));
        await rig.UntilSettledAsync();

        Assert.All(answers, answer => Assert.Equal("00", answer[39]));
        Assert.Equal(StoodIn + 50, rig.Counters.ApprovedByStandIn);
        Assert.Equal((StoodIn / 2) + 50, advised);
        Assert.Equal(StoodIn / 2, issuer.Read(ledger => ledger.Counters.ReversalsEffective));
        AssertBooks(issuer, payments.Skip(StoodIn));
    }

    /// <summary>The issuer of the other card is told of it, and the payment that was named stays.</summary>
    [Fact]
    public async Task Reversal_NamesAPaymentOfAnotherCard_ThatPaymentStays()
    {
        await using IssuerSimulator issuer = StartIssuer();
        await using Rig rig = await StartAsync(issuer);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0));
        PlainMessage payment = Payment(0);
        await AskAllAsync(rig, [payment]);

        PlainMessage wrong = Purchases.Reversal(payment);
        wrong[2] = CardOf(7);
        PlainMessage answer = Assert.Single(await AskAllAsync(rig, [wrong]));
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.Equal(1, rig.Counters.OriginalsDisagreeing);
        AssertBooks(issuer, [payment]);
        await AskAllAsync(rig, [Purchases.Reversal(payment)]);
        await rig.UntilSettledAsync();
        AssertBooks(issuer, []);
    }

    private static async Task<Rig> StartAsync(IssuerSimulator issuer) => await Rig.StartAsync(new RigSettings
    {
        WaitsForLinks = false,
        IsPrimaryListening = false,
        IsStandbyListening = false,
        Change = options =>
        {
            options.Issuers[0].Endpoints = [issuer.EndPoint.ToString()];
            options.Issuers[0].Advices.Window = 64;
            options.Issuers[0].Advices.RatePerSecond = 10_000;
            options.Routes[0].Standby = [];
            options.StandIn["rules"].PerCard = new PerCardOptions { Count = 100, Amount = 1_000_000 };
        },
    });

    private static IssuerSimulator StartIssuer()
    {
        var issuer = new IssuerSimulator(new IssuerProfile { Name = "primary", Dialect = "iso87-binary" });
        issuer.Start();
        return issuer;
    }

    private static PlainMessage Payment(int number) => Purchases.Authorization(1_000 + number, CardOf(number));

    private static string CardOf(int number) => TestCards.Make("4", number % Cards);

    private static PlainMessage OfZeros(PlainMessage payment)
    {
        PlainMessage reversal = Purchases.Reversal(payment, mti: payment.Stan % 2 == 0 ? 400 : 420);
        reversal[90] = Zeros;
        return reversal;
    }

    // Some at a time, as a host does that keeps a window.
    private static async Task<List<PlainMessage>> AskAllAsync(Rig rig, IEnumerable<PlainMessage> messages)
    {
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        List<PlainMessage> answers = [];
        int sent = 0;
        foreach (PlainMessage message in messages)
        {
            acquirer.Send(message);
            if (++sent - answers.Count >= InFlight)
            {
                answers.Add(await acquirer.NextAsync());
            }
        }

        while (answers.Count < sent)
        {
            answers.Add(await acquirer.NextAsync());
        }

        return answers;
    }

    // What the acquirer holds for given, card by card, against what the issuer has posted.
    private static void AssertBooks(IssuerSimulator issuer, IEnumerable<PlainMessage> kept)
    {
        Dictionary<string, long> ours = kept.GroupBy(payment => payment[2]!)
            .ToDictionary(card => card.Key, card => card.Sum(payment => long.Parse(
                payment[4]!, CultureInfo.InvariantCulture)));
        Dictionary<string, long> theirs = issuer.Read(ledger => ledger.Accounts
            .Where(account => account.Balance != 0).ToDictionary(account => account.Pan, account => account.Balance));
        Assert.Equal(ours.OrderBy(card => card.Key), theirs.OrderBy(card => card.Key));
        Assert.Equal(ours.Values.Sum(), theirs.Values.Sum());
        Assert.Empty(issuer.Read(ledger => ledger.Counters.ComplaintTexts.ToArray()));
    }
}
