using System.Globalization;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>What a person, or a script, can tell a running issuer's simulator.</summary>
internal static class IssuerOrders
{
    /// <summary>Does what one line says; false when it is not understood.</summary>
    /// <exception cref="UsageException">It is understood and cannot be done.</exception>
    public static bool TryObey(IssuerSimulator issuer, string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case []:
                return true;
            case ["normal"]:
                issuer.Mode = IssuerMode.Normal;
                return true;
            case ["silent"]:
                issuer.Mode = IssuerMode.Silent;
                return true;
            case ["refuse"]:
                issuer.Mode = IssuerMode.Refuse;
                return true;
            case ["reset"]:
                issuer.ResetConnections();
                return true;
            case ["signon"]:
                issuer.Announce(NetworkMessages.SignOn);
                return true;
            case ["signoff"]:
                issuer.Announce(NetworkMessages.SignOff);
                return true;
            case ["decline", var share] when IsShare(share, out double ratio):
                issuer.DeclineRatio = ratio;
                return true;
            case ["drop", var share] when IsShare(share, out double ratio):
                issuer.DropRatio = ratio;
                return true;
            case ["latency", var text] when LatencyProfile.TryParse(text, out LatencyProfile profile):
                issuer.Latency = profile;
                return true;
            case ["books", var path]:
                SimulatorOptions.WriteBooks(path, () => issuer.Read(ledger => BooksFile.Of(issuer.Name, ledger)));
                return true;
            default:
                return false;
        }
    }

    private static bool IsShare(string text, out double ratio) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out ratio) && ratio <= 1;
}
