using Switch.Protocol.Fields;

namespace Switch.Protocol.Editions;

/// <summary>The message type in the edition on the wire, and in canonical terms.</summary>
internal static class EditionMti
{
    private const int Other = 4;

    /// <summary>
    /// The type in version 0. Network management of the later editions has the origin "other" (1804, 1814), which 1987
    /// writes as 0800. What claims another edition than its dialect's has been found out before.
    /// </summary>
    public static Mti CanonicalOf(Mti wire, IsoVersion version)
    {
        Mti mti = wire.WithVersion(0);
        return version != IsoVersion.Iso1987 && mti is { IsNetworkManagement: true, Origin: Other or Other + 1 }
            ? new Mti(mti.Value - Other)
            : mti;
    }

    /// <summary>
    /// The type in the edition of a dialect. One that is not canonical stays what it is, and is not sent.
    /// </summary>
    public static Mti WireOf(Mti canonical, IsoVersion version)
    {
        if (version == IsoVersion.Iso1987 || canonical.Version != 0)
        {
            return canonical;
        }

        Mti mti = canonical.WithVersion((int)version);
        return mti is { IsNetworkManagement: true, Origin: 0 or 1 } ? new Mti(mti.Value + Other) : mti;
    }
}
