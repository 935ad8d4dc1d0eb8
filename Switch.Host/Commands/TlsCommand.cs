using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>tls [list|reload]</c>: certificates of a running switch, and who was refused.</summary>
internal static class TlsCommand
{
    public static Command Create()
    {
        var operators = new OperatorGroup(
            "tls", "TLS of the running switch. Without a subcommand it lists partners.",
            "Each partner: its certificate's end, open connections, refusals. Exit code 1 when one needs a person.");
        operators.SetList(async (client, parsed, stop) =>
        {
            AdminAnswer answer = await client.GetAsync("/api/status", stop).ConfigureAwait(false);
            JsonElement[] parties = [.. AdminJson.List(answer.Body, "tls")];
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(operators.Json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(parties, CommonOptions.JsonFormat))
                    .ConfigureAwait(false);
            }
            else
            {
                Write(output, parties);
            }

            string[] warnings =
                [.. AdminJson.List(answer.Body, "warnings").Select(static warning => $"{warning}").Where(IsOfTls)];
            if (!parsed.GetValue(operators.Json))
            {
                foreach (string warning in warnings)
                {
                    await output.WriteLineAsync($"Warning: {warning}.").ConfigureAwait(false);
                }
            }

            return warnings.Length == 0 ? ExitCode.Done : ExitCode.Problems;
        });
        operators.AddChange<string>(
            "reload",
            "Reload certificates, keys, pins and revocation lists, as SIGHUP does. One mistake, and nothing changes.",
            about: null, "reload-tls", static _ => new { });
        return operators.Command;
    }

    private static bool IsOfTls(string warning) =>
        warning.Contains("TLS", StringComparison.Ordinal) || warning.Contains("Tls", StringComparison.Ordinal)
        || warning.StartsWith("the revocation list", StringComparison.Ordinal);

    private static void Write(TextWriter output, JsonElement[] parties)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string column in (string[])["side", "name", "tls", "certificate ends", "pins"])
        {
            table.AddColumn(new TableColumn(column) { NoWrap = true });
        }

        foreach (string column in (string[])["open", "handshakes", "refused"])
        {
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right });
        }

        foreach (JsonElement party in parties)
        {
            bool isTls = AdminJson.Is(party, "isTls");
            long refused = AdminJson.List(party, "refused").Sum(static one => AdminJson.Number(one, "count"));
            string mode = isTls ? "on" : AdminJson.Is(party, "isExposed") ? "PLAIN TEXT" : "loopback";
            table.AddRow(
                new Text(AdminJson.Text(party, "side")), new Text(AdminJson.Text(party, "name")), new Text(mode),
                new Text(isTls ? AdminJson.Text(party, "notAfter") : ""), new Text(AdminJson.Figure(party, "pins")),
                new Text(AdminJson.Figure(party, "open")), new Text(AdminJson.Figure(party, "completed")),
                new Text($"{refused}"));
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }
}
