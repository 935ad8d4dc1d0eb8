using System.Text.RegularExpressions;
using Switch.Host.Configuration;

namespace Switch.Tests.House;

/// <summary>
/// Goal: docs/reference/configuration.md names every key and no other. Method: the keys of its tables against the
/// properties of the options.
/// </summary>
public partial class ConfigurationPageTests
{
    [Fact]
    public void Page_Keys_AreThoseOfTheProgram()
    {
        string page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "reference", "configuration.md"));

        IEnumerable<string> documented = Key().Matches(page).Select(match => match.Groups[1].Value);
        IEnumerable<string> known = KeysOf(typeof(SwitchOptions), "");

        Assert.Equal(known.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> KeysOf(Type type, string prefix) =>
        type.GetProperties().SelectMany(property => KeysOfValue(property.PropertyType, prefix + property.Name));

    private static IEnumerable<string> KeysOfValue(Type type, string path)
    {
        Type element = type.IsGenericType ? type.GetGenericArguments()[^1] : type;
        bool isGroup = element.Namespace == typeof(SwitchOptions).Namespace && element.IsClass;
        if (!isGroup)
        {
            return [path];
        }

        string step = type == element ? ""
            : type.GetGenericTypeDefinition() == typeof(List<>) ? ":0" : ":NAME";
        return KeysOf(element, path + step + ":");
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Key();
}
