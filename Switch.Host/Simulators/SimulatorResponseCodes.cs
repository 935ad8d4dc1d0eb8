namespace Switch.Host.Simulators;

/// <summary>DE 39 as the simulated hosts use it (ISO 8583:1987).</summary>
internal static class SimulatorResponseCodes
{
    public const string Approved = "00";
    public const string DoNotHonor = "05";
    public const string FormatError = "30";
    public const string NoFunds = "51";
    public const string WrongPin = "55";
    public const string PinUnreadable = "81";
    public const string Inoperative = "91";
    public const string Duplicate = "94";
    public const string Malfunction = "96";

    /// <summary>The codes that move money (docs/domain.md section 1.5).</summary>
    public static bool IsApproval(string? code) => code is "00" or "08" or "10" or "11" or "16" or "85";

    /// <summary>Codes after which a sender of an advice or a reversal sends it again.</summary>
    public static bool IsRetry(string? code) => code is Inoperative or Malfunction or "80" or "90";
}
