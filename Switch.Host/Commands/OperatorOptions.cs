using System.CommandLine;
using System.Text.Json;

namespace Switch.Host.Commands;

/// <summary>What every command that changes something takes: who wants it, why, and which switch is meant.</summary>
internal sealed class OperatorOptions
{
    private readonly AdminTarget _target = new();

    private readonly Option<string> _who = new("--who")
    {
        Description = "Who wants it; stands in the journal.", DefaultValueFactory = static _ => Environment.UserName,
        HelpName = "NAME",
    };

    private readonly Option<string> _why = new("--why")
    {
        Description = "Why; stands in the journal. No card numbers.", Required = true, HelpName = "TEXT",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>
    /// A command that has the switch do something, and prints how that ended: 0 when it is done, durable and so.
    /// </summary>
    public static Command Create<T>(
        string name, string description, Argument<T>? about, string command, Func<T?, object> bodyOf)
    {
        var made = new Command(name, description);
        var options = new OperatorOptions();
        if (about is not null)
        {
            made.Add(about);
        }

        options._target.AddTo(made);
        made.Add(options._who);
        made.Add(options._why);
        made.Add(options._json);
        made.SetAction((parsed, stop) => options.RunAsync(
            parsed, command, bodyOf(about is null ? default : parsed.GetValue(about)), stop));
        return made;
    }

    private async Task<int> RunAsync(ParseResult parsed, string command, object about, CancellationToken stop)
    {
        using AdminClient client = _target.Open(parsed);
        var body = JsonSerializer.SerializeToNode(about)!.AsObject();
        body["who"] = parsed.GetValue(_who);
        body["why"] = parsed.GetValue(_why);
        AdminAnswer answer = await client.CommandAsync(command, body, stop).ConfigureAwait(false);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(_json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(answer.Body, CommonOptions.JsonFormat))
                .ConfigureAwait(false);
        }
        else
        {
            await output.WriteLineAsync(Describe(answer)).ConfigureAwait(false);
        }

        return answer.IsGood && !ProblemsOf(answer).Any() ? ExitCode.Done : ExitCode.Problems;
    }

    private static string Describe(AdminAnswer answer)
    {
        string outcome = answer.Outcome;
        string first = outcome.Length == 0 ? $"HTTP {(int)answer.Status}"
            : char.ToUpperInvariant(outcome[0]) + outcome[1..].TrimEnd('.') + ".";
        return string.Join(Environment.NewLine, [first, .. ProblemsOf(answer).Select(static text => $"  {text}")]);
    }

    private static IEnumerable<string?> ProblemsOf(AdminAnswer answer) =>
        answer.Body.TryGetProperty("problems", out JsonElement listed)
            ? listed.EnumerateArray().Select(static problem => problem.GetString())
            : [];
}
