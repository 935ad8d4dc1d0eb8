namespace Switch.Host.Security;

/// <summary>What a key is for. A module takes a key for nothing else.</summary>
internal enum KeyKind : byte
{
    /// <summary>Zone master key: other keys travel under it between two parties.</summary>
    Zmk,

    /// <summary>Zone PIN key: PIN blocks between two parties.</summary>
    Zpk,

    /// <summary>Zone authentication key: MACs between two parties.</summary>
    Zak,

    /// <summary>Terminal PIN key.</summary>
    Tpk,

    /// <summary>Terminal authentication key.</summary>
    Tak,

    /// <summary>Base derivation key of terminals with DUKPT.</summary>
    Bdk,
}

/// <summary>The cipher that a key is for.</summary>
internal enum KeyAlgorithm : byte
{
    Tdes,
    Aes,
}

/// <summary>How a key is written under a zone master key.</summary>
internal enum KeyScheme : byte
{
    /// <summary>U or T: each part under a variant.</summary>
    Variant,

    /// <summary>X or Y: each part under the key itself (ANSI X9.17).</summary>
    Ansi,

    /// <summary>R: a key block of X9.143.</summary>
    Block,
}

internal static class KeyKinds
{
    /// <summary>The number that host commands of the payShield family have for it.</summary>
    public static string Code(this KeyKind kind) => kind switch
    {
        KeyKind.Zmk => "000",
        KeyKind.Zpk => "001",
        KeyKind.Tpk => "002",
        KeyKind.Tak => "003",
        KeyKind.Zak => "008",
        KeyKind.Bdk => "009",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is no kind of key."),
    };

    /// <summary>The letter that a host command asks with, for a key of double length.</summary>
    public static char Letter(this KeyScheme scheme) => scheme switch
    {
        KeyScheme.Variant => 'U',
        KeyScheme.Ansi => 'X',
        _ => 'R',
    };

    public static bool IsOfPins(this KeyKind kind) => kind is KeyKind.Zpk or KeyKind.Tpk;

    public static bool IsOfMacs(this KeyKind kind) => kind is KeyKind.Zak or KeyKind.Tak;
}
