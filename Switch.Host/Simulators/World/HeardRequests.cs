using Switch.Protocol.Dialects;

namespace Switch.Host.Simulators.World;

/// <summary>A request as an issuer heard it.</summary>
internal sealed record HeardRequest(int Issuer, int Link, Dialect Dialect, byte[] Bytes);

/// <summary>
/// The latest requests of all issuers, so that one of them may answer with all that another payment says of itself.
/// </summary>
internal sealed class HeardRequests
{
    private const int Kept = 64;

    private readonly HeardRequest?[] _ring = new HeardRequest?[Kept];
    private int _next;

    public void Add(int issuer, int link, Dialect dialect, ReadOnlySpan<byte> bytes) =>
        _ring[_next++ % Kept] = new HeardRequest(issuer, link, dialect, bytes.ToArray());

    /// <summary>
    /// One that was not asked on this link, in words that its issuer speaks; null where chance finds none.
    /// </summary>
    public HeardRequest? Pick(RandomSource random, int link, Dialect dialect) =>
        _ring[random.Below(Kept)] is { } heard && heard.Link != link && ReferenceEquals(heard.Dialect, dialect)
            ? heard
            : null;
}
