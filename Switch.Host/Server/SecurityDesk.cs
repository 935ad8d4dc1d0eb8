using Microsoft.Extensions.Logging;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.HostCommands;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Software;
using Switch.Host.Security.Tls;
using Switch.Routing.Effects;

namespace Switch.Host.Server;

/// <summary>The security module of a running switch and the keys that partners are configured with.</summary>
internal sealed class SecurityDesk : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SwitchOptions _options;
    private readonly ConfigurationEnvironment _environment;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly Lock _using = new();
    private volatile KeyStore _keys = KeyStore.Empty;

    // How many stores were read or written here, under _reloading (or in the start); the last one in use, under _using.
    private long _made;
    private long _inUse;

    /// <param name="tls">Of each hardware module; null: it is read from the files that the options name.</param>
    /// <exception cref="ConfigurationException">The master key, or what TLS is made of, cannot be read any
    /// more.</exception>
    public SecurityDesk(
        SwitchOptions options, ConfigurationEnvironment environment, ILoggerFactory loggers, TimeProvider time,
        IReadOnlyList<TlsMaterial?>? tls = null)
    {
        _options = options;
        _environment = environment;
        _time = time;
        _logger = loggers.CreateLogger<SecurityDesk>();
        Doors = tls is null
            ? HsmDoors.Load(options, environment, loggers, time) : new HsmDoors(options.Security, tls, time, loggers);
        Module = ModuleOf(options, environment, loggers, time, Doors);
    }

    /// <summary>Null: none is configured.</summary>
    public ISecurityModule? Module { get; }

    /// <summary>TLS with hardware modules.</summary>
    public HsmDoors Doors { get; }

    /// <summary>All keys, as they stand now: of the start, or of the last reading since.</summary>
    public KeyStore Keys => _keys;

    /// <summary>The key before the current one, while the two overlap; null: it is taken for nothing.</summary>
    public KeyGeneration? FormerOf(StoredKey key) => _options.Security.KeyOverlap == TimeSpan.Zero
        || _time.GetUtcNow() < key.Current.Since + _options.Security.KeyOverlap ? key.Former : null;

    /// <summary>Whether any partner has keys.</summary>
    public bool HasKeys => SecurityRules.KeysOf(_options).Any();

    public SecurityModuleStatus Status => new(_options.Security.Module.ToString())
    {
        Modules = Module is HostCommandModule hardware
            ? [.. hardware.Modules.Select(static one => new HsmStatus(one.Name, one.IsInUse))] : [],
        Requests = Counters?.Requests ?? 0,
        Retries = Counters?.Retries ?? 0,
        TimeOuts = Counters?.TimeOuts ?? 0,
        OutOfUse = Counters?.OutOfUse ?? 0,
        UnknownReplies = Counters?.UnknownReplies ?? 0,
        BadReplies = Counters?.BadReplies ?? 0,
    };

    private HsmCounters? Counters => (Module as HostCommandModule)?.Counters;

    /// <summary>A module as it is configured; the caller disposes of it. Null: none is.</summary>
    /// <param name="doors">Of hardware, which disposes of them; null: they are made as they are configured.</param>
    /// <exception cref="ConfigurationException">The master key, or what TLS is made of, cannot be read.</exception>
    public static ISecurityModule? ModuleOf(
        SwitchOptions options, ConfigurationEnvironment environment, ILoggerFactory loggers, TimeProvider time,
        HsmDoors? doors = null)
    {
        switch (options.Security.Module)
        {
            case SecurityModuleKind.HostCommands:
                doors ??= HsmDoors.Load(options, environment, loggers, time);
                return new HostCommandModule(
                    doors.Settings, options.Security.Timeout, time, loggers.CreateLogger<HostCommandModule>())
                {
                    Carrier = doors,
                };
            case SecurityModuleKind.Software:
                var errors = new ConfigurationErrors();
                byte[]? seed = KeyFile.LoadMasterKey(options, errors, environment);
                errors.ThrowIfAny();
                var module = new SoftwareModule(SoftwareMasterKey.Derive(seed));
                System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
                return module;
            default:
                return null;
        }
    }

    /// <summary>Warns of a software module, and holds each key that is named against its check value.</summary>
    /// <exception cref="ConfigurationException">A key is not the one that its check value says.</exception>
    public async Task StartAsync(CancellationToken stop)
    {
        if (_options.Security.Module == SecurityModuleKind.Software)
        {
            SecurityLog.SoftwareModule(_logger);
        }

        if (Module is null || !HasKeys)
        {
            return;
        }

        if (Module is HostCommandModule hardware)
        {
            try
            {
                await hardware.WhenInUseAsync(stop).WaitAsync(Patience, _time, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // What follows says so, key by key.
            }
        }

        var errors = new ConfigurationErrors();
        KeyStore keys = await ReadAsync(errors, stop).ConfigureAwait(false);
        errors.ThrowIfAny();
        PutIntoUse(keys, ++_made);
    }

    /// <summary>
    /// Reads the key store anew and puts all its keys into use, or none: after the command <c>keys</c> has changed it.
    /// </summary>
    /// <returns>Why not; empty when it is done.</returns>
    public async Task<IReadOnlyList<ConfigurationError>> ReloadKeysAsync(string who, string why, CancellationToken stop)
    {
        await _reloading.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            var errors = new ConfigurationErrors();
            KeyStore keys = await ReadAsync(errors, stop).ConfigureAwait(false);
            foreach (ConfigurationError error in errors.All)
            {
                SecurityLog.KeysNotReplaced(_logger, error.Path, error.Problem);
            }

            if (!errors.Any)
            {
                PutIntoUse(keys, ++_made);
                SecurityLog.KeysReplaced(_logger, who, why, keys.Keys.Count);
            }

            return errors.All;
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>
    /// A key that a partner sent: under the module's own master key, and durable. It is not in use yet: see <see
    /// cref="Use"/>.
    /// </summary>
    public async Task<KeyExchangeResult> ExchangeAsync(string name, string under, KeyMessage sent)
    {
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Module is null || Keys.Find(under) is not { Kind: KeyKind.Zmk } zmk)
            {
                return new KeyExchangeResult(KeyOutcome.Failed);
            }

            KeyAnswer answer = await Module.ImportKeyAsync(sent.Kind, zmk.Current.Key, sent.Key, CancellationToken.None)
                .ConfigureAwait(false);
            if (answer.Status != SecurityStatus.Done)
            {
                bool isOfKey =
                    answer.Status is SecurityStatus.SourceKeyRejected or SecurityStatus.DestinationKeyRejected;
                return new KeyExchangeResult(isOfKey ? KeyOutcome.Unreadable : KeyOutcome.Failed);
            }

            return sent.IsOf(answer.CheckValue)
                ? Keep(name, sent.Kind, answer)
                : new KeyExchangeResult(KeyOutcome.Unreadable);
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>
    /// Any thread: puts the store of an exchange into use. Nothing changes where a later one is in use already: two
    /// exchanges may be answered in another order than they were made durable in, or the store be read in between.
    /// </summary>
    public void Use(KeyExchangeResult exchange)
    {
        if (exchange.Store is { } keys)
        {
            PutIntoUse(keys, exchange.Made);
        }
    }

    /// <summary>
    /// A new key for a partner: noted as sent, durable, and taken on what comes, before it leaves. Where one was sent
    /// and not answered, it is that one once more: the partner may have it.
    /// </summary>
    public async Task<KeyToSend?> MakeToSendAsync(string name, KeyKind kind, string under, KeyScheme scheme)
    {
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Module is null || Keys.Find(under) is not { Kind: KeyKind.Zmk } zmk
                || Keys.Find(name) is not { } stored || stored.Kind != kind)
            {
                return null;
            }

            WrappedKey above = zmk.Current.Key;
            KeyAnswer made = stored.Sent is { } sent
                ? await Module.ExportKeyAsync(kind, above, sent.Key, scheme, CancellationToken.None)
                    .ConfigureAwait(false)
                : await Module.GenerateKeyAsync(kind, above, scheme, CancellationToken.None).ConfigureAwait(false);
            bool isNoted = made.Status == SecurityStatus.Done && made.Exported is not null
                && (stored.Sent is not null || TryChange(before =>
                {
                    KeyStoreOutcome outcome = before.TrySend(
                        name, kind, made.Key!, made.CheckValue, _time.GetUtcNow(), out KeyStore changed);
                    return (outcome, changed);
                }));
            return isNoted
                ? new KeyToSend(
                    made.Exported!.Text, stored.Sent?.CheckValue ?? made.CheckValue, stored.Sent is not null)
                : null;
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>The partner has the key that was sent: durable, and in use. False: it is neither.</summary>
    public Task<bool> TakeSentAsync(string name, string checkValue) => ChangeAsync(before =>
    {
        KeyStoreOutcome outcome = before.TryTakeSent(name, checkValue, _time.GetUtcNow(), out KeyStore changed);
        return (outcome, changed);
    });

    /// <summary>The partner has surely not taken it.</summary>
    public Task<bool> DropSentAsync(string name) =>
        ChangeAsync(before => (before.TryDropSent(name, out KeyStore changed), changed));

    private async Task<bool> ChangeAsync(Func<KeyStore, (KeyStoreOutcome, KeyStore)> change)
    {
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            return TryChange(change);
        }
        finally
        {
            _reloading.Release();
        }
    }

    // Under _reloading.
    private bool TryChange(Func<KeyStore, (KeyStoreOutcome, KeyStore)> change)
    {
        try
        {
            (KeyStoreOutcome outcome, KeyStore store) =
                KeyStoreFile.Change(_environment.Resolve(_options.Security.KeyStore), change);
            if (outcome == KeyStoreOutcome.Done)
            {
                PutIntoUse(store, ++_made);
            }

            return outcome == KeyStoreOutcome.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return false;
        }
    }

    private KeyExchangeResult Keep(string name, KeyKind kind, KeyAnswer answer)
    {
        bool isCurrent = false;
        try
        {
            (KeyStoreOutcome outcome, KeyStore store) = KeyStoreFile.Change(
                _environment.Resolve(_options.Security.KeyStore), before =>
                {
                    KeyStoreOutcome added = before.TryExchange(
                        name, kind, answer.Key!, answer.CheckValue, _time.GetUtcNow(), out KeyStore changed,
                        out isCurrent);
                    return (added, changed);
                });
            return isCurrent || outcome == KeyStoreOutcome.Done
                ? new KeyExchangeResult(KeyOutcome.Taken, store, isCurrent, ++_made)
                : new KeyExchangeResult(
                    outcome == KeyStoreOutcome.Replayed ? KeyOutcome.Replayed : KeyOutcome.Failed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return new KeyExchangeResult(KeyOutcome.Failed);
        }
    }

    public ValueTask DisposeAsync()
    {
        _reloading.Dispose();
        return Module?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private void PutIntoUse(KeyStore keys, long made)
    {
        lock (_using)
        {
            if (made > _inUse)
            {
                _inUse = made;
                _keys = keys;
            }
        }
    }

    private async Task<KeyStore> ReadAsync(ConfigurationErrors errors, CancellationToken stop)
    {
        KeyStore keys = SecurityRules.ReadKeys(_options, errors, _environment) ?? KeyStore.Empty;
        foreach ((string path, string name, KeyKind kind) in SecurityRules.KeysOf(_options))
        {
            if (keys.Find(name) is { } key && key.Kind == kind)
            {
                await CheckAsync(errors, path, key, kind, stop).ConfigureAwait(false);
            }
        }

        return keys;
    }

    private async Task CheckAsync(
        ConfigurationErrors errors, string path, StoredKey key, KeyKind kind, CancellationToken stop)
    {
        foreach (KeyGeneration generation in new[] { key.Current, key.Former, key.Sent }.OfType<KeyGeneration>())
        {
            KeyAnswer answer = await Module!.CheckValueAsync(kind, generation.Key, stop).ConfigureAwait(false);
            if (answer.Status == SecurityStatus.Done)
            {
                errors.Require(
                    generation.CheckValue.StartsWith(answer.CheckValue, StringComparison.Ordinal), path,
                    $"'{key.Name}' has check value {answer.CheckValue} in the security module, and "
                    + $"{generation.CheckValue} in the key store.");
            }
            else if (answer.Status == SecurityStatus.Unavailable)
            {
                SecurityLog.KeyNotChecked(_logger, key.Name);
            }
            else
            {
                errors.Add(path, $"'{key.Name}' is refused by the security module: {answer.Status}. Is it of another "
                    + "master key?");
            }
        }
    }
}

/// <summary>What became of a key that a partner sent.</summary>
/// <param name="Store">All keys with it, durable; null: nothing has changed.</param>
/// <param name="IsAgain">It was the current one already.</param>
/// <param name="Made">Counts the stores: of two, the one with the higher number is the later one.</param>
internal sealed record KeyExchangeResult(
    KeyOutcome Outcome, KeyStore? Store = null, bool IsAgain = false, long Made = 0);

/// <summary>A key on its way to a partner.</summary>
/// <param name="Text">Under the zone master key.</param>
/// <param name="IsAgain">It was sent before, and the partner may have it.</param>
internal sealed record KeyToSend(string Text, string CheckValue, bool IsAgain);

/// <summary>Ids 6010 to 6013; ids and names are an interface that alerts match on.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(
        6010, LogLevel.Warning,
        "The security module is software: clear keys and PINs are in this process's memory. For test cards only")]
    public static partial void SoftwareModule(ILogger logger);

    [LoggerMessage(
        6011, LogLevel.Warning, "Key {Key} could not be held against its check value: no security module answers")]
    public static partial void KeyNotChecked(ILogger logger, string key);

    [LoggerMessage(6012, LogLevel.Information, "The key store was read again by {Who} ({Why}): {Keys} keys")]
    public static partial void KeysReplaced(ILogger logger, string who, string why, int keys);

    [LoggerMessage(6013, LogLevel.Error, "The keys of before stay in use. {Path}: {Problem}")]
    public static partial void KeysNotReplaced(ILogger logger, string path, string problem);
}
