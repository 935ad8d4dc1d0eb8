using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Routing.Admission;

/// <summary>
/// Of requests that may be shed: which are refused first (docs/domain.md section 3.8). What tells of money that has
/// moved (reversals, advices, completions, replies) and network management is in none of these classes: it is never
/// refused for the length of a line.
/// </summary>
public enum ShedClass
{
    /// <summary>A question about an account: no money moves.</summary>
    Inquiry,

    /// <summary>0100, and what cannot be read.</summary>
    Authorization,

    /// <summary>0200.</summary>
    Financial,
}

/// <summary>Tells the class of a message.</summary>
public static class ShedClasses
{
    /// <summary>By its type, and by the first two digits of DE 3: 30 to 39 are inquiries.</summary>
    public static ShedClass Of(Message message) =>
        message.TryGetNumber(Field.ProcessingCode, out long code) && code / 100_000 == 3 ? ShedClass.Inquiry
        : message.Mti.Class == 2 ? ShedClass.Financial
        : ShedClass.Authorization;
}
