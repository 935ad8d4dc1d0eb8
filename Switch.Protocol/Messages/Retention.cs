using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// What of a message may be kept after it was handled, even encrypted (PCI DSS 3.3.1), in canonical fields. <see
/// cref="FieldImage"/> takes the sensitive data objects out of DE 55 besides.
/// </summary>
public static class Retention
{
    /// <summary>
    /// From a request, which travels before authorization completes: neither sensitive fields nor private ones, where
    /// a verification code may hide.
    /// </summary>
    public static FieldSet StorableFromRequest(Dialect dialect) =>
        dialect.Edition.Defined.Except(dialect.Edition.Sensitive | dialect.Edition.Private);

    /// <summary>
    /// From an advice or a reversal, which is sent after authorization and must be forwarded as it came: all but the
    /// sensitive.
    /// </summary>
    public static FieldSet StorableFromAdvice(Dialect dialect) =>
        dialect.Edition.Defined.Except(dialect.Edition.Sensitive);
}
