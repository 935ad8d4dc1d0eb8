namespace Switch.Routing.Effects;

/// <summary>What is known of the MAC of a message that came in.</summary>
public enum MacState : byte
{
    /// <summary>Its partner sends none, or none in messages like this one.</summary>
    NotRequired,

    /// <summary>It is the one that the partner's key gives.</summary>
    Verified,

    /// <summary>It is another one, or it is none at all: the message is not as it was sent.</summary>
    Wrong,

    /// <summary>The message has none, and must have one.</summary>
    Missing,

    /// <summary>The security module failed, or did not answer in time: nothing is known.</summary>
    Unavailable,
}

/// <summary>What follows from a <see cref="MacState"/>.</summary>
public static class MacStates
{
    /// <summary>Whether the message may be believed.</summary>
    public static bool IsTrusted(this MacState mac) => mac is MacState.NotRequired or MacState.Verified;
}
