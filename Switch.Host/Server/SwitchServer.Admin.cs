using System.Net;
using Microsoft.AspNetCore.Http;
using Switch.Host.Admin;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Security.Tls;
using Switch.Routing.Operations;
using Switch.Routing.Records;

namespace Switch.Host.Server;

/// <summary>The admin doors: what they are made of at the start, and who is let in from a reload on.</summary>
internal sealed partial class SwitchServer
{
    // Who a signal's reload is of, in records.
    private const string Signal = "signal";
    private const string SignalName = "SIGHUP";

    private readonly AdminAccess _access;
    private readonly OpenRequests _requests;
    private readonly AuditTrail _trail = new();
    private AdminServer? _admin;
    private KeySender? _keySender;
    private TlsMaterial? _adminTls;

    /// <summary>Where the console is served; null when not configured, or not started.</summary>
    public IPEndPoint? AdminEndPoint => _admin?.EndPoint;

    /// <summary>Where health and metrics alone are served; null when not configured, or not started.</summary>
    public IPEndPoint? MetricsEndPoint => _admin?.MetricsEndPoint;

    /// <summary>The socket that serves the command line; null when there is none, or not started.</summary>
    public string? AdminSocket { get; private set; }

    /// <summary>
    /// Card lists, tokens, keys and what TLS is made of are read anew, because a signal says so. Each of them is
    /// replaced as a whole or not at all, is in the journal, and logs how it ended.
    /// </summary>
    public async Task ReloadBySignalAsync()
    {
        await ReplaceCardListsAsync(Signal, SignalName, OfSignal("replace-card-lists")).ConfigureAwait(false);
        if (_options.Admin.Tokens is not null)
        {
            await ReloadTokensAsync(Signal, SignalName).ConfigureAwait(false);
        }

        if (_doors.Any || _security.Doors.Any || _adminTls is not null)
        {
            await ReloadTlsAsync(Signal, SignalName).ConfigureAwait(false);
        }

        if (_security.HasKeys)
        {
            await AuditedAsync(
                Signal, SignalName, OfSignal("reload-keys"),
                () => _security.ReloadKeysAsync(Signal, SignalName, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the file of tokens anew and takes those in it from here on, or none of them.</summary>
    /// <returns>Why not; empty when it is done.</returns>
    public Task<IReadOnlyList<ConfigurationError>> ReloadTokensAsync(string who, string why) =>
        AuditedAsync(who, why, OfSignal("reload-tokens"), () => Task.FromResult(ReplaceTokens(who, why)));

    private static AuditEntry OfSignal(string command) =>
        new() { Command = command, Role = Signal, From = "a signal" };

    // What it changes is not in the journal, so that it begins is, and how it ended.
    private async Task<IReadOnlyList<ConfigurationError>> AuditedAsync(
        string who, string why, AuditEntry audit, Func<Task<IReadOnlyList<ConfigurationError>>> change)
    {
        CoreCommandOutcome begun = await RecordAsync(AuditOutcome.Begun).ConfigureAwait(false);
        if (begun != CoreCommandOutcome.Done)
        {
            var errors = new ConfigurationErrors();
            errors.Add(ConfigurationValidator.Root, $"{audit.Command} cannot be recorded in the journal: {begun}.");
            return errors.All;
        }

        IReadOnlyList<ConfigurationError> problems = await change().ConfigureAwait(false);
        await RecordAsync(problems.Count == 0 ? AuditOutcome.Done : AuditOutcome.Refused).ConfigureAwait(false);
        return problems;

        async Task<CoreCommandOutcome> RecordAsync(AuditOutcome outcome)
        {
            CoreCommandResult result = await ExecuteAsync(new CoreCommand
            {
                Kind = CoreCommandKind.Audit, Who = who, Why = why, Audit = audit with { Outcome = outcome },
            }).ConfigureAwait(false);
            return result.Outcome;
        }
    }

    // Its beginning is in the journal before the key leaves, and its end.
    private async Task<AdminOutcome> ExchangeKeyAsync(
        string who, string why, AuditEntry audit, int issuer, string? kind)
    {
        AdminOutcome? outcome = null;
        IReadOnlyList<ConfigurationError> problems = await AuditedAsync(who, why, audit, async () =>
        {
            outcome = await _keySender!.SendAsync(issuer, kind).ConfigureAwait(false);
            var errors = new ConfigurationErrors();
            errors.Require(
                outcome.Status == StatusCodes.Status200OK, ConfigurationValidator.Root, $"{outcome.Outcome}.");
            return errors.All;
        }).ConfigureAwait(false);
        return outcome ?? new AdminOutcome(
            StatusCodes.Status503ServiceUnavailable, string.Join("; ", problems.Select(static one => one.Problem)));
    }

    private IReadOnlyList<ConfigurationError> ReplaceTokens(string who, string why)
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

    private OrderParts OrdersOf(string[] issuers) => new()
    {
        Issuers = issuers,
        Execute = ExecuteAsync,
        ReplaceCardLists = ReplaceCardListsAsync,
        ReloadTls = ReloadTlsAsync,
        TlsTrust = TlsTrustAsync,
        Settings = () => Guard?.Now ?? GuardedSettings.Of(_options),
        ApproveSettings = ApproveSettingsAsync,
        KeyObjection = (issuer, kind) => _keySender is { } sender
            ? sender.Objection(issuer, kind) : "there is no security module",
        ExchangeKey = ExchangeKeyAsync,
        IsDual = _options.Admin.DualControl,
        Requests = _requests,
    };

    private AdminAccess NewAccess()
    {
        var errors = new ConfigurationErrors();
        AdminCredentials credentials = AdminRules.Load(_options, errors, _environment);
        errors.ThrowIfAny();
        return new AdminAccess(_options.Admin, credentials, _clock, _logger)
        {
            Tls = () => Volatile.Read(ref _adminTls),
        };
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
                Commands = new AdminCommands(new AdminOrders(OrdersOf(issuers)), _trail),
                Trace = new AdminTrace(parties, _shared.Trace),
                Exporter = _metrics,
            },
            ct).ConfigureAwait(false);
        AdminSocket = socket?.Path;
        if (!_options.Admin.DualControl)
        {
            AdminLog.NotDual(_logger);
        }

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
