using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>
/// Commands about one thing of a running switch: alone the group lists, as its <c>list</c> does; the others change
/// something, and take who wants it and why. Which switch is meant, and whether to print JSON, may stand before or
/// behind the name of the command.
/// </summary>
internal sealed class OperatorGroup
{
    private readonly AdminTarget _target = new();

    private readonly Command _list;

    public OperatorGroup(string name, string description, string listDescription)
    {
        Command = new Command(name, description);
        _list = new Command("list", listDescription);
        _target.AddTo(Command, isRecursive: true);
        Json.Recursive = true;
        Command.Add(Json);
        Command.Add(_list);
    }

    public Command Command { get; }

    public Option<bool> Json { get; } = CommonOptions.Json();

    /// <summary>What the group does alone, with options of its own.</summary>
    public void SetList(Func<AdminClient, ParseResult, CancellationToken, Task<int>> action, params Option[] options)
    {
        foreach (Option option in options)
        {
            Command.Add(option);
            _list.Add(option);
        }

        async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
        {
            using AdminClient client = _target.Open(parsed);
            return await action(client, parsed, stop).ConfigureAwait(false);
        }

        Command.SetAction(RunAsync);
        _list.SetAction(RunAsync);
    }

    /// <summary>A command that looks at something in particular.</summary>
    public void AddLook<T>(
        string name, string description, Argument<T> about,
        Func<AdminClient, ParseResult, CancellationToken, Task<int>> action)
    {
        var made = new Command(name, description) { about };
        made.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = _target.Open(parsed);
            return await action(client, parsed, stop).ConfigureAwait(false);
        });
        Command.Add(made);
    }

    /// <summary>
    /// A command that has the switch do something, and prints how that ended: 0 when it is done, durable and so.
    /// </summary>
    /// <param name="name">Its own.</param>
    /// <param name="description">What it does.</param>
    /// <param name="about">What it is done to; null: to nothing in particular.</param>
    /// <param name="command">Its name for the switch.</param>
    /// <param name="bodyOf">What the switch is told beside who and why; throws when that is wrong usage.</param>
    public void AddChange<T>(
        string name, string description, Argument<T>? about, string command, Func<T?, object> bodyOf)
    {
        var made = new Command(name, description);
        Option<string?> who = new("--who")
        {
            Description = "Has no effect: who orders it is said by the credential.", HelpName = "NAME", Hidden = true,
        };
        Option<string> why = new("--why")
        {
            Description = "The reason; it is written to the journal. No card numbers.", Required = true,
            HelpName = "TEXT",
        };
        if (about is not null)
        {
            made.Add(about);
        }

        made.Add(who);
        made.Add(why);
        made.SetAction(async (parsed, stop) =>
        {
            var body = JsonSerializer.SerializeToNode(bodyOf(about is null ? default : parsed.GetValue(about)))!
                .AsObject();
            if (parsed.GetValue(who) is { } said)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(
                    $"--who {said} has no effect: who orders it is said by the credential.").ConfigureAwait(false);
            }

            body["why"] = parsed.GetValue(why);
            using AdminClient client = _target.Open(parsed);
            AdminAnswer answer = await client.CommandAsync(command, body, stop).ConfigureAwait(false);
            return await SayAsync(parsed.InvocationConfiguration.Output, answer, parsed.GetValue(Json))
                .ConfigureAwait(false);
        });
        Command.Add(made);
    }

    /// <summary>Prints how a change ended, and returns the exit code.</summary>
    /// <exception cref="UsageException">It named something that is not there.</exception>
    public static async Task<int> SayAsync(TextWriter output, AdminAnswer answer, bool isJson)
    {
        if (AdminJson.Is(answer.Body, "isUnknownName"))
        {
            throw new UsageException(Describe(answer));
        }

        await output.WriteLineAsync(isJson
            ? JsonSerializer.Serialize(answer.Body, CommonOptions.JsonFormat) : Describe(answer)).ConfigureAwait(false);
        return answer.IsGood && !AdminJson.List(answer.Body, "problems").Any() ? ExitCode.Done : ExitCode.Problems;
    }

    private static string Describe(AdminAnswer answer)
    {
        IEnumerable<string> problems = AdminJson.List(answer.Body, "problems").Select(static one => $"  {one}");
        string outcome = answer.Outcome;
        string first = outcome.Length == 0 ? $"HTTP {(int)answer.Status}"
            : char.ToUpperInvariant(outcome[0]) + outcome[1..].TrimEnd('.') + ".";
        return string.Join(Environment.NewLine, [first, .. problems]);
    }
}
