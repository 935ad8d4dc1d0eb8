using System.CommandLine;
using System.Globalization;
using System.Text;
using SwitchCommands = Switch.Host.Commands.CommandLine;

namespace Switch.Benchmarks.Reference;

/// <summary>docs/reference/commands.md: the tree of commands, with all arguments and options.</summary>
internal static class CommandsPage
{
    /// <summary>The page as it must be in the repository.</summary>
    public static string Text()
    {
        RootCommand root = SwitchCommands.Build();
        StringBuilder page = ReferencePages.Begin(
            "Commands",
            "Every command of the program. Each also has `--help`. Exit codes: 0 done, 1 found problems,\n"
            + "2 wrong usage or configuration, 70 the journal cannot be trusted or written.");
        page.Append("| Command | What it does |\n| --- | --- |\n");
        foreach ((string path, Command command) in Tree(root, "switch"))
        {
            page.Append("| [`").Append(path).Append("`](#").Append(path.Replace(' ', '-')).Append(") | ")
                .Append(ReferencePages.Cell(command.Description ?? "")).Append(" |\n");
        }

        foreach ((string path, Command command) in Tree(root, "switch"))
        {
            page.Append("\n## ").Append(path).Append("\n\n").Append(command.Description).Append('\n');
            Rows(page, "Argument", command.Arguments.Where(static one => !one.Hidden).Select(Row));
            Rows(page, "Option", OptionsOf(command).Select(Row));
        }

        return ReferencePages.End(page);
    }

    private static IEnumerable<(string Path, Command Command)> Tree(Command command, string path) =>
    [
        (path, command),
        .. command.Subcommands.Where(static child => !child.Hidden)
            .SelectMany(child => Tree(child, $"{path} {child.Name}")),
    ];

    // The root's own --help and --version are said once, above.
    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Where(static one => !one.Hidden && one.GetType().Namespace is not "System.CommandLine.Help"
            && one is not VersionOption);

    private static void Rows(StringBuilder page, string title, IEnumerable<string> rows)
    {
        string[] all = [.. rows];
        if (all.Length > 0)
        {
            page.Append("\n| ").Append(title).Append(" | Value | Default | |\n| --- | --- | --- | --- |\n");
            page.AppendJoin("", all);
        }
    }

    private static string Row(Argument argument) => Row(
        $"`{argument.Name.ToUpperInvariant()}`", ValueOf(argument.ValueType, argument.Arity, argument.HelpName),
        argument.HasDefaultValue ? DefaultOf(argument.GetDefaultValue()) : "required", argument.Description);

    private static string Row(Option option) => Row(
        string.Join(", ", option.Aliases.Prepend(option.Name).Select(static name => $"`{name}`")),
        ValueOf(option.ValueType, option.Arity, option.HelpName),
        option.Required ? "required" : option.HasDefaultValue ? DefaultOf(option.GetDefaultValue()) : "",
        option.Description);

    private static string Row(string name, string value, string byDefault, string? description) =>
        $"| {name} | {ReferencePages.Cell(value)} | {byDefault} | {ReferencePages.Cell(description ?? "")} |\n";

    private static string ValueOf(Type type, ArgumentArity arity, string? helpName)
    {
        Type one = type.IsArray ? type.GetElementType()! : Nullable.GetUnderlyingType(type) ?? type;
        string name = helpName is not null ? $"`{helpName}`"
            : one == typeof(bool) ? ""
            : one.IsEnum ? string.Join(", ", Enum.GetNames(one).Select(static value => $"`{value}`"))
            : one == typeof(TimeSpan) ? "duration"
            : one == typeof(DateTimeOffset) || one == typeof(DateTime) ? "time"
            : one == typeof(string) ? "text"
            : one == typeof(FileInfo) || one == typeof(DirectoryInfo) ? "path"
            : one.IsPrimitive || one == typeof(decimal) ? "number"
            : one.Name;
        return arity.MaximumNumberOfValues > 1 && name.Length > 0 ? $"{name}, any number of them" : name;
    }

    private static string DefaultOf(object? value) => value switch
    {
        null or false or "" => "",
        Array { Length: 0 } => "",
        Array several => string.Join(", ", several.Cast<object>().Select(DefaultOf)),
        IFormattable one => $"`{one.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };
}
