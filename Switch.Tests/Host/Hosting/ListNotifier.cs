using Microsoft.Extensions.Hosting.Systemd;

namespace Switch.Tests.Host.Hosting;

/// <summary>Keeps what systemd is told.</summary>
internal sealed class ListNotifier : ISystemdNotifier
{
    private readonly List<string> _said = [];

    public bool IsEnabled => true;

    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_said)
            {
                return [.. _said];
            }
        }
    }

    public void Notify(ServiceState state)
    {
        lock (_said)
        {
            _said.Add(state.ToString());
        }
    }
}
