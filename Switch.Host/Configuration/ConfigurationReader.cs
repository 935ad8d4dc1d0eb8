using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Switch.Host.Configuration;

/// <summary>
/// Turns the key-value form of .NET configuration into <see cref="SwitchOptions"/>. The platform's own binder ignores
/// a key that it does not know, stops at the first value that it cannot convert, and reads "24:00:00" as 24 days;
/// here each of those is found, and all of them at once.
/// </summary>
internal sealed class ConfigurationReader
{
    public const string Root = "Switch";

    private readonly ConfigurationErrors _errors;
    private readonly NullabilityInfoContext _nullability = new();

    private ConfigurationReader(ConfigurationErrors errors) => _errors = errors;

    public static SwitchOptions Read(IConfiguration configuration, ConfigurationErrors errors)
    {
        var options = new SwitchOptions();
        new ConfigurationReader(errors).FillGroup(configuration.GetSection(Root), options);
        return options;
    }

    private void FillGroup(IConfigurationSection section, object target)
    {
        if (section.Value is not (null or ConfigurationDocument.EmptyGroup))
        {
            _errors.AddUnread(
                section.Path, null,
                $"{Quote(section.Value)} is given where a group of keys is expected: write {{ ... }}.");
            return;
        }

        PropertyInfo[] properties = target.GetType().GetProperties();
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? property = Array.Find(
                properties, p => p.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                string known = string.Join(", ", properties.Select(p => p.Name));
                _errors.AddMisplaced(child.Path, $"is not a known key. Known here: {known}.");
                continue;
            }

            bool nullable = _nullability.Create(property).WriteState == NullabilityState.Nullable;
            if (TryReadValue(property.PropertyType, nullable, child, property.GetValue(target), out object? value))
            {
                property.SetValue(target, value);
            }
        }
    }

    /// <summary>False leaves the default in place: the value is absent, or its mistake has been noted.</summary>
    private bool TryReadValue(
        Type type, bool nullable, IConfigurationSection section, object? current, out object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;

        bool isNull = section.Value is null && !section.GetChildren().Any();
        value = null;
        if (isNull && nullable)
        {
            return true;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
        {
            return TryReadList(type, section, out value);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
        {
            return TryReadDictionary(type, section, current, out value);
        }

        if (type == typeof(FreshnessOptions)
            && FreshnessOptions.Off.Equals(section.Value, StringComparison.OrdinalIgnoreCase))
        {
            value = FreshnessOptions.None();
            return true;
        }

        if (type == typeof(TlsOptions) && section.Value is { } word && !IsEmptyShape(word))
        {
            return TryReadTlsWord(section, word, out value);
        }

        if (type.IsClass && type != typeof(string))
        {
            value = current ?? Activator.CreateInstance(type)!;
            FillGroup(section, value);
            return true;
        }

        return TryReadScalar(type, section, isNull, out value);
    }

    private bool TryReadTlsWord(IConfigurationSection section, string word, out object? value)
    {
        bool isNone = TlsOptions.None.Equals(word, StringComparison.OrdinalIgnoreCase);
        value = isNone ? TlsOptions.PlainText() : null;
        if (!isNone)
        {
            _errors.AddUnread(
                section.Path, null,
                $"'{word}' is neither a group of keys, {{ ... }}, nor the word {TlsOptions.None}.");
        }

        return isNone;
    }

    private bool TryReadList(Type type, IConfigurationSection section, out object? value)
    {
        value = null;
        if (section.Value is not (null or ConfigurationDocument.EmptyList))
        {
            _errors.AddUnread(
                section.Path, null, $"{Quote(section.Value)} is given where a list is expected: write [ ... ].");
            return false;
        }

        Type element = type.GetGenericArguments()[0];
        var list = (IList)Activator.CreateInstance(type)!;
        foreach (IConfigurationSection child in section.GetChildren())
        {
            // A gap would shift every later position, and the paths of later mistakes with it. What comes before it
            // stays: to drop the list would make mistakes of everything that names what is in it.
            if (child.Key != list.Count.ToString(CultureInfo.InvariantCulture))
            {
                _errors.AddMisplaced(child.Path, $"is not the next position of the list, which is {list.Count}.");
                break;
            }

            if (!TryReadValue(element, nullable: false, child, current: null, out object? item))
            {
                // Keeps the positions of what follows; the mistake itself has been noted.
                item = element == typeof(string) ? "" : Activator.CreateInstance(element);
            }

            list.Add(item);
        }

        value = list;
        return true;
    }

    private bool TryReadDictionary(Type type, IConfigurationSection section, object? current, out object? value)
    {
        value = current;
        if (section.Value is not (null or ConfigurationDocument.EmptyGroup))
        {
            _errors.AddUnread(
                section.Path, null,
                $"{Quote(section.Value)} is given where named entries are expected: write {{ ... }}.");
            return false;
        }

        Type element = type.GetGenericArguments()[1];
        var dictionary = (IDictionary)current!;
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (TryReadValue(element, nullable: false, child, current: null, out object? item))
            {
                dictionary[child.Key] = item;
            }
        }

        return true;
    }

    private bool TryReadScalar(Type type, IConfigurationSection section, bool isNull, out object? value)
    {
        value = null;
        if (section.Value is not { } text || IsEmptyShape(text))
        {
            _errors.AddUnread(section.Path, null, isNull
                ? "is null. Give it a value, or omit the key for its default."
                : "is a group or a list where one value is expected.");
            return false;
        }

        value = ScalarText.Parse(type, text);
        if (value is null)
        {
            _errors.AddUnread(section.Path, text, $"'{text}' is not {ScalarText.Describe(type)}.");
        }

        return value is not null;
    }

    private static bool IsEmptyShape(string value) =>
        value is ConfigurationDocument.EmptyList or ConfigurationDocument.EmptyGroup;

    private static string Quote(string value) => value switch
    {
        ConfigurationDocument.EmptyList => "[]",
        ConfigurationDocument.EmptyGroup => "{}",
        _ => $"'{value}'",
    };
}
