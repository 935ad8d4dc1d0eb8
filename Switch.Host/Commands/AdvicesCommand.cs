using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Switch.Host.Commands;

/// <summary>
/// <c>advices list|retry|release|write-off</c>: what issuers are owed by a running switch, and what is to become of
/// messages that were refused too often.
/// </summary>
internal static class AdvicesCommand
{
    private const int PageSize = 200;

    private static readonly string[] Columns =
        ["id", "issuer", "kind", "state", "mti", "stan", "card", "amount", "reason", "attempts", "refusals"];

    public static Command Create() => new(
        "advices", "What issuers are owed by the running switch: advices and reversals.")
    {
        List(),
        Change("retry", "Send a parked message again, at the end of its line.", "retry-advice"),
        Change("release", "Send a parked message next, before all that waits for its card.", "release-advice"),
        Change("write-off", "Give a parked message up: the issuer never gets it.", "write-off-advice"),
    };

    private static Command Change(string name, string description, string command) => OperatorOptions.Create(
        name, description, new Argument<string>("id") { Description = "The message's id, as advices list shows it." },
        command, static item => new { item });

    private static Command List()
    {
        var command = new Command("list", "List what waits and what is parked. Cards are masked.");
        var target = new AdminTarget();
        var issuer = new Option<string?>("--issuer") { Description = "Only of this issuer.", HelpName = "NAME" };
        var parked = new Option<bool>("--parked") { Description = "Only messages that wait for a person." };
        var max = new Option<int>("--max")
        {
            Description = "At most so many of each issuer.", DefaultValueFactory = static _ => PageSize,
        };
        Option<bool> json = CommonOptions.Json();
        target.AddTo(command);
        command.Add(issuer);
        command.Add(parked);
        command.Add(max);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = target.Open(parsed);
            List<JsonElement> items = await ReadAsync(
                client, parsed.GetValue(issuer), parsed.GetValue(parked), parsed.GetValue(max), stop)
                .ConfigureAwait(false);
            Write(parsed.InvocationConfiguration.Output, items, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<JsonElement>> ReadAsync(
        AdminClient client, string? only, bool isParked, int max, CancellationToken stop)
    {
        List<string> issuers = only is not null
            ? [only]
            : await IssuersCommand.NamesAsync(client, stop).ConfigureAwait(false);
        var items = new List<JsonElement>();
        foreach (string issuer in issuers)
        {
            int next = 0;
            for (int left = max; left > 0 && next >= 0;)
            {
                string query = $"issuer={Uri.EscapeDataString(issuer)}&after={next}&count={Math.Min(left, PageSize)}"
                    + (isParked ? "&parked=true" : "");
                AdminAnswer answer = await client.GetAsync($"/api/advices?{query}", stop).ConfigureAwait(false);
                if (!answer.IsGood)
                {
                    throw new UsageException(answer.Outcome);
                }

                JsonElement[] page = [.. answer.Body.GetProperty("items").EnumerateArray()];
                items.AddRange(page);
                left -= page.Length;
                next = answer.Body.GetProperty("next").GetInt32();
            }
        }

        return items;
    }

    private static void Write(TextWriter output, List<JsonElement> items, bool isJson)
    {
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new { items }, CommonOptions.JsonFormat));
            return;
        }

        var table = new Table();
        table.AddColumns(Columns);
        foreach (JsonElement item in items)
        {
            table.AddRow([.. Columns.Select(column => Markup.Escape(item.GetProperty(column).ToString()))]);
        }

        CommonOptions.ConsoleOn(output).Write(table);
        output.WriteLine($"{items.Count} messages.");
    }
}
