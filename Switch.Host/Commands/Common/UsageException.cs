using Switch.Host.Configuration;

namespace Switch.Host.Commands.Common;

/// <summary>The command cannot do what its arguments say. The message is for the person who typed them.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>A name that is none of an issuer.</summary>
    public static UsageException NoIssuer(string name, IEnumerable<string> known) =>
        new($"'{name}' is not an issuer. Known: {Rules.Known(known)}.");
}

/// <summary>The switch that a command is to talk to does not answer: what was asked for may be right.</summary>
internal sealed class NoAnswerException(string message) : Exception(message);
