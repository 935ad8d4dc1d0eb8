namespace Switch.Routing.Owed;

/// <summary>Who wants an issuer's owed messages to wait. They go when no cause is left.</summary>
[Flags]
internal enum AdvicePause : byte
{
    None = 0,

    /// <summary>The issuer asked (0800/079), until it asks to go on (060, 066, 078). A restart forgets it.</summary>
    Issuer = 1,

    /// <summary>The issuer signed off into stand-in (0800/065), until it signs on again.</summary>
    IssuerSignOff = 2,

    /// <summary>An operator, until an operator resumes. A restart keeps it.</summary>
    Operator = 4,
}
