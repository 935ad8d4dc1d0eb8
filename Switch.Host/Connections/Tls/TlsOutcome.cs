using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>What became of a peer's handshake.</summary>
/// <param name="Connection">Null: it was refused.</param>
/// <param name="Refusal">Why.</param>
/// <param name="Detail">For a log line: which certificate and why, or what the platform said.</param>
internal readonly record struct TlsOutcome(TlsConnection? Connection, TlsRefusal Refusal, string Detail)
{
    private static readonly string[] Details = DetailsOf();

    /// <summary>Refused for a cause that needs no more words than it has itself.</summary>
    public static TlsOutcome Of(TlsRefusal refusal) => new(null, refusal, DetailOf(refusal));

    /// <summary>Made once: a crowd is refused hundreds of times a second.</summary>
    public static string DetailOf(TlsRefusal refusal) => Details[(int)refusal];

    private static string[] DetailsOf()
    {
        string[] details = new string[Enum.GetValues<TlsRefusal>().Length];
        Array.Fill(details, "");
        details[(int)TlsRefusal.PlainText] = "what came is no TLS: does the peer speak plain text?";
        details[(int)TlsRefusal.TimedOut] = $"the handshake took longer than {Handshakes.Time.TotalSeconds:0} s";
        details[(int)TlsRefusal.TooMany] =
            $"{Handshakes.MaxOfOne} handshakes at this listener are under way, or {Handshakes.Max} in all; or "
            + $"{Handshakes.HellosMaxOfOne} connections of it have sent no whole record, or {Handshakes.HellosMax}";
        details[(int)TlsRefusal.PeerGone] = "it went away before the handshake was over";
        details[(int)TlsRefusal.Displaced] =
            "it waited for its peer, and gave its place to another, because as many were under way as may be";
        return details;
    }
}
