using System.Net;
using Switch.Host.Admin;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Security.Tls;

namespace Switch.Host.Server;

/// <summary>The admin doors: what they are made of at the start, and who is let in from a reload on.</summary>
internal sealed partial class SwitchServer
{
    private readonly AdminAccess _access;
    private AdminServer? _admin;
    private TlsMaterial? _adminTls;

    /// <summary>Where the console is served; null when not configured, or not started.</summary>
    public IPEndPoint? AdminEndPoint => _admin?.EndPoint;

    /// <summary>Where health and metrics alone are served; null when not configured, or not started.</summary>
    public IPEndPoint? MetricsEndPoint => _admin?.MetricsEndPoint;

    /// <summary>The socket that serves the command line; null when there is none, or not started.</summary>
    public string? AdminSocket { get; private set; }

    /// <summary>Whether a reload has tokens to read.</summary>
    public bool HasTokens => _options.Admin.Tokens is not null;

    /// <summary>Reads the file of tokens anew and takes those in it from here on, or none of them.</summary>
    /// <returns>Why not; empty when it is done.</returns>
    public IReadOnlyList<ConfigurationError> ReloadTokens(string who, string why)
    {
        var errors = new ConfigurationErrors();
        AdminCredentials credentials = AdminRules.Load(_options, errors, _environment);
        foreach (ConfigurationError error in errors.All)
        {
            AdminLog.TokensNotReplaced(_logger, error.Path, error.Problem);
        }

        if (!errors.Any)
        {
            _access.Replace(credentials);
            AdminLog.TokensReplaced(_logger, who, why, credentials.Count);
        }

        return errors.All;
    }

    private AdminAccess NewAccess()
    {
        var errors = new ConfigurationErrors();
        AdminCredentials credentials = AdminRules.Load(_options, errors, _environment);
        errors.ThrowIfAny();
        return new AdminAccess(_options.Admin, credentials, _clock, _logger);
    }

    // First, so that monitoring sees it recover.
    private async Task OpenAdminAsync(CancellationToken ct)
    {
        IPEndPoint? listen = EndPointOf(_options.Admin.Listen);
        IPEndPoint? metrics = EndPointOf(_options.Metrics.Listen);
        CommandSocket? socket = SocketOf();
        if (listen is null && metrics is null && socket is null)
        {
            return;
        }

        string[] issuers = [.. _options.Issuers.Select(issuer => issuer.Name)];
        string[] parties = [.. _options.Acquirers.Select(acquirer => acquirer.Name), .. issuers];
        _adminTls = _configuration.Tls.Admin;
        _admin = await AdminServer.StartAsync(
            new AdminParts
            {
                Listen = listen,
                Metrics = metrics,
                Socket = socket,
                Tls = _adminTls is null ? null : () => Volatile.Read(ref _adminTls)!,
                Access = _access,
                Read = Status,
                Loggers = _loggers,
                Names = _options.Admin.Names,
                Commands = new AdminCommands(issuers, ExecuteAsync, ReplaceCardListsAsync)
                {
                    ReloadTls = ReloadTlsAsync,
                },
                Trace = new AdminTrace(parties, _shared.Trace),
                Exporter = _metrics,
            },
            ct).ConfigureAwait(false);
        AdminSocket = socket?.Path;
        if (_admin.EndPoint is { } open && _access.Credentials.Count == 0)
        {
            AdminLog.NoCredentials(_logger, open);
        }
    }

    private static IPEndPoint? EndPointOf(string? listen) =>
        listen is not null && HostPort.TryParseListen(listen, out IPEndPoint? at) ? at : null;

    // What the configuration names must be. Beside a journal there may be no place for it: then it is said, and what is
    // wrong with the journal is the journal's to say.
    private CommandSocket? SocketOf()
    {
        string? path = AdminRules.SocketOf(_options, _environment);
        try
        {
            uint? group = _options.Admin.SocketGroup is { } name ? UserNames.GroupOf(name) : null;
            if (path is not null)
            {
                return CommandSocket.Open(path, group);
            }

            if (OperatingSystem.IsLinux() && _options.Admin.Socket is null)
            {
                AdminLog.NoSocket(_logger, "the path beside the journal is too long");
            }
        }
        catch (IOException problem) when (_options.Admin.Socket is null)
        {
            AdminLog.NoSocket(_logger, problem.Message.TrimEnd('.'));
        }

        return null;
    }
}
