using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Switch.Host.Commands;

/// <summary>
/// <c>issuers list|force-standin|restore|pause-advices|resume-advices</c>: how the issuers of a running switch stand,
/// and what operators decide about them.
/// </summary>
internal static class IssuersCommand
{
    private static readonly string[] Columns =
    [
        "name", "links", "linksReady", "inFlight", "isSignedOff", "isForcedToStandIn", "isBreakerOpen",
        "advicesPausedBy", "owed", "parked", "standInExposure",
    ];

    public static Command Create() => new("issuers", "The issuers of the running switch.")
    {
        List(),
        Change("force-standin", "Send it no new requests: standbys and stand-in decide.", "force-standin"),
        Change("restore", "End force-standin.", "restore-issuer"),
        Change("reconnect", "Connect its lost links at once, not at their next attempt.", "reconnect-issuer"),
        Change("pause-advices", "Hold what it is owed.", "pause-advices"),
        Change("resume-advices", "End pause-advices; what the issuer itself stopped stays stopped.", "resume-advices"),
    };

    /// <summary>The names of all issuers.</summary>
    public static async Task<List<string>> NamesAsync(AdminClient client, CancellationToken stop) =>
        [.. (await ReadAsync(client, stop).ConfigureAwait(false)).Select(
            static issuer => issuer.GetProperty("name").GetString()!)];

    private static Command Change(string name, string description, string command) => OperatorOptions.Create(
        name, description, new Argument<string>("issuer") { Description = "Its name in the configuration." },
        command, static issuer => new { issuer });

    private static Command List()
    {
        var command = new Command("list", "Links, breaker, what is owed and parked, who holds what back.");
        var target = new AdminTarget();
        Option<bool> json = CommonOptions.Json();
        target.AddTo(command);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = target.Open(parsed);
            Write(
                parsed.InvocationConfiguration.Output, await ReadAsync(client, stop).ConfigureAwait(false),
                parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<JsonElement[]> ReadAsync(AdminClient client, CancellationToken stop)
    {
        AdminAnswer answer = await client.GetAsync("/api/issuers", stop).ConfigureAwait(false);
        return answer.IsGood
            ? [.. answer.Body.GetProperty("items").EnumerateArray()]
            : throw new UsageException(answer.Outcome);
    }

    private static void Write(TextWriter output, JsonElement[] issuers, bool isJson)
    {
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new { items = issuers }, CommonOptions.JsonFormat));
            return;
        }

        var table = new Table();
        table.AddColumns(Columns);
        foreach (JsonElement issuer in issuers)
        {
            table.AddRow([.. Columns.Select(column => Markup.Escape(issuer.GetProperty(column).ToString()))]);
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }
}
