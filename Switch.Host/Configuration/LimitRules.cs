using Switch.Host.Files;

namespace Switch.Host.Configuration;

/// <summary>What must hold for the bounds of the whole switch, its edge, logging and metrics.</summary>
internal static class LimitRules
{
    public static void Validate(SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        ValidateLimits(options.Limits, errors, $"{ConfigurationValidator.Root}:Limits");
        ValidateEdge(options.Edge, errors, $"{ConfigurationValidator.Root}:Edge");
        ValidateOtlp(options.Metrics.Otlp, errors, $"{ConfigurationValidator.Root}:Metrics:Otlp");
        ValidateLogging(options.Logging, errors, $"{ConfigurationValidator.Root}:Logging", environment);
    }

    private static void ValidateLimits(LimitOptions limits, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, $"{path}:PendingMax", limits.PendingMax, 16, 1 << 20,
            "open transactions; their memory is allocated at start.");
        Rules.Range(
            errors, $"{path}:OwedMax", limits.OwedMax, 16, 100_000_000,
            "messages owed to issuers; near this bound new requests are answered 96.");
        Rules.Range(
            errors, $"{path}:OwedInMemory", limits.OwedInMemory, 16, 10_000_000,
            "messages owed to one issuer that stay in memory; the others rest on the journal's disk.");
        Rules.Range(
            errors, $"{path}:StandInMax", limits.StandInMax, 16, 100_000_000,
            "cards and approvals that are counted; at this bound stand-in declines.");
        Rules.Range(
            errors, $"{path}:FileActionsMax", limits.FileActionsMax, 16, 10_000_000,
            "cards that file actions may change; at this bound file actions are answered 29.");
        Rules.Range(
            errors, $"{path}:StandInReserve", limits.StandInReserve,
            TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10),
            "part of the acquirer's deadline that is reserved for the switch's own decision.");
        Rules.Range(
            errors, $"{path}:UndeliveredGrace", limits.UndeliveredGrace, TimeSpan.Zero, TimeSpan.FromHours(1),
            "how long an approval waits for its acquirer before it is reversed.");
        Rules.Range(
            errors, $"{path}:MessageSizeMax", limits.MessageSizeMax, 512, 65_535,
            "bytes of the largest message; every message in memory takes this size.");
        Rules.Range(
            errors, $"{path}:InboxMax", limits.InboxMax, 64, 1 << 20,
            "messages that wait for the core; above this bound sessions shed load.");
        Rules.Range(
            errors, $"{path}:QueueWaitMax", limits.QueueWaitMax, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(2),
            "how long a request may wait for the core; one that would wait longer is refused when it comes.");
        Rules.Range(
            errors, $"{path}:ReceiveBuffer", limits.ReceiveBuffer, 4_096, 4 << 20,
            "bytes of an acquirer's connection that wait in the operating system until they are read.");
        Rules.Range(
            errors, $"{path}:ConnectionBufferMax", limits.ConnectionBufferMax, limits.MessageSizeMax, 256 << 20,
            "bytes that wait for one connection; it must hold at least one message (MessageSizeMax).");
        Rules.Range(
            errors, $"{path}:ConnectionsPerSecond", limits.ConnectionsPerSecond, 0, 100_000,
            "new connections from all addresses; 0 sets no limit.");
        Rules.Range(
            errors, $"{path}:Drain", limits.Drain, TimeSpan.Zero, TimeSpan.FromMinutes(10),
            "how long a stop waits for open transactions.");
    }

    private static void ValidateEdge(EdgeOptions edge, ConfigurationErrors errors, string path)
    {
        errors.Require(
            edge.Transport != EdgeTransport.Epoll || OperatingSystem.IsLinux(),
            $"{path}:Transport",
            "Epoll is of Linux. Use Sockets on this system.");
        Rules.Range(
            errors, $"{path}:Reactors", edge.Reactors, 0, EdgeOptions.ReactorsMax,
            "threads that read sockets with Transport Epoll; 0: the core's thread does.");
    }

    private static void ValidateOtlp(OtlpOptions otlp, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, $"{path}:Interval", otlp.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1),
            "how often metrics are sent to the collector.");
        errors.Require(
            otlp.Endpoint is null || (Uri.TryCreate(otlp.Endpoint, UriKind.Absolute, out Uri? address)
                && address.Scheme is "http" or "https" && address.UserInfo.Length == 0),
            $"{path}:Endpoint",
            "must be http://HOST:PORT or https://HOST:PORT, without a user or password. Null sends nothing.");
    }

    private static void ValidateLogging(
        LoggingOptions logging, ConfigurationErrors errors, string path, ConfigurationEnvironment environment)
    {
        Rules.Range(
            errors, $"{path}:FileSizeMax", logging.FileSizeMax, 1 << 20, 1L << 40, "bytes of one log file.");
        Rules.Range(
            errors, $"{path}:FilesMax", logging.FilesMax, 1, 10_000, "log files kept.");
        if (logging.File is { } file
            && errors.Require(!string.IsNullOrWhiteSpace(file), $"{path}:File", "is blank. Null writes no file."))
        {
            string full = environment.Resolve(file);
            errors.Require(
                !Directory.Exists(full), $"{path}:File",
                $"'{file}' is a folder, where a file is expected: the date is put before its extension.");
            string? obstacle = FolderFault.InTheWay(Path.GetDirectoryName(full) ?? full);
            errors.Require(obstacle is null, $"{path}:File", $"'{file}' cannot be made: {obstacle}");
        }
    }
}
