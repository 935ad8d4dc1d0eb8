using System.CommandLine;

namespace Switch.Host.Commands;

/// <summary><c>cards reload</c>: the negative and positive files of a running switch.</summary>
internal static class CardsCommand
{
    public static Command Create() => new("cards", "The card lists of the running switch.")
    {
        OperatorOptions.Create<string>(
            "reload",
            "Read the negative and positive files anew, as SIGHUP does. A file with a mistake changes nothing.",
            about: null, "replace-card-lists", static _ => new { }),
    };
}
