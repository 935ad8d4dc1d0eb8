using Switch.Protocol.Dialects;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Recovery;

/// <summary>The records of a life in which everything happened that a checkpoint must keep.</summary>
internal static class RichHistory
{
    private const string ListedCard = "4000005555555559";

    /// <param name="isMixed">One issuer speaks the edition of 1993, so that times are kept for both.</param>
    public static (CoreConfiguration Configuration, IReadOnlyList<StoredRecord> Records) Make(bool isMixed)
    {
        // The first life is one of version 0.1.
        static CoreConfiguration Former(CoreConfiguration configuration) =>
            configuration with { CardTokens = CardTokenKind.Hmac };
        var rig = new CoreRig(change: configuration => !isMixed ? Former(configuration) : Former(configuration) with
        {
            Issuers =
            [
                configuration.Issuers[0], configuration.Issuers[1] with { Dialect = Dialect.Get("iso93-ascii") },
            ],
        });
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[^1]);
        rig.Request(stan: 12, amount: 3_000);
        rig.Reply(rig.World.ToLinks[^1], code: "10", change: fields => fields[4] = "000000002000"); // In part.
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        rig.Request(stan: 2, amount: 4_000); // Stand-in, owed.
        rig.Request(stan: 3, amount: 3_000, card: CoreRig.OtherCard);
        rig.Reversal(originalStan: 3, stan: 4, amount: 3_000, card: CoreRig.OtherCard); // Netted.
        rig.Reversal(originalStan: 2, stan: 5, amount: 4_000, change: fields => fields[95] = PartOf(1_500));
        rig.LinksUp();
        rig.Advance(TimeSpan.FromSeconds(1)); // Advice goes out; refused as malformed it is parked.
        rig.Reply(rig.World.ToLinks[^1], code: "30");
        rig.FromIssuer("0302", FileAction(stan: 70, card: ListedCard));
        rig.Core.Execute(Command(CoreCommandKind.ForceStandIn, issuer: 1));
        rig.Core.Execute(Command(CoreCommandKind.PauseAdvices, issuer: 0));
        rig.Settle();
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Request(stan: 6, amount: 2_000, card: ListedCard);
        rig.Request(stan: 7, amount: 1_000, card: CoreRig.OtherCard);
        rig.FromAcquirer("0800", new Fields { [7] = "1122100100", [11] = "000090", [70] = "201" });

        // Another epoch, and other tokens.
        CoreRig second = rig.Restart(_ => rig.Configuration with
        {
            CardTokens = CardTokenKind.Cmac,
            CardKeys = new CardKeys(Current: 7, Former: 0),
        });
        second.Core.LinkUp(CoreRig.PrimaryLink);
        second.Request(stan: 8, card: CoreRig.CardWithoutStandIn);
        second.Request(stan: 9, card: CoreRig.CardWithoutStandIn); // Both in doubt.
        second.Reversal(originalStan: 9, stan: 10, card: CoreRig.CardWithoutStandIn);
        second.Reversal(originalStan: 77, stan: 11); // A tombstone; the card has its other token from here on.
        return (second.Configuration, second.World.Records);
    }

    public static CoreCommand Command(CoreCommandKind kind, int issuer) =>
        new() { Kind = kind, Issuer = issuer, Who = "test", Why = "because" };

    private static string PartOf(long remaining) => $"{remaining:D12}{new string('0', 30)}";

    private static Fields FileAction(int stan, string card) => new()
    {
        [2] = card, [7] = "1122100000", [11] = $"{stan:D6}", [91] = "1", [101] = "NEGATIVE",
    };
}
