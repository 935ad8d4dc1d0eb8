using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// One element of a description, with its attributes as a validating parser gives them: without spaces around them.
/// What it has and was never asked for is said by <see cref="Finish"/>: an attribute that is passed over in silence is
/// found out by a payment.
/// </summary>
internal sealed class JposElement(XElement element, DialectDraft draft)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public string Name => element.Name.LocalName;

    /// <summary>Its line, and its number where it has one.</summary>
    public string Place
    {
        get
        {
            string line = string.Create(
                CultureInfo.InvariantCulture, $"line {((IXmlLineInfo)element).LineNumber}");
            return ValueOf("id") is { } id ? $"{line}, id {id}" : line;
        }
    }

    public bool HasElements => element.HasElements;

    public IEnumerable<JposElement> Elements => element.Elements().Select(child => new JposElement(child, draft));

    /// <summary>The attribute; null where there is none, or it is empty.</summary>
    public string? Text(string name)
    {
        _taken.Add(name);
        return ValueOf(name) is { Length: > 0 } value ? value : null;
    }

    public bool TryNumber(string name, out int number) =>
        int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Null where there is none; false also where it is neither true nor false.</summary>
    public bool? Flag(string name) => Text(name) is { } value
        ? string.Equals(value, "true", StringComparison.OrdinalIgnoreCase)
        : null;

    /// <summary>Whether an attribute says neither true nor false, which that library reads as false.</summary>
    public bool IsStrangeFlag(string name) => Text(name) is { } value && !bool.TryParse(value, out _);

    /// <summary>Names the attributes that were not asked for.</summary>
    public void Finish()
    {
        foreach (XAttribute attribute in element.Attributes())
        {
            if (!attribute.IsNamespaceDeclaration && !_taken.Contains(attribute.Name.LocalName))
            {
                draft.Warn($"{Place}: the attribute {attribute.Name.LocalName} is not supported, or has no meaning in "
                    + "this place: not used");
            }
        }
    }

    private string? ValueOf(string name) => ((string?)element.Attribute(name))?.Trim(' ', '\t', '\n', '\r');
}
