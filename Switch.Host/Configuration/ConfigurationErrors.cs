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

    /// <summary>
    /// What is not what its key takes: the place of the mistake in the list, and its text if it has one.
    /// </summary>
    private readonly Dictionary<string, (int Index, string? Text)> _unread = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<ConfigurationError> All => _all;

    public bool Any => _all.Count > 0;

    /// <summary>Paths that the environment sets: who looks for their mistakes in the file finds nothing.</summary>
    public IReadOnlyCollection<string> EnvironmentPaths { get; set; } = [];

    /// <summary>
    /// Adds a mistake, unless the value at its path could not even be read: then that is the mistake.
    /// </summary>
    public void Add(string path, string problem)
    {
        if (!IsUnread(path))
        {
            _all.Add(new ConfigurationError(path, problem + OriginOf(path, withChildren: false)));
        }
    }

    /// <summary>The path itself must not be there, nor anything below it.</summary>
    public void AddMisplaced(string path, string problem) =>
        _all.Add(new ConfigurationError(path, problem + OriginOf(path, withChildren: true)));

    /// <summary>What stands at the path cannot be read; its default is in its place.</summary>
    /// <param name="path">Where it stands.</param>
    /// <param name="text">What stands there, or null when it is no single value.</param>
    /// <param name="problem">What is wrong with it.</param>
    public void AddUnread(string path, string? text, string problem)
    {
        int index = _all.Count;
        Add(path, problem);
        _unread.TryAdd(path, (index, text));
    }

    /// <summary>True when what stands at the path could not be read: then its default says nothing.</summary>
    public bool IsUnread(string path) => _unread.ContainsKey(path);

    /// <summary>As above, and makes the mistake say what the value should have been.</summary>
    /// <param name="path">Where the value stands.</param>
    /// <param name="expected">Its kind and its range, for the sentence "'x' is not ...".</param>
    public bool IsUnread(string path, string expected)
    {
        if (_unread.TryGetValue(path, out (int Index, string? Text) found) && found.Text is not null)
        {
            _all[found.Index] = new ConfigurationError(
                path, $"'{found.Text}' is not {expected}{OriginOf(path, withChildren: false)}");
        }

        return IsUnread(path);
    }

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

    private string OriginOf(string path, bool withChildren)
    {
        string? set = EnvironmentPaths.FirstOrDefault(candidate =>
            candidate.Equals(path, StringComparison.OrdinalIgnoreCase)
            || (withChildren && candidate.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)));
        return set is null ? ""
            : $" (Set by the environment variable {set.Replace(":", "__", StringComparison.Ordinal)}.)";
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
