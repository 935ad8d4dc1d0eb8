using Switch.Host.Admin;

namespace Switch.Tests.Host.Admin;

/// <summary>A status as a running switch would give it.</summary>
internal static class Statuses
{
    public static SwitchStatus Ready { get; } = new()
    {
        Node = "node-1",
        IsReady = true,
        NotReadyBecause = "",
        Acquirers = [new AcquirerStatus("acq-a", "127.0.0.1:8583")],
        Issuers = [new IssuerStatus("issuer-a", 2, 1)],
        Security = new SecurityModuleStatus("HostCommands")
        {
            Modules = [new HsmStatus("10.0.0.5:1500", true)],
            UnreadablePins = [new AcquirerCount("acq-a", 2)],
        },
    };
}
