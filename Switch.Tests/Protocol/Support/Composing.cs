using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Support;

/// <summary>What tests share that hold a short way of composing against the way by texts.</summary>
internal static class Composing
{
    /// <summary>Each of these dialects with each, itself included.</summary>
    public static TheoryData<string, string> PairsOf(params string[] names)
    {
        var pairs = new TheoryData<string, string>();
        foreach (string from in names)
        {
            foreach (string to in names)
            {
                pairs.Add(from, to);
            }
        }

        return pairs;
    }

    /// <summary>
    /// The fields that can be set from their text: <c>Set</c> takes one as the target has it, bytes or characters.
    /// </summary>
    public static FieldSet Settable(Message source, Dialect target)
    {
        FieldSet fields = source.Fields & target.Defined;
        foreach (int field in fields)
        {
            fields = source.Dialect[field]!.Kind == target[field]!.Kind ? fields : fields.Without(field);
        }

        return fields;
    }

    /// <summary>Sets each of the fields from its text.</summary>
    public static void SetTexts(MessageComposer composer, Message source, in FieldSet fields)
    {
        foreach (int field in fields)
        {
            byte[] text = new byte[source.TextLength(field)];
            source.CopyText(field, text);
            composer.Set(field, text);
        }
    }

    /// <summary>The message in hexadecimal, or what is wrong with it.</summary>
    public static string Written(MessageComposer composer) =>
        composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
            ? Convert.ToHexString(bytes)
            : fault.ToString();
}
