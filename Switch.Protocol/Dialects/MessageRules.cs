using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>What JSON states about the messages of one type or of several.</summary>
public sealed record MessageText(FieldSet Mandatory, FieldSet? Optional, FieldSet Forbidden);

/// <summary>
/// Which fields a type of message must have and must not have, looked up by class, function and origin. Every
/// statement whose pattern fits a type applies to it; a repeat is bound by what binds the message it repeats.
/// </summary>
internal sealed class MessageRules
{
    /// <summary>Class, function and origin: the three digits after the version.</summary>
    private const int TypesEnd = 1_000;

    private readonly Rule[] _rules;
    private readonly byte[] _ruleOf = new byte[TypesEnd];

    private MessageRules(Rule[] rules, byte[] ruleOf)
    {
        _rules = rules;
        _ruleOf = ruleOf;
    }

    /// <summary>Null when nothing is stated, or the mistakes are noted.</summary>
    public static MessageRules? Compile(
        IReadOnlyDictionary<string, MessageText?> texts, IsoVersion version, FieldSet defined, List<string> mistakes)
    {
        var rules = new List<Rule> { default };
        var indexes = new Dictionary<Rule, byte> { [default] = 0 };
        byte[] ruleOf = new byte[TypesEnd];
        foreach ((string pattern, MessageText? text) in texts)
        {
            Judge(pattern, text, version, defined, mistakes);
        }

        for (int type = 0; type < TypesEnd; type++)
        {
            Rule rule = RuleOf(texts, new Mti(((int)version * TypesEnd) + type), defined);
            if (!indexes.TryGetValue(rule, out byte index))
            {
                if (rules.Count > byte.MaxValue)
                {
                    mistakes.Add("messages: more than 255 different rules");
                    return null;
                }

                index = (byte)rules.Count;
                rules.Add(rule);
                indexes.Add(rule, index);
            }

            ruleOf[type] = index;
        }

        return rules.Count > 1 ? new MessageRules([.. rules], ruleOf) : null;
    }

    /// <summary>Whether four characters are digits or x, which stands for any digit.</summary>
    public static bool IsPattern(string text)
    {
        foreach (char place in text)
        {
            if (place != 'x' && !char.IsAsciiDigit(place))
            {
                return false;
            }
        }

        return text.Length == Mti.Size;
    }

    /// <summary>The lowest field that is missing, else the lowest that must not be there, else 0.</summary>
    public int FieldAtFault(Mti mti, in FieldSet fields)
    {
        ref readonly Rule rule = ref _rules[_ruleOf[mti.Value % TypesEnd]];
        FieldSet missing = rule.Mandatory.Except(fields);
        return !missing.IsEmpty ? missing.Lowest : (rule.Forbidden & fields).Lowest;
    }

    private static void Judge(
        string pattern, MessageText? text, IsoVersion version, FieldSet defined, List<string> mistakes)
    {
        string path = $"messages.{pattern}";
        if (pattern[0] != 'x' && pattern[0] != '0' + (int)version)
        {
            mistakes.Add($"{path}: messages of this dialect begin with {(int)version}");
        }

        if (text is null)
        {
            return;
        }

        FieldSet unknown = (text.Mandatory | (text.Optional ?? default)).Except(defined);
        if (!unknown.IsEmpty)
        {
            mistakes.Add($"{path}: the dialect has no field {unknown}");
        }

        FieldSet both = text.Mandatory & text.Forbidden;
        if (!both.IsEmpty)
        {
            mistakes.Add($"{path}: field {both} cannot be mandatory and forbidden");
        }
    }

    private static Rule RuleOf(IReadOnlyDictionary<string, MessageText?> texts, Mti mti, FieldSet defined)
    {
        FieldSet mandatory = default;
        FieldSet forbidden = default;
        foreach ((string pattern, MessageText? text) in texts)
        {
            if (text is null || (!Fits(pattern, mti) && !Fits(pattern, mti.WithoutRepeat())))
            {
                continue;
            }

            mandatory |= text.Mandatory;
            forbidden |= text.Forbidden;
            if (text.Optional is { } optional)
            {
                forbidden |= defined.Except(text.Mandatory | optional);
            }
        }

        return new Rule(mandatory, forbidden);
    }

    private static bool Fits(string pattern, Mti mti)
    {
        int rest = mti.Value;
        for (int index = Mti.Size - 1; index >= 0; index--)
        {
            (rest, int digit) = int.DivRem(rest, 10);
            if (pattern[index] != 'x' && pattern[index] != '0' + digit)
            {
                return false;
            }
        }

        return true;
    }

    private readonly record struct Rule(FieldSet Mandatory, FieldSet Forbidden);
}
