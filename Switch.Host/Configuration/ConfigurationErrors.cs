namespace Switch.Host.Configuration;

/// <summary>One mistake: where it is, and what is wrong with what to do instead.</summary>
internal readonly record struct ConfigurationError(string Path, string Problem)
{
    public override string ToString() => $"{Path}: {Problem}";
}

/// <summary>Collects every mistake of a configuration, so that a person corrects them in one go.</summary>
internal sealed class ConfigurationErrors
{
    private readonly List<ConfigurationError> _all = [];

    public IReadOnlyList<ConfigurationError> All => _all;

    public bool Any => _all.Count > 0;

    public void Add(string path, string problem) => _all.Add(new ConfigurationError(path, problem));

    /// <summary>Adds the mistake unless the rule holds; returns whether it holds.</summary>
    public bool Require(bool holds, string path, string problem)
    {
        if (!holds)
        {
            Add(path, problem);
        }

        return holds;
    }

    /// <exception cref="ConfigurationException">There is at least one mistake.</exception>
    public void ThrowIfAny()
    {
        if (Any)
        {
            throw new ConfigurationException(_all);
        }
    }
}

/// <summary>The configuration cannot be used. The process ends with exit code 2.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    public ConfigurationException(string path, string problem)
        : this([new ConfigurationError(path, problem)])
    {
    }

    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;
}
