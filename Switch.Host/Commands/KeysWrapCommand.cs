using System.CommandLine;
using System.Security.Cryptography;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Security.Wrapping;

namespace Switch.Host.Commands;

/// <summary>
/// <c>keys master</c>, <c>keys wrap</c> and <c>keys rewrap</c>: the switch's own data keys in files that are of no use
/// without <c>Keys:Master</c>. No clear key is printed or stored.
/// </summary>
internal static class KeysWrapCommand
{
    private const int KeySize = 32;

    public static Command Wrap()
    {
        var command = new Command(
            "wrap", "Make a key of the switch itself in a file, wrapped under Keys:Master, for a wrapped: reference.");
        var purpose = new Argument<KeyPurpose>("purpose")
        {
            Description = "Journal, Cards, or Module (Security:MasterKey).",
        };
        var file = new Option<FileInfo>("--out")
        {
            Description = "The file to make; none may be there.", HelpName = "FILE", Required = true,
        };
        var from = new Option<string?>("--from")
        {
            Description = "Wrap the key that is in use instead of a new one: its file:PATH or env:NAME.",
            HelpName = "REFERENCE",
        };
        Option<string?> config = CommonOptions.ConfigOrHere();
        command.Add(purpose);
        command.Add(file);
        command.Add(from);
        command.Add(config);
        command.SetAction(parsed => Run(parsed.GetValue(config), (masters, loaded) =>
        {
            KeyPurpose of = parsed.GetValue(purpose);
            string path = parsed.GetValue(file)!.FullName;
            byte[] key = parsed.GetValue(from) is { } reference
                ? KeyFile.Resolve(reference, loaded.Errors, "--from", loaded.Environment) ?? []
                : RandomNumberGenerator.GetBytes(KeySize);
            masters.Validate();
            loaded.Errors.ThrowIfAny();
            WrappedKeyFile.Create(path, of, key, masters.Current!);
            Tell(parsed, path, of, key, masters);
            CryptographicOperations.ZeroMemory(key);
        }));
        return command;
    }

    public static Command Master()
    {
        var command = new Command(
            "master", "Make the key that Keys:Master names in its PKCS#11 token: AES-256, which never leaves it.");
        Option<string?> config = CommonOptions.ConfigOrHere();
        command.Add(config);
        command.SetAction(parsed => Run(parsed.GetValue(config), (masters, loaded) =>
        {
            IKeyMaster? made = masters.MakeInToken();
            loaded.Errors.ThrowIfAny();
            parsed.InvocationConfiguration.Output.WriteLine($"Made {made!.Title}.");
        }));
        return command;
    }

    public static Command Rewrap()
    {
        var command = new Command(
            "rewrap", "Wrap files anew under Keys:Master, from Keys:MasterOld. Files that are under it already stay.");
        var files = new Argument<FileInfo[]>("files")
        {
            Description = "The files of wrapped: references.", HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> config = CommonOptions.ConfigOrHere();
        command.Add(files);
        command.Add(config);
        command.SetAction(parsed => Run(parsed.GetValue(config), (masters, loaded) =>
        {
            foreach (FileInfo file in parsed.GetValue(files)!)
            {
                KeyPurpose purpose = WrappedKeyFile.PurposeOf(file.FullName);
                byte[]? key = masters.Unwrap(file.FullName, purpose, file.FullName);
                loaded.Errors.ThrowIfAny();
                WrappedKeyFile.Replace(file.FullName, purpose, key, masters.Current!);
                Tell(parsed, file.FullName, purpose, key, masters);
                CryptographicOperations.ZeroMemory(key);
            }
        }));
        return command;
    }

    private static void Tell(
        ParseResult parsed, string path, KeyPurpose purpose, ReadOnlySpan<byte> key, KeyMasters masters) =>
        parsed.InvocationConfiguration.Output.WriteLine(
            $"{path}: {purpose}, check value {WrappedKeyFile.CheckValueOf(key)}, wrapped under "
            + $"{masters.Current!.Title}");

    // Not the whole configuration: it may refer to files that this command is about to make.
    private static int Run(string? config, Action<KeyMasters, LoadedConfiguration> work)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Load(config);
        loaded.Errors.Require(
            loaded.Options.Keys.Master is not null, $"{ConfigurationValidator.Root}:Keys:Master",
            "is missing: there is nothing to wrap a key under.");
        loaded.Errors.ThrowIfAny();
        using var masters = new KeyMasters(loaded.Options, loaded.Errors, loaded.Environment);
        try
        {
            work(masters, loaded);
            return ExitCode.Done;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or KeyMasterException)
        {
            throw new UsageException($"{problem.Message.TrimEnd('.')}.");
        }
    }
}
