using Switch.Protocol.Dialects;
using Switch.Routing.Answers;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>What a partner's dialect says of whole messages: their fields, and which reply is whose.</summary>
public class DialectRulesTests
{
    private const string Partner =
        """
        {
          "name": "partner", "extends": "iso87-ascii", "match": "2,4,37,41",
          "messages": {
            "0100": { "mandatory": "37,42,49", "forbidden": "48,60-63" },
            "0120": { "mandatory": "38" },
            "0800": { "mandatory": "7,11,70", "optional": "32" }
          }
        }
        """;

    [Theory]
    [InlineData(42, null, "042")]
    [InlineData(60, "X", "060")]
    [InlineData(90, "010000000111221000000000012345600000000000", "")]
    public void Request_AgainstItsDialectsRules_IsAnswered30NamingTheField(int field, string? text, string named)
    {
        CoreRig rig = WithAcquirer();
        rig.LinksUp();

        rig.Request(change: fields => Change(fields, field, text));
        if (named.Length == 0)
        {
            Assert.Equal("0100", Assert.Single(rig.World.ToLinks).Mti.ToString());
            return;
        }

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal(("0110", "30", named), (answer.Mti.ToString(), answer[39], answer[44]));
        Assert.Empty(rig.World.ToLinks);
        Assert.Equal(1, rig.Counters.FormatErrors);
    }

    /// <summary>A repeat is bound by what binds its original, and other types by their own.</summary>
    [Fact]
    public void Message_OfEachType_HasRulesOfItsOwn()
    {
        CoreRig rig = WithAcquirer();
        rig.Request(stan: 1, mti: "0101", change: fields => fields.Remove(42));
        rig.Request(stan: 2, mti: "0120", change: fields => fields[39] = "00");
        rig.Request(stan: 3, mti: "0200", change: fields => fields.Remove(42));
        rig.FromAcquirer("0800", new Fields { [7] = "1122100000", [11] = "000004", [41] = "TERM0001", [70] = "301" });

        Assert.Equal(
            [("0110", "30", "042"), ("0130", "30", "038"), ("0210", "00", ""), ("0810", "30", "041")],
            rig.Answers.Select(sent => (sent.Mti.ToString(), sent[39], sent[44])));
    }

    /// <summary>DE 7 is not asked for here, DE 37 is.</summary>
    [Theory]
    [InlineData(7, "1122095959", true)]
    [InlineData(37, "632600000002", false)]
    [InlineData(37, null, true)]
    [InlineData(4, "000000005001", false)]
    public void Reply_OfAnIssuerThatMatchesByItsOwnFields_Counts(int field, string? text, bool counts)
    {
        Dialect partner = Load();
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers = [configuration.Issuers[0] with { Dialect = partner }, configuration.Issuers[1]],
        });
        rig.LinksUp();
        rig.Request();

        rig.Reply(rig.World.ToLinks[0], change: fields => Change(fields, field, text));

        Assert.Equal(counts ? 1 : 0, rig.Answers.Count);
        Assert.Equal(counts ? 0 : 1, rig.Counters.UnmatchedReplies);
    }

    private static CoreRig WithAcquirer()
    {
        Dialect partner = Load();
        return new CoreRig(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = partner }],
        });
    }

    private static Dialect Load()
    {
        Assert.True(
            new DialectCatalog().TryAdd(Partner, out Dialect? dialect, out IReadOnlyList<string> mistakes),
            string.Join('\n', mistakes));
        return dialect;
    }

    private static void Change(Fields fields, int field, string? text)
    {
        if (text is null)
        {
            fields.Remove(field);
        }
        else
        {
            fields[field] = text;
        }
    }
}
