namespace Switch.Host.Security.HostCommands;

/// <summary>What a reply says about the module that sent it.</summary>
internal enum HsmHealth : byte
{
    /// <summary>It works; also where it refuses what it was given.</summary>
    Sound,

    /// <summary>Something is wrong with it. Another may be asked.</summary>
    Failing,

    /// <summary>It has no master key, or a wrong one. It is asked for nothing until that has changed.</summary>
    Useless,
}

/// <summary>How codes of replies are taken (docs/operating/keys.md).</summary>
internal static class HsmCode
{
    /// <summary>Done; of an import also that the parity was corrected.</summary>
    public const string Done = "00";

    /// <summary>The result of a comparison, or advice.</summary>
    public const string Verification = "01";

    public static (SecurityStatus Status, HsmHealth Health) Read(string code) => code switch
    {
        Done => (SecurityStatus.Done, HsmHealth.Sound),
        Verification => (SecurityStatus.NotVerified, HsmHealth.Sound),
        "10" => (SecurityStatus.SourceKeyRejected, HsmHealth.Sound),
        "11" => (SecurityStatus.DestinationKeyRejected, HsmHealth.Sound),
        "12" or "13" or "21" => (SecurityStatus.Unavailable, HsmHealth.Useless),
        "15" or "26" or "80" => (SecurityStatus.InputRefused, HsmHealth.Sound),
        "17" or "68" => (SecurityStatus.NotAuthorized, HsmHealth.Sound),
        "20" => (SecurityStatus.PinBlockInvalid, HsmHealth.Sound),
        "22" => (SecurityStatus.AccountInvalid, HsmHealth.Sound),
        "23" => (SecurityStatus.FormatNotAllowed, HsmHealth.Sound),
        "24" => (SecurityStatus.PinLengthInvalid, HsmHealth.Sound),
        _ => (SecurityStatus.Unavailable, HsmHealth.Failing),
    };
}
