using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.HostCommands;
using Switch.Host.Security.Tls;

namespace Switch.Host.Server;

/// <summary>How security modules are connected to: those with TLS, and those without.</summary>
internal sealed class HsmDoors : IDisposable
{
    private const string Side = "hsm";

    private readonly SecurityOptions _options;
    private readonly HandshakeThreads _threads = new();
    private readonly TlsParty?[] _parties;

    // Of those with TLS. Never the edge's own, whose thread may be the core's.
    private readonly SocketsTransport? _transport;

    /// <param name="options">With each module.</param>
    /// <param name="materials">Of each module.</param>
    /// <param name="time">Measures handshakes.</param>
    public HsmDoors(
        SecurityOptions options, IReadOnlyList<TlsMaterial?> materials, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        var handshakes = new Handshakes(new SwitchClock(time), _threads);
        _parties = [.. materials.Select((one, index) => TlsDoors.Of(options.Hsm[index].Endpoint, one, handshakes))];
        _transport = Any ? new SocketsTransport(loggers) : null;
    }

    /// <summary>Whether any module is spoken to with TLS.</summary>
    public bool Any => _parties.Any(static party => party is not null);

    /// <summary>Every module.</summary>
    public IReadOnlyList<TlsStatus> Status =>
    [
        .. _options.Hsm.Select((one, i) => TlsDoors.StatusOf(
            Side, one.Endpoint, _parties[i], TlsRules.IsExposed(one.Tls, one.Endpoint))),
    ];

    /// <summary>What the pool of modules is made with.</summary>
    public IReadOnlyList<HsmSettings> Settings =>
    [
        .. SecurityRules.SettingsOf(_options).Select((one, i) => _parties[i] is not { } party ? one : one with
        {
            Secure = (socket, stop) => SecureAsync(party, one.Host, socket, stop),
        }),
    ];

    /// <summary>As the configuration says; reads its files.</summary>
    /// <exception cref="ConfigurationException">One cannot be used.</exception>
    public static HsmDoors Load(
        SwitchOptions options, ConfigurationEnvironment environment, ILoggerFactory loggers, TimeProvider time)
    {
        var errors = new ConfigurationErrors();
        IReadOnlyList<TlsMaterial?> materials = TlsRules.LoadModules(options, errors, environment);
        errors.ThrowIfAny();
        return new HsmDoors(options.Security, materials, time, loggers);
    }

    /// <summary>Null: it is spoken to in plain text.</summary>
    public TlsParty? OfModule(int index) => _parties[index];

    /// <summary>New material for the same modules.</summary>
    /// <returns>How many connections were ended for it.</returns>
    public long Replace(IReadOnlyList<TlsMaterial?> materials) => TlsDoors.Replace(_parties, materials);

    public void Dispose()
    {
        _transport?.Dispose();
        _threads.Dispose();
    }

    private async Task<Stream> SecureAsync(TlsParty party, string host, Socket connected, CancellationToken stop)
    {
        ConnectionContext transport = Open(connected);
        try
        {
            using (stop.UnsafeRegister(static open => ((ConnectionContext)open!).Abort(), transport))
            {
                TlsConnection secure = await party.ConnectAsync(transport, host).ConfigureAwait(false);
                party.Serve(secure, () => ((ConnectionContext)secure).Abort());
                return new ConnectionStream(secure);
            }
        }
        catch (TlsRefusedException refused)
        {
            await transport.DisposeAsync().ConfigureAwait(false);
            party.Count(refused.Refusal);
            throw;
        }
    }

    // A peer that resets at once leaves a socket without an address, and the platform throws over it.
    private ConnectionContext Open(Socket connected)
    {
        try
        {
            return _transport!.Open(connected);
        }
        catch (Exception problem)
        {
            connected.Dispose();
            throw new IOException(problem.Message, problem);
        }
    }
}
