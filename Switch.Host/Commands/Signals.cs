using System.Runtime.InteropServices;

namespace Switch.Host.Commands;

/// <summary>
/// SIGTERM and SIGINT as a cancellation token. The first asks for an orderly end; a second SIGINT is left to the
/// system, so that a person can always get out.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Signals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
    ];

    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_stop.IsCancellationRequested || context.Signal == PosixSignal.SIGTERM;
        _stop.Cancel();
    }
}
