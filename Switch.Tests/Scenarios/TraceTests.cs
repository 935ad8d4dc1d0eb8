using System.Text;
using System.Text.Json;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>An integrator asks why nothing came back: each refusal is there, with field, byte and reason.</summary>
public class TraceTests
{
    [Fact]
    public async Task Trace_AfterRefusals_SaysWhyEachWasRefused()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage missing = Purchases.Authorization();
        missing[41] = null;
        await acquirer.AskAsync(missing);
        acquirer.SendBody(Encoding.ASCII.GetBytes(
            "01003220000000000000" + "000000" + "0000000015X0" + "1122101112" + "000001"));
        await acquirer.NextAsync();
        PlainMessage first = Purchases.Authorization();
        acquirer.Send(first);
        (await rig.Primary.NextAsync()).Answer("51");
        await acquirer.NextAsync();
        PlainMessage conflict = Purchases.Copy(first, 100);
        conflict[4] = "000000009999";
        await acquirer.AskAsync(conflict);
        await acquirer.AskAsync(Purchases.Authorization(card: TestCards.Make("50", 1)));
        await acquirer.AskAsync(Purchases.Authorization(mti: 700));
        acquirer.Send(Purchases.AnswerTo(first));
        await Rig.UntilAsync(() => rig.Counters.UnmatchedReplies == 1);
        acquirer.SendBody("GET / HTTP/1.1"u8);
        await acquirer.Closed;

        JsonElement[] items = await ReadAsync(rig, "acquirer");
        Assert.Equal(
            [
                "30 41 -1 field 41 is missing, or is not as every message of its type needs it",
                "30 4 36 field 4 (Amount, transaction), at byte 36: ContentNotNumeric: something other than digits",
                "94 0 -1 an earlier message has the same trace number, time and terminal, and another amount, card or "
                    + "field 3",
                "92 2 -1 no route begins with the card's digits",
                "30 0 -1 no such message type is taken from an acquirer",
                " 0 -1 nothing waits for it: a reply to nothing, or a type that asks for no answer",
                " 0 0 the message, at byte 0: BadMti: the message type is not four digits",
            ],
            items.Select(Describe));
        Assert.Contains("2=400000******0002", items[2].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(
            "0100 3(6) 7(10) 11(6)", items[1].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"^session \d+ from 127\.0\.0\.1:\d+$", items[0].GetProperty("connection").GetString());
    }

    /// <summary>A reply that is not taken: what of it disagrees is said to the maker of the issuer's host.</summary>
    [Theory]
    [InlineData(11, "999998", " 11 -1 no message with its trace number (field 11) waits for a reply")]
    [InlineData(41, "TERM9999", " 41 -1 field 41 is not as in the message with its trace number")]
    [InlineData(4, "000000001501", " 4 -1 field 4 is not as in the message with its trace number")]
    [InlineData(39, null, " 39 -1 it has no response code (field 39)")]
    public async Task Trace_AfterAReplyThatDisagrees_NamesTheField(int field, string? other, string expected)
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        Arrival request = await rig.Primary.NextAsync();

        request.Answer("00", answer => answer[field] = other);
        await Rig.UntilAsync(() => rig.Counters.UnmatchedReplies == 1);

        JsonElement item = Assert.Single(await ReadAsync(rig, "primary"));
        Assert.Equal(expected, Describe(item));
        Assert.StartsWith("link primary#0 (", item.GetProperty("connection").GetString(), StringComparison.Ordinal);
        request.Answer("51");
        Assert.Equal("51", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Trace_AfterAFrameOverTheLimit_SaysThatItMayBeAnotherFraming()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.SendRaw("4000000000000002"u8);
        await acquirer.Closed;

        JsonElement item = Assert.Single(await ReadAsync(rig, "acquirer"));
        Assert.Contains("begins with 3430", item.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("another framing", item.GetProperty("reason").GetString(), StringComparison.Ordinal);
        CommandRun text = await RunAsync(rig, "trace");
        Assert.DoesNotContain("40000000", text.Output, StringComparison.Ordinal);
        Assert.Contains("acquirer acquirer, session", text.Output, StringComparison.Ordinal);
        Assert.Contains("  not answered: a frame", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_OfNothingAndOfAnUnknownParty_SaysSo()
    {
        await using Rig rig = await StartAsync();

        CommandRun nothing = await RunAsync(rig, "trace");
        CommandRun unknown = await RunAsync(rig, "trace", "nope");

        Assert.Equal((0, "The switch has refused no message since it started."), (nothing.Code, nothing.Output.Trim()));
        Assert.Equal((2, "party must be one of: acquirer, primary, standby."), (unknown.Code, unknown.Error.Trim()));
    }

    private static string Describe(JsonElement item)
    {
        JsonElement offset = item.GetProperty("offset");
        int at = offset.ValueKind == JsonValueKind.Null ? -1 : offset.GetInt32();
        return $"{item.GetProperty("answer")} {item.GetProperty("field")} {at} {item.GetProperty("reason")}";
    }

    private static async Task<JsonElement[]> ReadAsync(Rig rig, string party)
    {
        CommandRun run = await RunAsync(rig, "trace", party, "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        return
        [
            .. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    private static Task<Rig> StartAsync() => Rig.StartAsync(new RigSettings
    {
        Change = static options => options.Admin = new AdminOptions { Listen = "127.0.0.1:0" },
    });

    private static Task<CommandRun> RunAsync(Rig rig, params string[] arguments) =>
        CommandRun.OfAsync([.. arguments, "--admin", rig.Server.AdminSocket!]);
}
