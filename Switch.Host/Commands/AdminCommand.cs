using System.CommandLine;
using System.Security.Cryptography;
using Switch.Host.Admin.Access;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Commands;

/// <summary><c>admin token</c>: makes a token, and the line that lets it in.</summary>
internal static class AdminCommand
{
    public static Command Create() => new("admin", "Who may look at the switch and command it.") { Token() };

    private static Command Token()
    {
        var command = new Command(
            "token",
            "Make a token and print its line for the file of Admin:Tokens. The token itself is shown once.");
        var role = new Option<AdminRole>("--role")
        {
            Description = "What it may do: viewer, operator or approver.", Required = true, HelpName = "ROLE",
        };
        var name = new Option<string>("--name")
        {
            Description = "Of the person or machine; it is written to the journal.", Required = true, HelpName = "NAME",
        };
        var file = new Option<string?>("--file")
        {
            Description = "Write the token to this new file, mode 0600, instead of printing it.", HelpName = "FILE",
        };
        command.Add(role);
        command.Add(name);
        command.Add(file);
        command.SetAction(parsed => Make(
            parsed.GetValue(role), parsed.GetValue(name)!, parsed.GetValue(file), parsed.InvocationConfiguration));
        return command;
    }

    private static int Make(AdminRole role, string name, string? file, InvocationConfiguration console)
    {
        if (role == AdminRole.None)
        {
            throw new UsageException("--role is viewer, operator or approver.");
        }

        if (!AdminCredentials.IsName(name))
        {
            throw new UsageException(
                $"--name is 1 to {AdminCredentials.NameMax} letters, digits, '-', '_', '.' or '@'.");
        }

        byte[] token = RandomNumberGenerator.GetBytes(AdminCredentials.TokenSize);
        string text = Convert.ToHexStringLower(token);
        if (file is null)
        {
            console.Error.WriteLine($"Token of {name}, not to be seen again: {text}");
        }
        else if (File.Exists(file))
        {
            throw new UsageException($"{file} is there already.");
        }
        else
        {
            OwnFiles.Make(file);
            File.WriteAllText(file, text + "\n");
        }

        console.Output.WriteLine($"{name} {AdminPolicies.NameOf(role)} {AdminCredentials.HashOf(token)}");
        CryptographicOperations.ZeroMemory(token);
        return ExitCode.Done;
    }
}
