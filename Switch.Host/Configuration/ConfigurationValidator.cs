using System.Net;
using Switch.Host.Files;
using Switch.Protocol.Dialects;

namespace Switch.Host.Configuration;

/// <summary>
/// Judges a configuration as a whole and lists everything that is wrong with it. Reads the files that it names, and
/// changes nothing: <c>check</c> is as safe as looking.
/// </summary>
internal sealed class ConfigurationValidator
{
    public const string Root = ConfigurationReader.Root;

    private readonly SwitchOptions _options;
    private readonly ConfigurationErrors _errors;
    private readonly ConfigurationEnvironment _environment;

    private ConfigurationValidator(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        _options = options;
        _errors = errors;
        _environment = environment;
    }

    /// <summary>Adds every mistake to <paramref name="errors"/>.</summary>
    public static void Validate(SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        ValidateAllButCards(options, errors, environment);
        StandInProfileRules.ValidateCardFiles(options, errors, environment);
    }

    /// <summary>
    /// As <see cref="Validate"/>, for what is compiled next: <see cref="CoreConfigurationBuilder"/> reads the card
    /// files, which may have millions of lines, and judges them as it does. They are read here only when something else
    /// is wrong, so that a refusal still lists every mistake.
    /// </summary>
    public static void ValidateToCompile(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        ValidateAllButCards(options, errors, environment);
        if (errors.Any)
        {
            StandInProfileRules.ValidateCardFiles(options, errors, environment);
        }
    }

    private static void ValidateAllButCards(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment) =>
        new ConfigurationValidator(options, errors, environment).ValidateAll();

    private void ValidateAll()
    {
        Rules.Name(_errors, $"{Root}:Node:Name", _options.Node.Name);
        Rules.Name(_errors, $"{Root}:Node:Cluster", _options.Node.Cluster);
        Rules.Name(_errors, $"{Root}:Node:NegativeFileName", _options.Node.NegativeFileName);
        Rules.Range(
            _errors, $"{Root}:Node:CutoverOffset", _options.Node.CutoverOffset, TimeSpan.Zero, TimeSpan.FromHours(24),
            "added to UTC it gives the settlement date; 09:00:00 cuts over at midnight in Japan.");
        DialectCatalog dialects = DialectFiles.Load(_options, _errors, _environment);
        AcquirerRules.Validate(_options, _errors, dialects);
        IssuerRules.Validate(_options, _errors, dialects);
        RouteRules.Validate(_options, _errors);
        StandInProfileRules.Validate(_options, _errors);
        VelocityRules.Validate(_options, _errors);
        ValidateJournal();
        ValidateListeners();
        LoopRules.Validate(_options, _errors);
        AdminRules.Validate(_options, _errors, _environment);
        ValidateDuplicates();
        LimitRules.Validate(_options, _errors, _environment);
        KeyFile.Validate(_options, _errors, _environment);
        TlsRules.Validate(_options, _errors, _environment);
        SecurityRules.Validate(_options, _errors, _environment, dialects);
        StoreRules.Validate(_options.Store, _errors, _environment);
    }

    // In the journal's folder it would go where the journal goes.
    private void ValidateIdentityFile(JournalOptions journal, string path)
    {
        if (!_errors.Require(
            journal.IdentityFile is null || !string.IsNullOrWhiteSpace(journal.IdentityFile),
            path,
            "is blank. Null: a file beside the journal's folder."))
        {
            return;
        }

        string file = JournalSettings.IdentityFileOf(journal, _environment);
        string folder =
            Path.TrimEndingDirectorySeparator(_environment.Resolve(journal.Path)) + Path.DirectorySeparatorChar;
        _errors.Require(
            !file.StartsWith(folder, StringComparison.Ordinal),
            path,
            $"'{file}' is in the journal's folder. It must survive the loss of that folder: choose another folder.");
        _errors.Require(!Directory.Exists(file), path, $"'{file}' is a folder. It must be a file.");
    }

    private void ValidateJournal()
    {
        const string Path = $"{Root}:Journal";
        JournalOptions journal = _options.Journal;
        if (_errors.Require(
                !string.IsNullOrWhiteSpace(journal.Path),
                $"{Path}:Path",
                "is missing. Nothing may be approved without it."))
        {
            string folder = _environment.Resolve(journal.Path);
            if (_errors.Require(
                !File.Exists(folder),
                $"{Path}:Path",
                $"'{journal.Path}' is a file. Give the journal a folder of its own."))
            {
                string? obstacle = FolderFault.InTheWay(folder);
                _errors.Require(obstacle is null, $"{Path}:Path", $"'{journal.Path}' cannot be made: {obstacle}");
            }

            ValidateIdentityFile(journal, $"{Path}:IdentityFile");
        }

        Rules.Range(
            _errors, $"{Path}:SegmentSize", journal.SegmentSize, 64 << 10, 4L << 30,
            "bytes of one file; small files roll too often, large files are slow to verify.");
        Rules.Range(
            _errors, $"{Path}:BufferSize", journal.BufferSize, 64 << 10, 256 << 20,
            "bytes that may wait for the disk; it must hold many records, and is allocated at start.");
        Rules.Range(
            _errors, $"{Path}:FreeSpaceMin", journal.FreeSpaceMin, 0, 1L << 40,
            "bytes free below which stand-in stops approving; 0 lets the disk fill up.");
        Rules.Range(
            _errors, $"{Path}:CheckpointEvery", journal.CheckpointEvery, 0, 1L << 40,
            "approximate maximum of bytes that a start replays; 0 replays the whole journal.");
        Rules.Range(
            _errors, $"{Path}:Retention", journal.Retention, TimeSpan.Zero, TimeSpan.FromDays(3_650),
            "segments are kept for at least this time.");
        Rules.Range(
            _errors, $"{Path}:ScrubEvery", journal.ScrubEvery, TimeSpan.Zero, TimeSpan.FromDays(365),
            "interval at which each sealed segment is verified again.");
        Rules.Range(
            _errors, $"{Path}:ScrubBytesPerSecond", journal.ScrubBytesPerSecond, 1 << 20, 1L << 32,
            "a lower rate never finishes; a higher rate takes disk bandwidth from payments.");
        _errors.Require(
            journal.BufferSize <= journal.SegmentSize,
            $"{Path}:BufferSize",
            $"{journal.BufferSize} is more than SegmentSize {journal.SegmentSize}: one batch must fit one segment.");
    }

    /// <summary>
    /// Two listeners on one port: the second would fail only once the first is already taking payments.
    /// </summary>
    private void ValidateListeners()
    {
        var taken = new List<(IPEndPoint EndPoint, string Path)>();
        for (int i = 0; i < _options.Acquirers.Count; i++)
        {
            if (_options.Acquirers[i].Connect.Count == 0)
            {
                AddListener(taken, _options.Acquirers[i].Listen, $"{Root}:Acquirers:{i}:Listen");
            }
        }

        for (int i = 0; i < _options.Issuers.Count; i++)
        {
            if (_options.Issuers[i].Listen is { } listen)
            {
                AddListener(taken, listen, $"{Root}:Issuers:{i}:Listen");
            }
        }

        if (_options.Admin.Listen is { } admin)
        {
            AddListener(taken, admin, $"{Root}:Admin:Listen");
        }

        if (_options.Metrics.Listen is { } metrics)
        {
            AddListener(taken, metrics, $"{Root}:Metrics:Listen");
        }
    }

    private void AddListener(List<(IPEndPoint EndPoint, string Path)> taken, string text, string path)
    {
        if (!HostPort.TryParseListen(text, out IPEndPoint? mine))
        {
            _errors.Add(
                path,
                $"'{text}' is not ADDRESS:PORT to listen on, such as 127.0.0.1:8583, 0.0.0.0:8583 or [::]:8583.");
            return;
        }

        foreach ((IPEndPoint other, string otherPath) in taken)
        {
            _errors.Require(
                !Overlap(mine, other),
                path,
                $"{mine} is already taken by {otherPath}: give each listener its own port.");
        }

        taken.Add((mine, path));
    }

    private static bool Overlap(IPEndPoint left, IPEndPoint right) =>
        left.Port == right.Port && left.Port != 0
        && (left.Address.Equals(right.Address) || IsAny(left.Address) || IsAny(right.Address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private void ValidateDuplicates()
    {
        const string Path = $"{Root}:Duplicates";
        Rules.Range(
            _errors, $"{Path}:Window", _options.Duplicates.Window, TimeSpan.FromSeconds(1), TimeSpan.FromDays(31),
            "a repeat within this time gets the same answer; 24:00:00 covers an acquirer's outage of a day.");
        Rules.Range(
            _errors, $"{Path}:MaxEntries", _options.Duplicates.MaxEntries, 1_000, 200_000_000,
            "finished transactions kept in memory, some hundred bytes each.");
        for (int i = 0; i < _options.Acquirers.Count; i++)
        {
            TimeSpan deadline = _options.Acquirers[i].Deadline;
            _errors.Require(
                _options.Duplicates.Window >= deadline,
                $"{Path}:Window",
                $"{Rules.Text(_options.Duplicates.Window)} is shorter than the deadline {Rules.Text(deadline)} of "
                + $"acquirer '{_options.Acquirers[i].Name}': a repeat after a time-out would be executed again.");
        }
    }
}
