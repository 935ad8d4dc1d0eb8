using System.Globalization;
using System.Net;
using System.Text;
using Switch.Host.Files;

namespace Switch.Host.Configuration;

/// <summary>What must hold for the admin doors, and what their files say.</summary>
internal static class AdminRules
{
    /// <summary>Bytes of a Unix socket's path: sun_path of Linux less the zero at its end.</summary>
    public const int SocketPathMax = 107;

    // 256 lines of a name, a role and a hash are some 40 KB.
    private const int FileSizeMax = 256 * 1024;

    private static string Root => $"{ConfigurationValidator.Root}:Admin";

    /// <summary>Adds every mistake to <paramref name="errors"/>.</summary>
    public static void Validate(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        AdminOptions admin = options.Admin;
        ValidateNames(admin, errors);
        AdminCredentials credentials = Load(options, errors, environment);
        errors.Require(
            admin.Tls is not { Trust: null } || !credentials.HasCertificates,
            $"{Root}:Tls:Trust",
            "is missing, and Tokens names client certificates: set it to the certificate of their authority.");
        if (admin.Listen is { } listen && environment.IsProduction && !IsLoopback(listen) && !IsTls(admin))
        {
            errors.Add(
                $"{Root}:Tls",
                $"is missing, and {listen} is not a loopback address: tokens and what operators see would cross the "
                + "network in plain text.");
        }

        ValidateSocket(options, errors, environment);
        foreach ((string user, AdminRole _) in admin.Users)
        {
            errors.Require(
                AdminCredentials.IsName(user), $"{Root}:Users:{user}", "is no name or number of a user.");
        }

        errors.Require(
            admin.DualControl || !environment.IsProduction, $"{Root}:DualControl",
            "is false: with real cards another person must approve write-offs and changes of trust.");
        Rules.Range(
            errors, $"{Root}:ApprovalTime", admin.ApprovalTime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(24),
            "a request for approval waits for this time.");
        Rules.Range(
            errors, $"{Root}:SessionTime", admin.SessionTime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(24),
            "a browser is signed in for this time.");
    }

    /// <summary>What the file of <c>Admin:Tokens</c> says; adds every mistake to <paramref name="errors"/>.</summary>
    public static AdminCredentials Load(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        string path = $"{Root}:{nameof(AdminOptions.Tokens)}";
        if (options.Admin.Tokens is not { } reference)
        {
            return AdminCredentials.None;
        }

        if (!errors.Require(
            reference.StartsWith("file:", StringComparison.Ordinal), path,
            "must be file:PATH. Make its lines with: switch admin token"))
        {
            return AdminCredentials.None;
        }

        string file = reference[5..];
        try
        {
            file = environment.Resolve(file);
            string text = BoundedFile.ReadText(file, FileSizeMax);
            RequireUnwritable(file, errors, path, environment);
            return AdminCredentials.Parse(text, errors, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException
            or DecoderFallbackException)
        {
            errors.Add(path, $"the file cannot be read: {FileFault.Describe(file, e)}.");
            return AdminCredentials.None;
        }
    }

    /// <summary>Where the command line's socket is; null: there is none.</summary>
    public static string? SocketOf(SwitchOptions options, ConfigurationEnvironment environment)
    {
        if (!OperatingSystem.IsLinux() || options.Admin.Socket == AdminOptions.NoSocket)
        {
            return null;
        }

        string path = options.Admin.Socket is { } named
            ? environment.Resolve(named)
            : Path.TrimEndingDirectorySeparator(environment.Resolve(options.Journal.Path)) + "-admin.sock";

        // A default that is too long is no mistake of a person's: there is no socket then, and it is said.
        return options.Admin.Socket is null && Encoding.UTF8.GetByteCount(path) > SocketPathMax ? null : path;
    }

    /// <summary>What is configured and not what it should be in Production; for notes and the log.</summary>
    public static IEnumerable<ConfigurationError> NotesOf(SwitchOptions options)
    {
        AdminOptions admin = options.Admin;
        if (admin.Listen is { } listen && !IsLoopback(listen) && !IsTls(admin))
        {
            yield return new($"{Root}:Listen", $"{listen} can be reached from other machines in plain text: tokens "
                + "can be read on the way. Set Admin:Tls.");
        }

        if (!admin.DualControl)
        {
            yield return new($"{Root}:DualControl", "is false: one person may do what needs two.");
        }

        if (options.Metrics.Listen is { } metrics && !IsLoopback(metrics))
        {
            yield return new(
                $"{ConfigurationValidator.Root}:Metrics:Listen",
                $"{metrics} can be reached from other machines, without authentication: health and metrics alone.");
        }
    }

    /// <summary>Whether a listener can be reached from this machine alone.</summary>
    public static bool IsLoopback(string listen) =>
        HostPort.TryParseListen(listen, out IPEndPoint? at) && IPAddress.IsLoopback(at.Address);

    private static bool IsTls(AdminOptions admin) => admin.Tls is { IsNone: false };

    private static void ValidateSocket(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        AdminOptions admin = options.Admin;
        if (!errors.Require(
            admin.Socket is null || !string.IsNullOrWhiteSpace(admin.Socket), $"{Root}:Socket",
            $"is blank. Null: beside the journal. \"{AdminOptions.NoSocket}\": none."))
        {
            return;
        }

        if (SocketOf(options, environment) is { } path)
        {
            int size = Encoding.UTF8.GetByteCount(path);
            errors.Require(
                size <= SocketPathMax, $"{Root}:Socket",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{path}' has {size} bytes; the path of a Unix socket has {SocketPathMax} at most."));
            errors.Require(!Directory.Exists(path), $"{Root}:Socket", $"'{path}' is a folder.");
        }

        errors.Require(
            admin.SocketGroup is not { } group || !OperatingSystem.IsLinux() || UserNames.GroupOf(group) is not null,
            $"{Root}:SocketGroup", $"'{admin.SocketGroup}' is no group of this machine.");
    }

    private static void ValidateNames(AdminOptions admin, ConfigurationErrors errors)
    {
        for (int i = 0; i < admin.Names.Count; i++)
        {
            errors.Require(
                Uri.CheckHostName(admin.Names[i]) == UriHostNameType.Dns,
                $"{Root}:Names:{i}",
                $"'{admin.Names[i]}' is not a host name, such as switch-1.example.com, without a port.");
        }
    }

    // Hashes of random tokens are no secret, but who can write a line has every role.
    private static void RequireUnwritable(
        string file, ConfigurationErrors errors, string path, ConfigurationEnvironment environment)
    {
        const int WriteBits = 0x12; // 0022
        if (!environment.IsProduction || !FileFacts.TryOf(file, out FileFacts facts))
        {
            return;
        }

        errors.Require(
            (facts.Permissions & WriteBits) == 0, path,
            $"the file {file} can be changed by other users. Restrict it to its owner: chmod 640 {file}");
        errors.Require(
            Posix.UserId() is var user && (facts.Owner == user || facts.Owner == 0 || user == 0), path,
            $"the file {file} belongs to another user (id {facts.Owner}), who can give every role.");
    }
}
