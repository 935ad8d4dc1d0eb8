using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Rules of style (docs: CONTRIBUTING.md) as functions from a file to complaints, so that each rule can be shown to
/// complain: <see cref="TidyTests"/> runs them over the tree and over a file that breaks each.
/// </summary>
internal static partial class TidyRules
{
    public const int LineLengthMax = 120;

    /// <summary>The aim is 400; what must be longer for now has a hundred lines to find its seam.</summary>
    public const int FileLengthMax = 500;

    public static IEnumerable<string> LongLines(SourceFile file) => file.Lines
        .Select((line, index) => (line, index))
        .Where(at => at.line.Length > LineLengthMax)
        .Select(at => $"{file.Path}:{at.index + 1} has {at.line.Length} columns.");

    public static IEnumerable<string> TrailingSpaces(SourceFile file) => file.Lines
        .Select((line, index) => (line, index))
        .Where(at => at.line.Length > 0 && char.IsWhiteSpace(at.line[^1]))
        .Select(at => $"{file.Path}:{at.index + 1} ends with white space.");

    public static IEnumerable<string> LongFiles(SourceFile file)
    {
        if (file.Lines.Length > FileLengthMax)
        {
            yield return $"{file.Path} has {file.Lines.Length} lines.";
        }
    }

    /// <summary>An open end belongs in an issue, where somebody will find it.</summary>
    public static IEnumerable<string> OpenEnds(SourceFile file) => Matches(file, OpenEnd(), "has an open end");

    /// <summary>
    /// A test that sleeps is slow when it passes and wrong when it fails. In Support stand the bounded waits for a
    /// condition, which tests use instead.
    /// </summary>
    public static IEnumerable<string> Sleeps(SourceFile file) =>
        file.IsTest && !file.IsSupport ? Matches(file, Sleep(), "sleeps; wait for the event instead") : [];

    /// <summary>Plain technical English: a reader of another first language finds "no one" and "who" at once.</summary>
    public static IEnumerable<string> UnclearWords(SourceFile file) =>
        Matches(file, UnclearWord(), "has a word that plain English does without: name who is meant");

    /// <summary>Pointers of the core and the codec: for a prefetch, in one file.</summary>
    public static IEnumerable<string> UnsafeCode(SourceFile file) =>
        file.Path.StartsWith("Switch.Host", StringComparison.Ordinal)
            || file.Path.StartsWith("Switch.Benchmarks", StringComparison.Ordinal)
            || file.Path == Path.Combine("Switch.Routing", "Values", "CacheLine.cs")
            ? []
            : Matches(file, Unsafe(), "is unsafe; only CacheLine.cs may be");

    /// <summary>A namespace is the folder, so that a type is where one looks for it.</summary>
    public static IEnumerable<string> Namespaces(SourceFile file)
    {
        Match match = Namespace().Match(file.Text);
        string folder = Path.GetDirectoryName(file.Path)!.Replace(Path.DirectorySeparatorChar, '.');
        if (match.Success && match.Groups["name"].Value != folder)
        {
            yield return $"{file.Path} declares {match.Groups["name"].Value} where {folder} is expected.";
        }
    }

    /// <summary>A package stands under a comment, or directly under another package that does.</summary>
    public static IEnumerable<string> PackagesWithoutReason(SourceFile file)
    {
        string above = "";
        foreach (string line in file.Lines.Select(line => line.Trim()))
        {
            bool isPackage = line.StartsWith("<PackageVersion ", StringComparison.Ordinal);
            if (isPackage && !above.EndsWith("-->", StringComparison.Ordinal)
                && !above.StartsWith("<PackageVersion ", StringComparison.Ordinal))
            {
                yield return $"{file.Path}: {line} has no reason above it.";
            }

            above = line;
        }
    }

    private static IEnumerable<string> Matches(SourceFile file, Regex pattern, string complaint) => file.Lines
        .Select((line, index) => (line, index))
        .Where(at => pattern.IsMatch(at.line))
        .Select(at => $"{file.Path}:{at.index + 1} {complaint}.");

    // Written so that a search for the words does not find this rule.
    [GeneratedRegex(@"\bunsafe\s")]
    private static partial Regex Unsafe();

    [GeneratedRegex(@"\b(?:no[b]ody|who[e]ver)\b", RegexOptions.IgnoreCase)]
    private static partial Regex UnclearWord();

    [GeneratedRegex(@"\b(TODO|HACK|FIXME|XXX)\b|NotImplementedException")]
    private static partial Regex OpenEnd();

    [GeneratedRegex(@"\b(Thread\.Sleep|Task\.Delay|SpinWait\.SpinUntil)\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
