using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Files;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// What a drill's figures are held against. Null: not looked at. A file of targets is an object with a group for each
/// drill, or <c>all</c> for every drill; what a group does not name keeps its default.
/// </summary>
internal sealed record DrillTargets
{
    private const string All = "all";

    /// <summary>Milliseconds added to a ratio of latencies: below it the machine is measured, not the switch.</summary>
    private const double LatencyAllowanceMs = 50;

    public long? DetectedWithinMs { get; init; }

    public long? RecoveredWithinMs { get; init; }

    public long? WaitedMax { get; init; }

    public long? DeclinedMax { get; init; }

    public long? UnansweredMax { get; init; }

    public long? UncertainAmountMax { get; init; }

    public long? NeighboursHurtMax { get; init; }

    /// <summary>The neighbours' p99 during the fault, in percent of before, and 50 ms more.</summary>
    public long? NeighboursP99Percent { get; init; }

    private static PropertyInfo[] Keys { get; } = typeof(DrillTargets).GetProperties(
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    /// <summary>Its own where it says something, else those of <paramref name="below"/>.</summary>
    public DrillTargets Over(DrillTargets below) => new()
    {
        DetectedWithinMs = DetectedWithinMs ?? below.DetectedWithinMs,
        RecoveredWithinMs = RecoveredWithinMs ?? below.RecoveredWithinMs,
        WaitedMax = WaitedMax ?? below.WaitedMax,
        DeclinedMax = DeclinedMax ?? below.DeclinedMax,
        UnansweredMax = UnansweredMax ?? below.UnansweredMax,
        UncertainAmountMax = UncertainAmountMax ?? below.UncertainAmountMax,
        NeighboursHurtMax = NeighboursHurtMax ?? below.NeighboursHurtMax,
        NeighboursP99Percent = NeighboursP99Percent ?? below.NeighboursP99Percent,
    };

    /// <summary>Each target against what was. A figure that was not measured is held against none.</summary>
    public IEnumerable<DrillCheck> Check(DrillFigures figures)
    {
        if (DetectedWithinMs is { } detected && figures.IsDetected is { } isDetected)
        {
            yield return new DrillCheck(
                "detected after", $"<= {Ms(detected)}", isDetected ? Ms(figures.DetectedMs ?? 0) : "never",
                isDetected && figures.DetectedMs <= detected);
        }

        if (RecoveredWithinMs is { } recovered && figures.IsRecovered is { } isRecovered)
        {
            yield return new DrillCheck(
                "recovered after", $"<= {Ms(recovered)}", isRecovered ? Ms(figures.RecoveredMs ?? 0) : "never",
                isRecovered && figures.RecoveredMs <= recovered);
        }

        (string What, long? Max, long Was)[] counts =
        [
            ("customers who waited", WaitedMax, figures.Waited),
            ("customers who were declined", DeclinedMax, figures.Declined),
            ("customers without an answer", UnansweredMax, figures.Unanswered),
            ("money in doubt", UncertainAmountMax, figures.UncertainAmount),
            ("neighbours who were hurt", NeighboursHurtMax, figures.NeighboursHurt),
        ];
        foreach ((string what, long? max, long was) in counts)
        {
            if (max is { } most)
            {
                yield return new DrillCheck(what, $"<= {Number(most)}", Number(was), was <= most);
            }
        }

        if (NeighboursP99Percent is { } percent
            && figures is { NeighboursBefore: { Count: > 0 } before, NeighboursDuring: { Count: > 0 } during })
        {
            double most = (before.P99Ms * percent / 100) + LatencyAllowanceMs;
            yield return new DrillCheck("neighbours' p99", $"<= {Ms(most)}", Ms(during.P99Ms), during.P99Ms <= most);
        }
    }

    /// <summary>Reads a file of targets: by drill, with <c>all</c> below each.</summary>
    /// <exception cref="UsageException">With every mistake.</exception>
    public static IReadOnlyDictionary<string, DrillTargets> Read(string path, IReadOnlyCollection<string> drills)
    {
        try
        {
            return Parse(BoundedFile.ReadText(path, BoundedFile.DocumentSizeMax), path, drills);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--targets: {FileFault.Describe(path, problem)}.");
        }
    }

    /// <inheritdoc cref="Read"/>
    public static IReadOnlyDictionary<string, DrillTargets> Parse(
        string json, string path, IReadOnlyCollection<string> drills)
    {
        var mistakes = new List<string>();
        var groups = new Dictionary<string, DrillTargets>(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
            });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                mistakes.Add("it must be an object with a group for each drill");
            }
            else
            {
                ReadGroups(document.RootElement, drills, groups, mistakes);
            }
        }
        catch (JsonException problem)
        {
            mistakes.Add($"it is not JSON: {problem.Message}");
        }

        if (mistakes.Count > 0)
        {
            throw new UsageException(
                $"--targets {path}:\n{string.Join('\n', mistakes.Select(static mistake => $"  {mistake}"))}");
        }

        DrillTargets all = groups.GetValueOrDefault(All) ?? new DrillTargets();
        return drills.ToDictionary(
            static name => name, name => groups.TryGetValue(name, out DrillTargets? own) ? own.Over(all) : all);
    }

    private static void ReadGroups(
        JsonElement root, IReadOnlyCollection<string> drills, Dictionary<string, DrillTargets> groups,
        List<string> mistakes)
    {
        foreach (JsonProperty group in root.EnumerateObject())
        {
            if (group.Name != All && !drills.Contains(group.Name))
            {
                mistakes.Add($"{group.Name}: there is no such drill; 'drill list' names them, and all is every one");
            }
            else if (group.Value.ValueKind != JsonValueKind.Object)
            {
                mistakes.Add($"{group.Name}: must be an object of targets");
            }
            else if (!groups.TryAdd(group.Name, ReadGroup(group, mistakes)))
            {
                mistakes.Add($"{group.Name}: stands there twice");
            }
        }
    }

    private static DrillTargets ReadGroup(JsonProperty group, List<string> mistakes)
    {
        var targets = new DrillTargets();
        foreach (JsonProperty target in group.Value.EnumerateObject())
        {
            PropertyInfo? key = Array.Find(Keys, one => NameOf(one) == target.Name);
            if (key is null)
            {
                mistakes.Add(
                    $"{group.Name}:{target.Name}: is no target. Targets: {string.Join(", ", Keys.Select(NameOf))}");
            }
            else if (target.Value.ValueKind != JsonValueKind.Number || !target.Value.TryGetInt64(out long value)
                || value < 0)
            {
                mistakes.Add($"{group.Name}:{target.Name}: must be a whole number, 0 or more");
            }
            else
            {
                key.SetValue(targets, value);
            }
        }

        return targets;
    }

    private static string NameOf(PropertyInfo key) => JsonNamingPolicy.CamelCase.ConvertName(key.Name);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Ms(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:N0} ms");
}
