using System.Net;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// What a drill refuses. It plays with test cards on this machine alone: no configuration for real cards, no party that
/// is elsewhere, no journal that it did not make.
/// </summary>
internal static class DrillSafety
{
    /// <exception cref="UsageException">With every reason.</exception>
    public static void Require(LoadedConfiguration loaded)
    {
        // The process's own, also for the sample, which may make keys anywhere: a drill takes the machine's time.
        var environment = ConfigurationEnvironment.Of(loaded.Environment.ContentRoot);
        string[] refusals = [.. Refusals(loaded.Options, environment)];
        if (refusals.Length > 0)
        {
            throw new UsageException(
                $"No drill is played with {loaded.Source}:\n"
                + string.Join('\n', refusals.Select(static refusal => $"  {refusal}")));
        }
    }

    /// <summary>Why not, a sentence each; none when it may be.</summary>
    public static IEnumerable<string> Refusals(SwitchOptions options, ConfigurationEnvironment environment)
    {
        const string Root = ConfigurationValidator.Root;
        if (environment.NamedProduction is { } name)
        {
            yield return $"the environment is '{name}': only Development is for test cards.";
        }
        else if (environment.IsProduction && !options.Keys.Development)
        {
            yield return $"{Root}:Keys names keys, and DOTNET_ENVIRONMENT is not Development: real cards may be meant.";
        }

        for (int i = 0; i < options.Acquirers.Count; i++)
        {
            if (options.Acquirers[i].Tls is { IsNone: false })
            {
                yield return $"{Root}:Acquirers:{i}:Tls: a drill's simulators speak plain text.";
            }

            if (!IsLoopback(options.Acquirers[i].Listen))
            {
                yield return $"{Root}:Acquirers:{i}:Listen: {options.Acquirers[i].Listen} is not a loopback address.";
            }
        }

        for (int i = 0; i < options.Issuers.Count; i++)
        {
            if (options.Issuers[i].Tls is { IsNone: false })
            {
                yield return $"{Root}:Issuers:{i}:Tls: a drill's simulators speak plain text.";
            }

            for (int j = 0; j < options.Issuers[i].Endpoints.Count; j++)
            {
                if (!IsLoopback(options.Issuers[i].Endpoints[j]))
                {
                    yield return $"{Root}:Issuers:{i}:Endpoints:{j}: {options.Issuers[i].Endpoints[j]} is not a "
                        + "loopback address.";
                }
            }
        }

        if (options.Admin.Listen is { } admin && !IsLoopback(admin))
        {
            yield return $"{Root}:Admin:Listen: {admin} is not a loopback address.";
        }
    }

    // A name is not resolved: what it means may change between the look and the use.
    private static bool IsLoopback(string endPoint) =>
        HostPort.TryParse(endPoint, out string? host, out _)
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address)));
}
