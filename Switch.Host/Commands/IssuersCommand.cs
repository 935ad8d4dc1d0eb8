using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>
/// <c>issuers [list|force-standin|restore|reconnect|pause-advices|resume-advices]</c>: how the issuers of a running
/// switch stand, and what operators decide about them.
/// </summary>
internal static class IssuersCommand
{
    public static Command Create()
    {
        var operators = new OperatorGroup(
            "issuers", "The issuers of the running switch. Without a subcommand it lists them.",
            "Links, circuit breaker, owed and parked messages, exposure, pauses.");
        operators.SetList(async (client, parsed, stop) =>
        {
            JsonElement[] issuers = await ReadAsync(client, stop).ConfigureAwait(false);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(operators.Json))
            {
                await output.WriteLineAsync(
                    JsonSerializer.Serialize(new { items = issuers }, CommonOptions.JsonFormat)).ConfigureAwait(false);
            }
            else
            {
                IssuersTable.Write(CommonOptions.ConsoleOn(output), issuers);
            }

            return ExitCode.Done;
        });
        Change("force-standin", "Send the issuer no new requests: standbys and stand-in decide.", "force-standin");
        Change("restore", "End force-standin.", "restore-issuer");
        Change("reconnect", "Connect its lost links now, not at their next attempt.", "reconnect-issuer");
        Change(
            "pause-advices", "Pause store-and-forward (SAF) to the issuer: its advices and reversals wait.",
            "pause-advices");
        Change("resume-advices", "End pause-advices. A pause by the issuer itself stays.", "resume-advices");
        return operators.Command;

        void Change(string name, string description, string command) => operators.AddChange(
            name, description, new Argument<string>("issuer") { Description = "Its name in the configuration." },
            command, static issuer => new { issuer });
    }

    /// <summary>All issuers, as the switch shows them.</summary>
    /// <exception cref="UsageException">They are not shown to this caller.</exception>
    public static async Task<JsonElement[]> ReadAsync(AdminClient client, CancellationToken stop)
    {
        AdminAnswer answer = await client.GetAsync("/api/issuers", stop).ConfigureAwait(false);
        if (answer.IsGood && AdminJson.Find(answer.Body, "items") is null)
        {
            throw new UsageException("The server does not report issuers: it is not a switch.");
        }

        return answer.IsGood ? [.. AdminJson.List(answer.Body, "items")] : throw new UsageException(answer.Outcome);
    }

    /// <summary>The names of all issuers.</summary>
    public static async Task<List<string>> NamesAsync(AdminClient client, CancellationToken stop) =>
        [.. (await ReadAsync(client, stop).ConfigureAwait(false)).Select(
            static issuer => AdminJson.Text(issuer, "name"))];
}
