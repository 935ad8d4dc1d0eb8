using Switch.Host.Files;

namespace Switch.Host.Configuration;

/// <summary>What is allowed, and yet probably not what was meant; or safe only for a test.</summary>
internal static class ConfigurationNotes
{
    /// <summary>As below, and what this machine's folders have to say about it.</summary>
    public static IEnumerable<ConfigurationError> Of(SwitchOptions options, ConfigurationEnvironment environment) =>
        Of(options).Concat(OfFolders(options, environment));

    /// <summary>For a configuration that passed validation.</summary>
    public static IEnumerable<ConfigurationError> Of(SwitchOptions options)
    {
        const string Root = ConfigurationValidator.Root;
        if (options.Journal.Durability == Durability.None)
        {
            yield return new($"{Root}:Journal:Durability", "None loses approvals in a power cut. For benchmarks only.");
        }

        if (options.Keys.Development)
        {
            yield return new(
                $"{Root}:Keys:Development",
                "is true: the switch creates its own keys beside the journal. For test cards only.");
        }

        if (options.Security.Module == SecurityModuleKind.Software)
        {
            yield return new(
                $"{Root}:Security:Module",
                "is Software: clear keys and PINs are in the switch's memory. For test cards only.");
        }

        for (int i = 0; i < options.Security.Hsm.Count; i++)
        {
            if (options.Security.Hsm[i].Tls is { IsNone: true })
            {
                yield return new(
                    $"{Root}:Security:Hsm:{i}:Tls",
                    "is None: commands with card numbers and wrapped keys go over the network in plain text.");
            }
        }

        if (options.Store.Provider.Equals(StoreRules.None, StringComparison.OrdinalIgnoreCase))
        {
            yield return new(
                $"{Root}:Store:Provider",
                "None keeps no data besides the journal. Tools read the journal instead, which takes longer.");
        }

        for (int i = 0; i < options.Acquirers.Count; i++)
        {
            if (options.Acquirers[i] is { AllowFrom.Count: 0, Connect.Count: 0 })
            {
                yield return new(
                    $"{Root}:Acquirers:{i}:AllowFrom", "is empty: every address that reaches the port may connect.");
            }
        }

        foreach (ConfigurationError note in
            AdminRules.NotesOf(options).Concat(OfEndpoints(options)).Concat(OfRoutes(options)))
        {
            yield return note;
        }
    }

    /// <summary>
    /// No mistakes: the configuration may be judged on another machine, or by a person who may not write where the
    /// switch may.
    /// </summary>
    private static IEnumerable<ConfigurationError> OfFolders(
        SwitchOptions options, ConfigurationEnvironment environment)
    {
        const string Root = ConfigurationValidator.Root;
        if (FolderFault.NotWritable(environment.Resolve(options.Journal.Path)) is { } journal)
        {
            yield return new($"{Root}:Journal:Path", journal);
        }

        if (options.Logging.File is { } log
            && FolderFault.NotWritable(Path.GetDirectoryName(environment.Resolve(log))!) is { } folder)
        {
            yield return new($"{Root}:Logging:File", folder);
        }
    }

    /// <summary>
    /// One host may serve two issuers, and so an endpoint may be there twice; more often a line was copied.
    /// </summary>
    private static IEnumerable<ConfigurationError> OfEndpoints(SwitchOptions options)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < options.Issuers.Count; i++)
        {
            for (int j = 0; j < options.Issuers[i].Endpoints.Count; j++)
            {
                string endpoint = options.Issuers[i].Endpoints[j];
                string path = $"{ConfigurationValidator.Root}:Issuers:{i}:Endpoints:{j}";
                string known = endpoint.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase)
                    ? $"127.0.0.1:{endpoint["localhost:".Length..]}" : endpoint;
                if (!seen.TryAdd(known, path))
                {
                    yield return new(path, $"{endpoint} is also at {seen[known]}: is it meant twice?");
                }
            }
        }
    }

    private static IEnumerable<ConfigurationError> OfRoutes(SwitchOptions options)
    {
        const string Root = ConfigurationValidator.Root;
        for (int i = 0; i < options.Issuers.Count; i++)
        {
            string name = options.Issuers[i].Name;
            if (!options.Routes.Exists(route => route.Primary == name || route.Standby.Contains(name)))
            {
                yield return new($"{Root}:Issuers:{i}", $"the switch connects to '{name}', but no route uses it.");
            }
        }

        for (int i = 0; i < options.Routes.Count; i++)
        {
            if (options.Routes[i].StandIn is null && options.Routes[i].Standby.Count == 0)
            {
                yield return new(
                    $"{Root}:Routes:{i}",
                    "has no standby and no stand-in: when its primary does not answer, payments are declined.");
            }
        }

        foreach ((string name, StandInOptions profile) in options.StandIn)
        {
            string path = $"{Root}:StandIn:{name}";
            if (!options.Routes.Exists(route => route.StandIn == name))
            {
                yield return new(path, "is not used by any route.");
            }

            if (profile.PerTransaction == 0 || profile.PerCard.Count == 0 || profile.PerCard.Amount == 0
                || profile.IssuerExposure == 0 || profile.AllowProcessingCodes is { Count: 0 })
            {
                yield return new(path, "has a limit of zero: it approves nothing.");
            }
            else if (profile.PerTransaction > profile.PerCard.Amount)
            {
                yield return new($"{path}:PerTransaction", "is more than PerCard:Amount, so PerCard:Amount is the "
                    + "effective limit.");
            }
        }
    }
}
