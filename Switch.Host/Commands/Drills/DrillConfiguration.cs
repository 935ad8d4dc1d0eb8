using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Routing.Journal;
using Switch.Routing.Settings;

namespace Switch.Host.Commands.Drills;

/// <summary>What a drill needs of its configuration beyond the user's.</summary>
internal sealed record DrillNeeds
{
    /// <summary>The sick issuer has two routes, so that one can be sick alone.</summary>
    public bool SplitsRange { get; init; }

    /// <summary>A second acquirer.</summary>
    public bool HasSecondAcquirer { get; init; }

    /// <summary>A fault proxy between the acquirer and the switch.</summary>
    public bool HasAcquirerProxy { get; init; }

    /// <summary>Keys in files of their own.</summary>
    public bool NamesKeys { get; init; }

    /// <summary>The sick issuer's stand-in profile has a negative file.</summary>
    public bool HasNegativeFile { get; init; }

    /// <summary>A rule of velocity that declines card testing at a terminal, where the user's has none.</summary>
    public bool HasVelocityRule { get; init; }

    /// <summary>The node outlives a write beyond the limit of a file's size: it is an error of the write.</summary>
    public bool IgnoresFileSizeSignal { get; init; }

    /// <summary>In place of <c>Limits:Drain</c>; null: the user's.</summary>
    public TimeSpan? Drain { get; init; }
}

/// <summary>
/// A copy of the user's configuration that a drill may break: the same rules, time-outs and limits, with listeners,
/// issuers, journal, store, keys and log of its own on this machine. Says what it changed.
/// </summary>
internal sealed class DrillConfiguration
{
    public const string NegativeName = "drill-negative.csv";
    public const string SecondAcquirer = "drill-second";

    private const string ThirdIssuer = "drill-third";

    private static readonly JsonSerializerOptions Style = new()
    {
        Converters = { new JsonStringEnumConverter() }, WriteIndented = true,
    };

    private readonly string _folder;
    private readonly List<string> _changes = [];

    private DrillConfiguration(string folder, SwitchOptions options, string sick)
    {
        _folder = folder;
        Options = options;
        Sick = sick;
    }

    public SwitchOptions Options { get; }

    /// <summary>The issuer that gets sick.</summary>
    public string Sick { get; }

    /// <summary>What is other than in the user's configuration, beside what is always replaced.</summary>
    public IReadOnlyList<string> Changes => _changes;

    public string File => Path.Combine(_folder, "drill.json");

    public string Journal => Path.Combine(_folder, "journal");

    public string Log => Path.Combine(_folder, "logs", "switch.log");

    /// <summary>Development, in the drill's folder.</summary>
    public ConfigurationEnvironment Environment => ConfigurationEnvironment.ForTestCards(_folder);

    public IssuerOptions SickIssuer => Options.Issuers.First(issuer => issuer.Name == Sick);

    /// <summary>Cards of these prefixes go to the issuer first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Ranges { get; private set; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The range of the sick issuer that is sick alone, with <see cref="DrillNeeds.SplitsRange"/>.</summary>
    public string SickRange { get; private set; } = "";

    /// <exception cref="UsageException">A drill cannot be played with it.</exception>
    public static DrillConfiguration Copy(DrillContext context, DrillNeeds needs)
    {
        var errors = new ConfigurationErrors();
        SwitchOptions options = ConfigurationLoader.Read(Write(context.Configuration.Options), [], errors);
        errors.ThrowIfAny();
        var copy = new DrillConfiguration(context.Folder, options, FindSick(options, context.Settings.Issuer));
        copy.Replace(context.Configuration.Environment);
        copy.AddThirdIssuer();
        copy.AddNeeds(needs);
        copy.FindRanges();
        return copy;
    }

    /// <summary>The dialect as simulators find it: a built-in one's name, or the file of a partner's.</summary>
    public string DialectOf(string name)
    {
        if (new DialectCatalog().TryGet(name, out _))
        {
            return name;
        }

        foreach (string file in Options.Dialects)
        {
            try
            {
                if (DialectFiles.Find(file).Name == name)
                {
                    return file;
                }
            }
            catch (ArgumentException)
            {
                // It extends another file: the simulators cannot read it alone.
            }
        }

        throw new UsageException($"The drill's simulators cannot speak dialect '{name}'.");
    }

    /// <summary>Where an issuer is.</summary>
    public void Connect(string issuer, IPEndPoint endPoint) =>
        Options.Issuers.First(one => one.Name == issuer).Endpoints = [endPoint.ToString()];

    public void Save() => System.IO.File.WriteAllBytes(File, Write(Options));

    /// <summary>As a file of this configuration, with a change.</summary>
    public void SaveAs(string path, Action<JsonNode> change)
    {
        JsonNode root = JsonNode.Parse(Write(Options))!;
        change(root["Switch"]!);
        System.IO.File.WriteAllText(path, root.ToJsonString(Style));
    }

    /// <summary>A free port below those that the system lends: a node that is down keeps it.</summary>
    public static int FindPort()
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = Random.Shared.Next(10_000, 20_000);
            try
            {
                using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException) when (attempt < 100)
            {
                // Taken: another.
            }
        }
    }

    private static byte[] Write(SwitchOptions options) => JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject { ["Switch"] = JsonSerializer.SerializeToNode(options, Style) }, Style);

    private static string FindSick(SwitchOptions options, string? wanted)
    {
        if (wanted is not null)
        {
            return options.Routes.Exists(route => route.Primary == wanted)
                ? wanted
                : throw new UsageException($"--issuer {wanted} is the primary of no route. Known: "
                    + $"{string.Join(", ", options.Routes.Select(static route => route.Primary).Distinct())}.");
        }

        RouteOptions route = options.Routes.Find(static one => one.Standby.Count > 0 && one.StandIn is not null)
            ?? options.Routes.Find(static one => one.Standby.Count > 0 || one.StandIn is not null)
            ?? options.Routes[0];
        return route.Primary;
    }

    /// <summary>What a drill must never share with the user's switch.</summary>
    private void Replace(ConfigurationEnvironment user)
    {
        Options.Dialects = [.. Options.Dialects.Select(user.Resolve)];
        Options.Journal.Path = "journal";
        Options.Journal.IdentityFile = null;
        Options.Journal.SegmentSize = Math.Min(Options.Journal.SegmentSize, 16 << 20);
        Options.Journal.BufferSize = (int)Math.Min(Options.Journal.BufferSize, Options.Journal.SegmentSize / 2);
        Options.Store.ConnectionString = "Data Source=switch.db";
        if (!Options.Store.Provider.Equals("None", StringComparison.OrdinalIgnoreCase))
        {
            Options.Store.Provider = "Sqlite";
        }

        Options.Admin = new AdminOptions { Listen = "127.0.0.1:0" };
        if (AdminRules.SocketOf(Options, Environment) is null)
        {
            // The folder's path is too long for a socket.
            Options.Admin.Socket = Path.Combine(Path.GetTempPath(), $"switch-{Guid.NewGuid():N}.sock");
        }

        Options.Metrics = new MetricsOptions();
        Options.Keys = new KeyOptions { Development = true };
        Options.Logging = new LoggingOptions { Console = false, File = Path.GetRelativePath(_folder, Log) };
        foreach (AcquirerOptions acquirer in Options.Acquirers)
        {
            acquirer.Listen = $"127.0.0.1:{FindPort()}";
            acquirer.AllowFrom = acquirer.AllowFrom.Count == 0 ? [] : ["127.0.0.0/8"];
        }

        foreach (IssuerOptions issuer in Options.Issuers.Where(static one => one.Endpoints.Count > 1))
        {
            _changes.Add($"{issuer.Name} has one endpoint, not {issuer.Endpoints.Count}.");
        }

        foreach (StandInOptions profile in Options.StandIn.Values)
        {
            profile.NegativeFile = CopyOf(profile.NegativeFile, user);
            profile.PositiveFile = CopyOf(profile.PositiveFile, user);
        }
    }

    private string? CopyOf(string? file, ConfigurationEnvironment user)
    {
        if (file is null)
        {
            return null;
        }

        string name = $"cards-{Directory.EnumerateFiles(_folder, "cards-*").Count()}.csv";
        System.IO.File.Copy(user.Resolve(file), Path.Combine(_folder, name));
        return name;
    }

    /// <summary>One issuer that is neither sick nor a standby of the sick one: a neighbour.</summary>
    private void AddThirdIssuer()
    {
        HashSet<string> involved =
        [
            Sick, .. Options.Routes.Where(route => route.Primary == Sick).SelectMany(static route => route.Standby),
        ];
        if (Options.Routes.Exists(route => !involved.Contains(route.Primary)))
        {
            return;
        }

        string prefix = FreePrefix();
        Options.Issuers.Add(new IssuerOptions { Name = ThirdIssuer, Dialect = "iso87-ascii" });
        Options.Routes.Add(new RouteOptions { Prefix = prefix, Primary = ThirdIssuer });
        _changes.Add($"Added issuer {ThirdIssuer} with cards {prefix}...: a neighbour that is no standby of {Sick}.");
    }

    private string FreePrefix()
    {
        for (int prefix = 9; prefix > 0; prefix--)
        {
            string text = prefix.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (!Options.Routes.Exists(route => route.Prefix.StartsWith(text, StringComparison.Ordinal)))
            {
                return text;
            }
        }

        throw new UsageException("No drill is played: every first digit of card numbers has a route already.");
    }

    private void AddNeeds(DrillNeeds needs)
    {
        RouteOptions route = Options.Routes.First(one => one.Primary == Sick);
        if (needs.SplitsRange)
        {
            SickRange = Enumerable.Range(0, 10).Select(digit => $"{route.Prefix}{digit}")
                .First(prefix => !Options.Routes.Exists(one => one.Prefix == prefix) && prefix[^1] != '0');
            Options.Routes.Add(new RouteOptions
            {
                Prefix = SickRange, Primary = route.Primary, Standby = [.. route.Standby], StandIn = route.StandIn,
            });
            _changes.Add($"Added a route for {SickRange}..., a part of {Sick}'s cards.");
        }

        if (needs.HasSecondAcquirer)
        {
            AcquirerOptions first = Options.Acquirers[0];
            var text = JsonSerializer.Serialize(first, Style);
            AcquirerOptions second = JsonSerializer.Deserialize<AcquirerOptions>(text, Style)!;
            second.Name = SecondAcquirer;
            second.Listen = $"127.0.0.1:{FindPort()}";
            Options.Acquirers.Add(second);
            _changes.Add($"Added acquirer {SecondAcquirer}, as {first.Name}.");
        }

        if (needs.Drain is { } drain)
        {
            Options.Limits.Drain = drain;
            _changes.Add($"Limits:Drain is {drain}, so that the node does not wait longer before it ends.");
        }

        if (needs.NamesKeys)
        {
            Options.Keys = new KeyOptions { Journal = KeyIn("journal.key"), Cards = KeyIn("cards.key") };
            _changes.Add("Keys are files of the drill's own.");
        }

        if (needs.HasVelocityRule && !Options.Velocity.Rules.Exists(
            static rule => rule.Action == VelocityAction.Decline))
        {
            Options.Velocity.Rules.Add(CardTestingRule.Make(ProfileCurrencyOf(route)));
            _changes.Add($"Added a rule of velocity: {ConfigurationExplanation.Describe(Options.Velocity.Rules[^1])}");
        }

        if (needs.HasNegativeFile && route.StandIn is { } name && Options.StandIn[name].NegativeFile is null)
        {
            Options.StandIn[name].NegativeFile = NegativeName;
            System.IO.File.WriteAllText(Path.Combine(_folder, NegativeName), $"{TestCards.Make("999", 1)},41\n");
            _changes.Add($"Added a negative file to stand-in profile {name}.");
        }
    }

    private string ProfileCurrencyOf(RouteOptions route) =>
        route.StandIn is { } name ? Options.StandIn[name].Currency : AcquirerProfile.CurrencyDefault;

    /// <summary>Makes a key that its owner alone can read, and names it.</summary>
    public string KeyIn(string name)
    {
        string file = Path.Combine(_folder, name);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(file, options))
        {
            string digits = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(JournalKeyRing.KeySize));
            stream.Write(Encoding.ASCII.GetBytes(digits));
        }

        return $"file:{name}";
    }

    /// <summary>For each issuer a prefix of cards that really go to it, behind every longer route.</summary>
    private void FindRanges()
    {
        var ranges = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (RouteOptions route in Options.Routes)
        {
            string? prefix = new[] { route.Prefix }
                .Concat(Enumerable.Range(0, 100).Select(tail => $"{route.Prefix}{tail:D2}"))
                .FirstOrDefault(candidate => candidate.Length is > 0 and < 10 && IsRoutedBy(route, candidate));
            if (prefix is not null)
            {
                ranges.TryAdd(route.Primary, []);
                ranges[route.Primary].Add(prefix);
            }
        }

        if (!ranges.ContainsKey(Sick))
        {
            throw new UsageException($"No drill is played: no test card has a prefix that goes to {Sick}.");
        }

        Ranges = ranges.ToDictionary(
            static one => one.Key, static one => (IReadOnlyList<string>)one.Value, StringComparer.Ordinal);
    }

    private bool IsRoutedBy(RouteOptions route, string prefix) =>
        new[] { TestCards.Make(prefix, 0), TestCards.Make(prefix, 9_999) }.All(card =>
            Options.Routes.Where(one => card.StartsWith(one.Prefix, StringComparison.Ordinal))
                .MaxBy(static one => one.Prefix.Length) == route);
}
