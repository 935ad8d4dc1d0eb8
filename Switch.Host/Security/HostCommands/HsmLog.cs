using Microsoft.Extensions.Logging;

namespace Switch.Host.Security.HostCommands;

/// <summary>What modules do. Ids 6000 to 6002; ids and names are an interface that alerts match on.</summary>
internal static partial class HsmLog
{
    [LoggerMessage(6000, LogLevel.Information, "Security module {Hsm} is in use, master key {CheckValue}")]
    public static partial void InUse(ILogger logger, string hsm, string checkValue);

    [LoggerMessage(6001, LogLevel.Warning, "Security module {Hsm} is out of use: {Cause}")]
    public static partial void OutOfUse(ILogger logger, string hsm, string cause);

    [LoggerMessage(
        6002, LogLevel.Error,
        "Security module {Hsm} has master key {CheckValue}, and those in use have {Expected}: it is not used")]
    public static partial void OtherMasterKey(ILogger logger, string hsm, string checkValue, string expected);
}
