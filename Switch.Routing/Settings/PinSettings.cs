namespace Switch.Routing.Settings;

/// <summary>What becomes of DE 52 in an acquirer's requests.</summary>
public enum PinHandling : byte
{
    /// <summary>No key is configured: a request with a PIN is declined, because no issuer could read it.</summary>
    Refuse,

    /// <summary>Goes on as it is, to the issuers that have the acquirer's own key and to no other.</summary>
    PassThrough,

    /// <summary>Is enciphered anew under the key of each issuer that is asked.</summary>
    Translate,
}

/// <summary>How an acquirer's PIN blocks are handled (docs/domain.md section 4.2).</summary>
public sealed record PinSettings
{
    /// <summary>No PIN is taken.</summary>
    public static PinSettings None { get; } = new();

    public PinHandling Handling { get; init; }

    /// <summary>
    /// Of <see cref="PinHandling.PassThrough"/>: the issuers with which the acquirer shares its key, by index.
    /// </summary>
    public IReadOnlyList<int> SharedWith { get; init; } = [];

    /// <summary>
    /// DE 39 when the acquirer's PIN block cannot be read, or none is taken from it: 86 (920 in later editions) or 81
    /// (126).
    /// </summary>
    public string UnreadableCode { get; init; } = "86";

    /// <summary>
    /// The field, by its canonical number, that has the key serial number of the terminal (DUKPT). 0: the acquirer's
    /// PIN blocks are under one key.
    /// </summary>
    public int SerialNumberField { get; init; }
}
