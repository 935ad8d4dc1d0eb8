using System.CommandLine;

namespace Switch.Host.Commands;

/// <summary><c>simulate</c>: the parties around a switch, for trying and for testing.</summary>
internal static class SimulateCommand
{
    public static Command Create() => new(
        "simulate", "Simulate an issuer, an acquirer or a security module, and compare books.")
    {
        SimulateIssuerCommand.Create(),
        SimulateAcquirerCommand.Create(),
        SimulateCompareCommand.Create(),
        SimulateWorldCommand.Create(),
        SimulateHsmCommand.Create(),
    };
}
