using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.HostCommands;
using Switch.Host.Security.Keys;
using Switch.Host.Server;

namespace Switch.Host.Commands;

/// <summary>
/// <c>keys</c>: the wrapped keys of partners, made and moved by the configured security module. No clear key is ever
/// printed, asked for or stored.
/// </summary>
internal static class KeysCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create() => new("keys", "The keys of PIN blocks and MACs, wrapped by the security module.")
    {
        List(), Generate(), Import(), Export(), Retire(), KeysExchangeCommand.Create(), KeysWrapCommand.Master(),
        KeysWrapCommand.Wrap(), KeysWrapCommand.Rewrap(),
    };

    private static Command List()
    {
        var command = new Command(
            "list", "List the keys: kind, generation, check value, and whether a former one is taken.");
        Option<string?> config = CommonOptions.ConfigOrHere();
        Option<bool> json = CommonOptions.Json();
        command.Add(config);
        command.Add(json);
        command.SetAction(parsed =>
        {
            var desk = new Desk(parsed.GetValue(config), parsed.InvocationConfiguration.Output);
            return desk.List(parsed.GetValue(json));
        });
        return command;
    }

    private static Command Generate()
    {
        var command = new Command(
            "generate", "Make a new key. With --under it is also printed for the partner, under a zone master key.");
        (Argument<string> name, Option<KeyKind> kind, Option<string?> config) = AddCommon(command);
        Option<string?> under = Under("Name of the zone master key to print it under.");
        Option<KeyScheme> scheme = Scheme();
        command.Add(under);
        command.Add(scheme);
        command.SetAction((parsed, stop) =>
        {
            var desk = new Desk(parsed.GetValue(config), parsed.InvocationConfiguration.Output);
            return desk.GenerateAsync(
                parsed.GetValue(name)!, parsed.GetValue(kind), parsed.GetValue(under), parsed.GetValue(scheme), stop);
        });
        return command;
    }

    private static Command Import()
    {
        var command = new Command(
            "import", "Take a wrapped key. Without --under it must be under the module's own master key.");
        (Argument<string> name, Option<KeyKind> kind, Option<string?> config) = AddCommon(command);
        var key = new Option<string>("--key")
        {
            Description = "The wrapped key with its scheme: U, T, X, Y, R or S.", HelpName = "KEY", Required = true,
        };
        Option<string?> under = Under("Name of the zone master key that it is under.");
        var value = new Option<string?>("--check-value")
        {
            Description = "Take it only when it has this check value.", HelpName = "DIGITS",
        };
        command.Add(key);
        command.Add(under);
        command.Add(value);
        command.SetAction((parsed, stop) =>
        {
            var desk = new Desk(parsed.GetValue(config), parsed.InvocationConfiguration.Output);
            return desk.ImportAsync(
                parsed.GetValue(name)!, parsed.GetValue(kind), parsed.GetValue(key)!, parsed.GetValue(under),
                parsed.GetValue(value), stop);
        });
        return command;
    }

    private static Command Export()
    {
        var command = new Command("export", "Print the current key for a partner, under a zone master key.");
        Argument<string> name = Name();
        Option<string?> config = CommonOptions.ConfigOrHere();
        var under = new Option<string>("--under")
        {
            Description = "Name of the zone master key.", HelpName = "NAME", Required = true,
        };
        Option<KeyScheme> scheme = Scheme();
        command.Add(name);
        command.Add(config);
        command.Add(under);
        command.Add(scheme);
        command.SetAction((parsed, stop) =>
        {
            var desk = new Desk(parsed.GetValue(config), parsed.InvocationConfiguration.Output);
            return desk.ExportAsync(
                parsed.GetValue(name)!, parsed.GetValue(under)!, parsed.GetValue(scheme), stop);
        });
        return command;
    }

    private static Command Retire()
    {
        var command = new Command("retire", "End the overlap: the key before the current one is not taken any more.");
        Argument<string> name = Name();
        Option<string?> config = CommonOptions.ConfigOrHere();
        var all = new Option<bool>("--all") { Description = "Take out the name with all its keys." };
        command.Add(name);
        command.Add(config);
        var sent = new Option<bool>("--sent")
        {
            Description = "Give up a key that was sent to the partner and not answered: the partner does not have it.",
        };
        command.Add(all);
        command.Add(sent);
        command.SetAction(parsed =>
        {
            var desk = new Desk(parsed.GetValue(config), parsed.InvocationConfiguration.Output);
            return desk.Retire(parsed.GetValue(name)!, parsed.GetValue(all), parsed.GetValue(sent));
        });
        return command;
    }

    private static (Argument<string> Name, Option<KeyKind> Kind, Option<string?> Config) AddCommon(Command command)
    {
        Argument<string> name = Name();
        var kind = new Option<KeyKind>("--kind")
        {
            Description = "What it is for: Zpk and Zak of a zone, Tpk and Tak of a terminal, Bdk, Zmk.",
            Required = true,
        };
        Option<string?> config = CommonOptions.ConfigOrHere();
        command.Add(name);
        command.Add(kind);
        command.Add(config);
        return (name, kind, config);
    }

    private static Argument<string> Name() => new("name")
    {
        Description = "Name of the key, as in acq-zpk.",
        HelpName = "NAME",
    };

    private static Option<string?> Under(string description) => new("--under")
    {
        Description = description, HelpName = "NAME",
    };

    private static Option<KeyScheme> Scheme() => new("--scheme")
    {
        Description = "How it is written: Variant (U), Ansi (X), or Block (R, a key block of X9.143).",
        DefaultValueFactory = static _ => KeyScheme.Ansi,
    };

    /// <summary>One run of a command against the key store and the module of a configuration.</summary>
    private sealed class Desk
    {
        private readonly LoadedConfiguration _loaded;
        private readonly TextWriter _output;
        private readonly string _file;

        /// <exception cref="ConfigurationException">The part about the security module is wrong.</exception>
        public Desk(string? config, TextWriter output)
        {
            // Not the whole: it may name keys that this command is about to make.
            _loaded = ConfigurationLoader.Load(config);
            SecurityRules.ValidateModule(_loaded.Options, _loaded.Errors, _loaded.Environment);
            _loaded.Errors.ThrowIfAny();
            _output = output;
            _file = _loaded.Environment.Resolve(_loaded.Options.Security.KeyStore);
        }

        public int List(bool isJson)
        {
            StoredKey[] keys = [.. Read().Keys.Values];
            if (isJson)
            {
                _output.WriteLine(JsonSerializer.Serialize(keys.Select(static key => new
                {
                    key.Name,
                    Kind = key.Kind.ToString(),
                    Generation = key.Current.Number,
                    key.Current.CheckValue,
                    key.Current.Since,
                    Former = key.Former?.CheckValue,
                    Sent = key.Sent?.CheckValue,
                    Retired = key.Retired.Length,
                }), CommonOptions.JsonFormat));
                return ExitCode.Done;
            }

            var table = new Table { Border = TableBorder.None };
            table.AddColumns("name", "kind", "generation", "check value", "since (UTC)", "former", "sent");
            foreach (StoredKey key in keys)
            {
                table.AddRow(
                    Cell.Of(key.Name), Cell.Of(key.Kind.ToString()),
                    Cell.Of(key.Current.Number.ToString(CultureInfo.InvariantCulture)),
                    Cell.Of(key.Current.CheckValue),
                    Cell.Of(key.Current.Since.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)),
                    Cell.Of(key.Former?.CheckValue ?? ""), Cell.Of(key.Sent?.CheckValue ?? ""));
            }

            CommonOptions.ConsoleOn(_output).Write(table);
            return ExitCode.Done;
        }

        public Task<int> GenerateAsync(
            string name, KeyKind kind, string? under, KeyScheme scheme, CancellationToken stop) =>
            WithModuleAsync(async module =>
            {
                RequireName(name);
                WrappedKey? zmk = under is null ? null : ZoneMaster(under);
                KeyAnswer answer = Require(
                    await module.GenerateKeyAsync(kind, zmk, scheme, stop).ConfigureAwait(false));
                Keep(name, kind, answer);
                if (answer.Exported is { } exported)
                {
                    _output.WriteLine($"Under {under}: {exported.Text}");
                }
            }, stop);

        public Task<int> ImportAsync(
            string name, KeyKind kind, string text, string? under, string? checkValue, CancellationToken stop) =>
            WithModuleAsync(async module =>
            {
                RequireName(name);
                WrappedKey key = WrappedKey.TryParse(text, out WrappedKey? parsed) ? parsed
                    : throw new UsageException("--key is no wrapped key of double or triple length.");
                KeyAnswer answer = under is null
                    ? Require(await module.CheckValueAsync(kind, key, stop).ConfigureAwait(false)) with { Key = key }
                    : Require(await module.ImportKeyAsync(kind, ZoneMaster(under), key, stop).ConfigureAwait(false));
                if (checkValue is not null
                    && !answer.CheckValue.Equals(checkValue, StringComparison.OrdinalIgnoreCase))
                {
                    throw new UsageException(
                        $"The key has check value {answer.CheckValue}, and not {checkValue}. It was not taken.");
                }

                if (answer.IsParityCorrected)
                {
                    _output.WriteLine("The key had bytes of even parity, which the module corrected.");
                }

                Keep(name, kind, answer);
            }, stop);

        public Task<int> ExportAsync(string name, string under, KeyScheme scheme, CancellationToken stop) =>
            WithModuleAsync(async module =>
            {
                StoredKey key = Find(name);
                KeyAnswer answer = Require(await module.ExportKeyAsync(
                    key.Kind, ZoneMaster(under), key.Current.Key, scheme, stop).ConfigureAwait(false));
                _output.WriteLine(
                    $"{name}, check value {answer.CheckValue}, under {under}: {answer.Exported?.Text}");
            }, stop);

        public int Retire(string name, bool isAll, bool isSent)
        {
            Change(store =>
            {
                KeyStoreOutcome outcome = isAll ? store.TryRemove(name, out KeyStore changed)
                    : isSent ? store.TryDropSent(name, out changed) : store.TryRetireFormer(name, out changed);
                return (outcome, changed);
            }, name);
            _output.WriteLine(
                isAll ? $"{name} is taken out."
                : isSent ? $"The key of {name} that was sent is given up."
                : $"Of {name} only the current key is taken now.");
            return ExitCode.Done;
        }

        private async Task<int> WithModuleAsync(Func<ISecurityModule, Task> work, CancellationToken stop)
        {
            ISecurityModule module = SecurityDesk.ModuleOf(
                _loaded.Options, _loaded.Environment, NullLoggerFactory.Instance, TimeProvider.System)
                ?? throw new UsageException("Security:Module is None: there is nothing that can make or move a key.");
            await using (module.ConfigureAwait(false))
            {
                try
                {
                    if (module is HostCommandModule hardware)
                    {
                        await hardware.WhenInUseAsync(stop).WaitAsync(Patience, stop).ConfigureAwait(false);
                    }
                }
                catch (TimeoutException)
                {
                    string[] faults = [.. ((HostCommandModule)module).Faults];
                    throw new NoAnswerException(
                        $"No security module answers. {string.Join("; ", faults)}".TrimEnd());
                }

                await work(module).ConfigureAwait(false);
                return ExitCode.Done;
            }
        }

        private void Keep(string name, KeyKind kind, KeyAnswer answer)
        {
            KeyStore store = Change(before =>
            {
                KeyStoreOutcome outcome = before.TryAdd(
                    name, kind, answer.Key!, answer.CheckValue, DateTimeOffset.UtcNow, out KeyStore changed);
                return (outcome, changed);
            }, name);
            StoredKey key = store.Find(name)!;
            _output.WriteLine($"{name}, {kind}, generation {key.Current.Number}, check value {key.Current.CheckValue}");
        }

        private KeyStore Change(Func<KeyStore, (KeyStoreOutcome, KeyStore)> change, string name)
        {
            (KeyStoreOutcome outcome, KeyStore store) = Trying(() => KeyStoreFile.Change(_file, change));
            return outcome switch
            {
                KeyStoreOutcome.Done => store,
                KeyStoreOutcome.OtherKind => throw new UsageException(
                    $"'{name}' is a key of kind {store.Find(name)?.Kind}. Choose another name."),
                KeyStoreOutcome.Replayed => throw new UsageException(
                    $"'{name}' has, or had, a key of this check value. It is not taken again."),
                KeyStoreOutcome.Full => throw new UsageException($"There are {KeyStore.NamesMax} keys already."),
                _ => throw new UsageException($"'{name}' has no such key."),
            };
        }

        private KeyStore Read() => Trying(() => KeyStoreFile.Read(_file));

        private T Trying<T>(Func<T> work)
        {
            try
            {
                return work();
            }
            catch (FormatException e)
            {
                throw new UsageException($"{_file} cannot be read: {e.Message}");
            }
        }

        private StoredKey Find(string name) => Read().Find(name)
            ?? throw new UsageException($"'{name}' is no key. Known: {Rules.Known(Read().Keys.Keys)}.");

        private WrappedKey ZoneMaster(string name)
        {
            StoredKey key = Find(name);
            return key.Kind == KeyKind.Zmk ? key.Current.Key
                : throw new UsageException($"'{name}' is a key of kind {key.Kind}, and a Zmk is needed.");
        }

        private static void RequireName(string name)
        {
            if (!KeyStoreFile.IsName(name))
            {
                throw new UsageException($"'{name}' must be 1 to 32 letters, digits, '-', '_' or '.'.");
            }
        }

        private static KeyAnswer Require(KeyAnswer answer) => answer.Status switch
        {
            SecurityStatus.Done => answer,
            SecurityStatus.Unavailable => throw new NoAnswerException("No security module gives an answer."),
            SecurityStatus.SourceKeyRejected => throw new UsageException(
                "The module refuses the zone master key or the key itself: parity, use or master key."),
            SecurityStatus.DestinationKeyRejected => throw new UsageException(
                "The module refuses the key: parity, use or the key that it is under."),
            _ => throw new UsageException($"The module refuses it: {answer.Status}."),
        };
    }
}
