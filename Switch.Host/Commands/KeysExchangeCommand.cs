using System.CommandLine;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>keys exchange</c>: has the running switch send a new key to an issuer.</summary>
internal static class KeysExchangeCommand
{
    public static Command Create()
    {
        var command = new Command(
            "exchange",
            "Have the running switch send a new key to an issuer (0800). Two persons do it: another one approves.");
        var issuer = new Argument<string>("issuer") { Description = "Its name in the configuration." };
        var kind = new Option<string?>("--kind")
        {
            Description = "zpk or zak, where the issuer has both.", HelpName = "KIND",
        };
        kind.AcceptOnlyFromAmong("zpk", "zak");
        var why = new Option<string>("--why")
        {
            Description = "The reason; it is written to the journal. No card numbers.", Required = true,
            HelpName = "TEXT",
        };
        Option<bool> json = CommonOptions.Json();
        var target = new AdminTarget();
        command.Add(issuer);
        command.Add(kind);
        command.Add(why);
        command.Add(json);
        target.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = target.Open(parsed);
            AdminAnswer answer = await client.CommandAsync(
                "exchange-key",
                new { issuer = parsed.GetValue(issuer), item = parsed.GetValue(kind), why = parsed.GetValue(why) },
                stop).ConfigureAwait(false);
            return await OperatorGroup.SayAsync(
                parsed.InvocationConfiguration.Output, answer, parsed.GetValue(json)).ConfigureAwait(false);
        });
        return command;
    }
}
