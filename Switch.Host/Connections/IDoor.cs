using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Connections;

/// <summary>What stands behind one listener.</summary>
internal interface IDoor
{
    /// <summary>As people read it: Acquirer acq-a.</summary>
    string Title { get; }

    /// <summary>Whether TLS is spoken there.</summary>
    bool IsTls { get; }

    /// <summary>The whole life of one connection that was accepted.</summary>
    Task OnConnectionAsync(ConnectionContext transport);
}
