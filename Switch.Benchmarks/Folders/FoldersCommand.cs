using System.CommandLine;
using Switch.Host.Configuration;
using Switch.Protocol.Fields;
using Switch.Routing.Settings;

namespace Switch.Benchmarks.Folders;

/// <summary>
/// <c>folders</c>: prints what each folder of a project imports, from top to bottom, and the knots. Exit code 1 when
/// there is a knot.
/// </summary>
internal static class FoldersCommand
{
    /// <summary>A project's namespace and its assembly, from the bottom of the house.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } = new[]
    {
        typeof(Mti).Assembly, typeof(CoreConfiguration).Assembly, typeof(SwitchOptions).Assembly,
    }.ToDictionary(static assembly => assembly.GetName().Name!, static assembly => assembly.Location);

    public static Command Create()
    {
        var command = new Command(
            "folders",
            "Print what each folder of the compiled projects imports, and the knots: folders that import each other. "
            + "Constants are inlined by the compiler and are not seen.");
        var project = new Option<string[]>("--project")
        {
            Description = "Switch.Protocol, Switch.Routing or Switch.Host; all without it.",
            DefaultValueFactory = _ => [.. Projects.Keys],
        };
        project.AcceptOnlyFromAmong([.. Projects.Keys]);
        var why = new Option<string[]>("--why")
        {
            Description = "Two folders: list the members of the first that name a type of the second.",
            Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true,
        };
        command.Add(project);
        command.Add(why);
        command.SetAction(parsed => Run(parsed.GetValue(project)!, parsed.GetValue(why), Console.Out));
        return command;
    }

    /// <param name="why">Two folders, or nothing for the whole list.</param>
    internal static int Run(string[] projects, string[]? why, TextWriter output)
    {
        int knots = 0;
        foreach (string project in projects)
        {
            FolderGraph graph = FolderGraph.Read(Projects[project], project);
            knots += graph.Knots().Count;
            if (why is [var from, var to])
            {
                Explain(graph, from, to, output);
            }
            else
            {
                List(project, graph, output);
            }
        }

        return knots == 0 || why is [_, _] ? 0 : 1;
    }

    private static void List(string project, FolderGraph graph, TextWriter output)
    {
        output.WriteLine(project);
        foreach (string folder in graph.Floors())
        {
            output.WriteLine(graph.Line(folder));
        }

        foreach (IReadOnlyList<string> knot in graph.Knots())
        {
            output.WriteLine($"A knot of {knot.Count} folders: {string.Join(' ', knot)}");
        }

        output.WriteLine($"{graph.Folders.Count} folders, {graph.Knots().Count} knots.");
        output.WriteLine();
    }

    private static void Explain(FolderGraph graph, string from, string to, TextWriter output)
    {
        foreach (FolderUse use in graph.Why(from, to))
        {
            output.WriteLine($"{use.Member} -> {use.Type}");
        }
    }
}
