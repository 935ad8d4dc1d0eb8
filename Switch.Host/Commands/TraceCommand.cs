using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>trace</c>: the messages that a running switch refused last, and why.</summary>
internal static class TraceCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var command = new Command(
            "trace",
            "Show the last messages that the running switch refused: reason, field, byte and the message, "
            + "card data masked.");
        var target = new AdminTarget();
        var party = new Argument<string?>("party")
        {
            Description = "Only of this acquirer or issuer.", Arity = ArgumentArity.ZeroOrOne, HelpName = "NAME",
        };
        var count = new Option<int>("--count")
        {
            Description = "Maximum number of the newest messages; the switch keeps 200 per party.", HelpName = "N",
            DefaultValueFactory = static _ => 20,
        };
        var follow = new Option<bool>("--follow") { Description = "Continue with new refusals." };
        Option<bool> json = CommonOptions.Json();
        command.Add(party);
        target.AddTo(command);
        command.Add(count);
        command.Add(follow);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = target.Open(parsed);
            var writer = new TraceWriter(parsed.InvocationConfiguration.Output, parsed.GetValue(json));
            string? only = parsed.GetValue(party);
            bool mayWait = parsed.GetValue(follow);
            JsonElement[] kept = await ReadAsync(client, only, 0, parsed.GetValue(count), stop).ConfigureAwait(false);
            writer.Write(kept, isAll: !mayWait);
            while (mayWait && !stop.IsCancellationRequested)
            {
                await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!stop.IsCancellationRequested)
                {
                    JsonElement[] more = await ReadAsync(client, only, writer.Last, 200, stop).ConfigureAwait(false);
                    writer.Write(more, isAll: false);
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<JsonElement[]> ReadAsync(
        AdminClient client, string? party, long after, int count, CancellationToken stop)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"/api/trace?after={after}&count={count}");
        AdminAnswer answer = await client.GetAsync(
            party is null ? query : $"{query}&party={Uri.EscapeDataString(party)}", stop).ConfigureAwait(false);
        return answer.IsGood
            ? [.. answer.Body.GetProperty("items").EnumerateArray()]
            : throw new UsageException(answer.Outcome);
    }

    /// <summary>Writes entries, and knows the last.</summary>
    private sealed class TraceWriter(TextWriter output, bool isJson)
    {
        public long Last { get; private set; }

        public void Write(JsonElement[] items, bool isAll)
        {
            foreach (JsonElement item in items)
            {
                Last = Math.Max(Last, item.GetProperty("number").GetInt64());
                output.WriteLine(isJson ? JsonSerializer.Serialize(item, CommonOptions.JsonFormat) : TextOf(item));
            }

            if (isAll && items.Length == 0 && !isJson)
            {
                output.WriteLine("The switch has refused no message since it started.");
            }

            output.Flush();
        }

        private static string TextOf(JsonElement item)
        {
            string answer = item.GetProperty("answer").GetString()!;
            string time = item.GetProperty("time").GetDateTimeOffset()
                .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
            string first =
                $"{time} {item.GetProperty("side")} {item.GetProperty("party")}, {item.GetProperty("connection")}";
            string outcome = answer.Length == 0 ? "not answered" : $"answered {answer}";
            string message = item.GetProperty("message").GetString()!;
            string[] lines = [first, $"  {outcome}: {item.GetProperty("reason")}", $"  {message}"];
            return string.Join(Environment.NewLine, message.Length == 0 ? lines[..2] : lines);
        }
    }
}
