using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>Options that both simulators take, with their parsing.</summary>
internal sealed class SimulatorOptions
{
    private const int KeyFileSizeMax = 256;

    public Option<string> Dialect { get; } = new("--dialect")
    {
        Description = "Dialect of the simulator: a built-in one such as iso87-ascii, or the .json file of a "
            + "partner's dialect.",
        HelpName = "NAME|FILE",
        DefaultValueFactory = static _ => "iso87-ascii",
    };

    public Option<string> Framing { get; } = new("--framing")
    {
        Description = "How messages are framed: len2, len4-ascii, vap ... (docs/connecting/wire.md), "
            + "each also with +tpdu.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => "len2",
    };

    public Option<string?> Header { get; } = new("--header")
    {
        Description = "The TPDU in hexadecimal, as 6000010002, or a fixed header, as ISO025000077.",
        HelpName = "HEADER",
    };

    public Option<int> Seed { get; } = new("--seed")
    {
        Description = "Seed of the random numbers: the same seed gives the same run.",
        HelpName = "N",
        DefaultValueFactory = static _ => 1,
    };

    public Option<string?> Events { get; } = new("--events")
    {
        Description = "Write one JSON line per message to this file; cards as tokens and masked numbers.",
        HelpName = "FILE",
    };

    public Option<string?> Books { get; } = new("--books")
    {
        Description = "Write the books to this file at the end, for 'simulate compare'.",
        HelpName = "FILE",
    };

    public Option<string?> TlsCertificate { get; } = new("--tls-certificate")
    {
        Description = "Speak TLS, with this certificate: PEM, or PFX with its key.",
        HelpName = "FILE",
    };

    public Option<string?> TlsKey { get; } = new("--tls-key")
    {
        Description = "The certificate's private key in PEM, where it is in another file.",
        HelpName = "FILE",
    };

    public Option<string?> TlsTrust { get; } = new("--tls-trust")
    {
        Description = "Certificates in PEM that the switch's must lead to. Required with --tls-certificate.",
        HelpName = "FILE",
    };

    public Option<string?> MacKey { get; } = new("--mac-key")
    {
        Description = "Seal what is sent and check what comes, with the test key in this file: hexadecimal digits.",
        HelpName = "FILE",
    };

    public Option<MacMethod> Mac { get; } = new("--mac")
    {
        Description = "How MACs are made, with --mac-key: Cbc, Retail or AesCmac.",
        HelpName = "METHOD",
        DefaultValueFactory = static _ => MacMethod.Retail,
    };

    public Option<string?> PinKey { get; } = new("--pin-key")
    {
        Description = "The test key of PIN blocks in this file, of TDES in hexadecimal digits: an acquirer enciphers "
            + "with it, an issuer opens blocks with it and declines a wrong PIN (55).",
        HelpName = "FILE",
    };

    public Option<string?> ZoneKey { get; } = new("--zone-key")
    {
        Description = "Take keys that the switch sends (0800 with 161 or 162), with the test zone master key in this "
            + "file: hexadecimal digits of TDES.",
        HelpName = "FILE",
    };

    public Option<bool> Json { get; } = CommonOptions.Json();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[
            Dialect, Framing, Header, TlsCertificate, TlsKey, TlsTrust, MacKey, Mac, PinKey, Seed, Events, Books, Json])
        {
            command.Add(option);
        }
    }

    /// <summary>The simulator's side of TLS; null: it speaks plain text.</summary>
    /// <exception cref="UsageException">A file is missing, or cannot be used.</exception>
    public SimulatorTls? TlsOf(ParseResult parsed)
    {
        string? certificate = parsed.GetValue(TlsCertificate);
        string? trust = parsed.GetValue(TlsTrust);
        if (certificate is null != trust is null || (certificate is null && parsed.GetValue(TlsKey) is not null))
        {
            throw new UsageException($"{TlsCertificate.Name} and {TlsTrust.Name} go together.");
        }

        try
        {
            return certificate is null ? null : SimulatorTls.Load(certificate, parsed.GetValue(TlsKey), trust!);
        }
        catch (ArgumentException problem)
        {
            throw new UsageException(problem.Message);
        }
    }

    /// <summary>The simulator's MACs; null: it has none.</summary>
    /// <exception cref="UsageException">The file cannot be read, or has no key.</exception>
    public SimulatorMacKey? MacOf(ParseResult parsed)
    {
        if (parsed.GetValue(MacKey) is not { } file)
        {
            return null;
        }

        return OfKey(MacKey.Name, file, $"{parsed.GetValue(Mac)}", key =>
        {
            var mac = new MacOptions { Algorithm = parsed.GetValue(Mac) };
            var made = new SimulatorMacKey(MacRules.PolicyOf(mac).Terms, key);
            made.For(DialectFiles.Find(parsed.GetValue(Dialect)!));
            return made;
        });
    }

    /// <summary>The simulator's PIN blocks; null: it has none.</summary>
    /// <exception cref="UsageException">The file cannot be read, or has no key.</exception>
    public SimulatorPin? PinOf(ParseResult parsed) => parsed.GetValue(PinKey) is { } file
        ? OfKey(PinKey.Name, file, "PIN blocks", static key => new SimulatorPin(key)) : null;

    /// <summary>What opens the keys that are sent to a simulated issuer; null: it takes none.</summary>
    /// <exception cref="UsageException">The file cannot be read, or has no key.</exception>
    public byte[]? ZoneKeyOf(ParseResult parsed) => parsed.GetValue(ZoneKey) is { } file
        ? OfKey(ZoneKey.Name, file, "keys", static key => key.Length == 16
            ? key : throw new ArgumentException("is no key of double length.", nameof(key))) : null;

    /// <summary>A number between two bounds; anything else is wrong usage, and says so.</summary>
    public static Option<double> Number(string name, string description, double @default, double min, double max) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => @default,
            CustomParser = result =>
            {
                bool isNumber = double.TryParse(
                    Text(result), NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
                if (!isNumber || value < min || value > max)
                {
                    result.AddError($"{name} is a number from {min} to {max}.");
                }

                return value;
            },
        };

    /// <summary>A whole number between two bounds.</summary>
    public static Option<int> Count(string name, string description, int @default, int min, int max) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => @default,
            CustomParser = result =>
            {
                if (!int.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                    || value < min || value > max)
                {
                    result.AddError($"{name} is a whole number from {min} to {max}.");
                }

                return value;
            },
        };

    /// <summary>ADDRESS:PORT.</summary>
    public static Option<IPEndPoint> EndPoint(string name, string description, string @default) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => IPEndPoint.Parse(@default),
        CustomParser = result =>
        {
            if (HostPort.TryParseListen(Text(result), out IPEndPoint? endPoint))
            {
                return endPoint;
            }

            result.AddError($"{name} is ADDRESS:PORT, for example {@default}.");
            return null;
        },
    };

    /// <summary>See <see cref="LatencyProfile"/> for the forms.</summary>
    public static Option<LatencyProfile> Latency() => new("--latency")
    {
        Description = "How long each answer takes: 5ms, 5ms..20ms (evenly between) or exp:10ms (exponential).",
        HelpName = "TIME",
        DefaultValueFactory = static _ => LatencyProfile.None,
        CustomParser = static result =>
        {
            if (!LatencyProfile.TryParse(Text(result), out LatencyProfile profile))
            {
                result.AddError("--latency is 5ms, 5ms..20ms or exp:10ms; units are us, ms and s.");
            }

            return profile;
        },
    };

    /// <summary>Opens the events file, if one was asked for.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static EventLog? OpenEvents(string? path)
    {
        try
        {
            return path is null ? null : new EventLog(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--events: {FileFault.Describe(path!, problem)}.");
        }
    }

    /// <summary>Writes the books, if they were asked for.</summary>
    /// <exception cref="UsageException">They cannot be written.</exception>
    public static void WriteBooks(string? path, Func<BooksFile> make)
    {
        try
        {
            if (path is not null)
            {
                make().Write(path);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The books cannot be written: {FileFault.Describe(path!, problem)}.");
        }
    }

    /// <exception cref="UsageException">The file cannot be read, or has no such key.</exception>
    private static T OfKey<T>(string option, string file, string use, Func<byte[], T> make)
    {
        try
        {
            return make(Convert.FromHexString(BoundedFile.ReadText(file, KeyFileSizeMax).Trim()));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: {FileFault.Describe(file, problem)}.");
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException)
        {
            throw new UsageException($"{option}: {file} has no key for {use}.");
        }
    }

    private static string Text(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
}
