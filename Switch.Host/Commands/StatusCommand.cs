using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Switch.Host.Commands;

/// <summary><c>status</c>: whether a running switch takes payments (exit code 1: it does not), and figures.</summary>
internal static class StatusCommand
{
    private static readonly string[] Groups = ["core", "edge", "journal"];

    public static Command Create()
    {
        var command = new Command(
            "status", "Whether the running switch takes payments, its issuers and its figures. Exit code 1 when not.");
        var target = new AdminTarget();
        Option<bool> json = CommonOptions.Json();
        target.AddTo(command);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = target.Open(parsed);
            AdminAnswer answer = await client.GetAsync("/api/status", stop).ConfigureAwait(false);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(answer.Body, CommonOptions.JsonFormat))
                    .ConfigureAwait(false);
            }
            else
            {
                Write(output, answer.Body);
            }

            return answer.Body.GetProperty("isReady").GetBoolean() ? ExitCode.Done : ExitCode.Problems;
        });
        return command;
    }

    private static void Write(TextWriter output, JsonElement status)
    {
        string node = status.GetProperty("node").GetString()!;
        output.WriteLine(status.GetProperty("isReady").GetBoolean()
            ? $"{node} takes payments."
            : $"{node} takes no payments: {status.GetProperty("notReadyBecause").GetString()}.");
        IAnsiConsole console = CommonOptions.ConsoleOn(output);
        var issuers = new Table().AddColumns("issuer", "links", "ready");
        foreach (JsonElement issuer in status.GetProperty("issuers").EnumerateArray())
        {
            issuers.AddRow(
                Markup.Escape(issuer.GetProperty("name").GetString()!), issuer.GetProperty("links").ToString(),
                issuer.GetProperty("linksReady").ToString());
        }

        console.Write(issuers);
        var figures = new Table().AddColumns("figure", "value");
        foreach (string group in Groups)
        {
            foreach (JsonProperty figure in status.GetProperty(group).EnumerateObject())
            {
                if (figure.Value.ValueKind == JsonValueKind.Number && figure.Value.GetRawText() != "0")
                {
                    figures.AddRow(Markup.Escape($"{group}.{figure.Name}"), figure.Value.ToString());
                }
            }
        }

        console.Write(figures);
    }
}
