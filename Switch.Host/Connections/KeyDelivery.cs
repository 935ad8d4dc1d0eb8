namespace Switch.Host.Connections;

/// <summary>How an issuer answered to a key that was sent to it.</summary>
internal enum KeyFate : byte
{
    /// <summary>It may have the key, or not.</summary>
    Silent,

    /// <summary>Surely nothing was sent.</summary>
    NotSent,
    Taken,
    Refused,

    /// <summary>It says that it has one of another check value.</summary>
    OtherKey,
}

/// <summary>What an issuer said, as text; empty where it has said nothing.</summary>
/// <param name="Code">DE 39.</param>
/// <param name="Check">Of the field that has the check value.</param>
internal sealed record KeyVerdict(KeyFate Fate, string Code, string Check, bool IsVerified)
{
    public static KeyVerdict Silent { get; } = new(KeyFate.Silent, "", "", IsVerified: false);

    public static KeyVerdict NotSent { get; } = new(KeyFate.NotSent, "", "", IsVerified: false);
}

/// <summary>A key on its way through the core to an issuer.</summary>
/// <param name="Issuer">By index.</param>
/// <param name="CheckField">0: none.</param>
internal sealed record KeyDelivery(
    long Tag, int Issuer, bool IsOfMacs, int Field, byte[] Text, int CheckField, byte[] CheckValue)
{
    /// <summary>What became of it.</summary>
    public TaskCompletionSource<KeyVerdict> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
