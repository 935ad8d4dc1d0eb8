using Microsoft.Extensions.Logging;

namespace Switch.Host.Server;

/// <summary>What is said of TLS as a whole. Ids 1050 to 1069; the next free one is 1056.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(1050, LogLevel.Error,
        "PLAIN TEXT: {Side} {Name} is spoken to beyond this machine without TLS, because its Tls is None. Card data "
        + "crosses that network as it is")]
    public static partial void PlainText(ILogger logger, string side, string name);

    [LoggerMessage(1051, LogLevel.Warning,
        "The TLS certificate for {Side} {Name} ({Certificate}) ends on {NotAfter}, in {Days} days or less. Replace its "
        + "files, then: tls reload")]
    public static partial void CertificateEnds(
        ILogger logger, string side, string name, string certificate, string notAfter, int days);

    [LoggerMessage(1052, LogLevel.Error,
        "The TLS certificate for {Side} {Name} ({Certificate}) ended on {NotAfter}: the partner refuses it. Replace "
        + "its files, then: tls reload")]
    public static partial void CertificateEnded(
        ILogger logger, string side, string name, string certificate, string notAfter);

    [LoggerMessage(1053, LogLevel.Warning,
        "The revocation list for {Side} {Name} should have been replaced on {NextUpdate}. It stays in use. Replace its "
        + "file, then: tls reload")]
    public static partial void RevocationListOld(ILogger logger, string side, string name, string nextUpdate);

    [LoggerMessage(1054, LogLevel.Information,
        "TLS certificates, keys, pins and revocation lists were replaced by {Who}: {Why}. {Withdrawn} connections were "
        + "closed, as their peers are allowed no longer")]
    public static partial void Replaced(ILogger logger, string who, string why, long withdrawn);

    [LoggerMessage(1055, LogLevel.Error,
        "TLS certificates, keys, pins and revocation lists were not replaced, those of before are in use. "
        + "{Path}: {Problem}")]
    public static partial void NotReplaced(ILogger logger, string path, string problem);
}
