using System.CommandLine;
using Switch.Benchmarks.Sabotages;

namespace Switch.Benchmarks.Reference;

/// <summary><c>reference</c>: writes the pages of docs/reference that are made from the code.</summary>
internal static class ReferenceCommand
{
    public static Command Create()
    {
        var command = new Command("reference", "Write the pages of docs/reference that are made from the code.");
        command.SetAction(static _ => Run(SabotageCommand.FindRoot(), Console.Out));
        return command;
    }

    private static int Run(string root, TextWriter output)
    {
        foreach ((string path, string text) in ReferencePages.All())
        {
            string file = Path.Combine(root, path);
            bool isSame = File.Exists(file) && File.ReadAllText(file) == text;
            if (!isSame)
            {
                File.WriteAllText(file, text);
            }

            output.WriteLine($"{path}: {(isSame ? "as it was" : "written")}");
        }

        return 0;
    }
}
