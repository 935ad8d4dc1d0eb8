using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>
/// <c>advices [list|retry|release|write-off]</c>: what issuers are owed by a running switch, and what is to become of
/// messages that were refused too often.
/// </summary>
internal static class AdvicesCommand
{
    private const int PageSize = 200;

    public static Command Create()
    {
        var operators = new OperatorGroup(
            "advices",
            "Store-and-forward (SAF): advices and reversals that issuers are owed. Without a subcommand it lists them.",
            "List what waits and what is parked. Cards are masked.");
        var issuer = new Option<string?>("--issuer") { Description = "Only of this issuer.", HelpName = "NAME" };
        var parked = new Option<bool>("--parked") { Description = "Only parked messages (dead letters)." };
        Option<int> max = SimulatorOptions.Count(
            "--max", "Maximum number of messages per issuer.", PageSize, 1, int.MaxValue);
        operators.SetList(
            async (client, parsed, stop) =>
            {
                OwedList owed = await ReadAsync(
                    client, parsed.GetValue(issuer), parsed.GetValue(parked), parsed.GetValue(max), stop)
                    .ConfigureAwait(false);
                Write(parsed.InvocationConfiguration.Output, owed, parsed.GetValue(operators.Json));
                return ExitCode.Done;
            },
            issuer, parked, max);
        Change("retry", "Send a parked message (dead letter) again, at the end of its queue.", "retry-advice");
        Change(
            "release", "Send a parked message (dead letter) next, before the other messages of its card.",
            "release-advice");
        Change("write-off", "Give up a parked message (dead letter): the issuer never gets it.", "write-off-advice");
        return operators.Command;

        void Change(string name, string description, string command) => operators.AddChange(
            name, description, new Argument<string>("id") { Description = "The message's id, as advices shows it." },
            command, static item => new { item = IdOf(item!) });
    }

    /// <summary>A line for each message where there is room; else lines are folded, and no name or id is.</summary>
    public static void WriteTable(IAnsiConsole console, IEnumerable<JsonElement> items)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(new TableColumn("id") { NoWrap = true });
        table.AddColumn(new TableColumn("issuer") { NoWrap = true });
        table.AddColumn(new TableColumn("message"));
        table.AddColumn(new TableColumn("state"));
        table.AddColumn(new TableColumn("card") { NoWrap = true });
        table.AddColumn(new TableColumn("amount") { Alignment = Justify.Right, NoWrap = true });
        foreach (JsonElement item in items)
        {
            table.AddRow(
                new Text(AdminJson.Text(item, "id")),
                new Text(AdminJson.Text(item, "issuer")),
                new Text($"{KindOf(item)} {AdminJson.Text(item, "mti")}, STAN {AdminJson.Number(item, "stan"):D6}"),
                new Text(StateOf(item)),
                new Text(AdminJson.Text(item, "card")),
                new Text(AmountOf(item)));
        }

        console.Write(table);
    }

    private static async Task<OwedList> ReadAsync(
        AdminClient client, string? only, bool isParked, int max, CancellationToken stop)
    {
        List<string> issuers = await IssuersCommand.NamesAsync(client, stop).ConfigureAwait(false);
        if (only is not null)
        {
            issuers = issuers.Contains(only) ? [only] : throw UsageException.NoIssuer(only, issuers);
        }

        var items = new List<JsonElement>();
        bool isCut = false;
        foreach (string issuer in issuers)
        {
            long next = 0;
            int left = max;
            while (left > 0 && next >= 0)
            {
                string query = $"issuer={Uri.EscapeDataString(issuer)}&after={next}&count={Math.Min(left, PageSize)}"
                    + (isParked ? "&parked=true" : "");
                AdminAnswer answer = await client.GetAsync($"/api/advices?{query}", stop).ConfigureAwait(false);
                if (!answer.IsGood)
                {
                    throw new UsageException(answer.Outcome);
                }

                JsonElement[] page = [.. AdminJson.List(answer.Body, "items")];
                items.AddRange(page);
                left -= page.Length;
                next = AdminJson.Number(answer.Body, "next");
            }

            isCut |= next >= 0;
        }

        return new OwedList(items, isCut);
    }

    private static void Write(TextWriter output, OwedList owed, bool isJson)
    {
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new { items = owed.Items }, CommonOptions.JsonFormat));
            return;
        }

        if (owed.Items.Count > 0)
        {
            WriteTable(CommonOptions.ConsoleOn(output), owed.Items);
        }

        int parked = owed.Items.Count(static item => AdminJson.Text(item, "state") == "Parked");
        output.WriteLine(
            (owed.Items.Count == 1 ? "1 message" : $"{owed.Items.Count} messages")
            + (parked == 0 ? "." : $", {parked} parked: an operator must retry, release or write off the parked "
                + "messages.")
            + (owed.IsCut ? " There are more: raise --max." : ""));
    }

    private static string KindOf(JsonElement item) => AdminJson.Text(item, "kind") switch
    {
        "StandInAdvice" => "advice",
        "DeclineAdvice" => "decline advice",
        "ForwardedAdvice" => "forwarded advice",
        "Reversal" => "reversal",
        "ForwardedReversal" => "forwarded reversal",
        string other => other,
    };

    private static string StateOf(JsonElement item)
    {
        string state = AdminJson.Text(item, "state") switch
        {
            "InFlight" => "in flight",
            string other => other.ToLowerInvariant(),
        };
        long refusals = AdminJson.Number(item, "refusals");
        return state
            + (AdminJson.Number(item, "attempts") is > 0 and var sent ? $", sent {sent}" : "")
            + (refusals > 0 ? $", refused {refusals}" : "");
    }

    // DE 4 has leading zeros, which people count.
    private static string AmountOf(JsonElement item)
    {
        string amount = AdminJson.Text(item, "amount");
        return amount.Length > 0 && amount.TrimStart('0').Length == 0 ? "0" : amount.TrimStart('0');
    }

    private static string IdOf(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? text : throw new UsageException($"'{text}' is not the id of a message: 'advices' lists them.");

    /// <summary>What was read, and whether there is more.</summary>
    private sealed record OwedList(List<JsonElement> Items, bool IsCut);
}
