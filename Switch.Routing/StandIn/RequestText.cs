using System.Buffers.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Routing.StandIn;

/// <summary>What stand-in reads in a request's texts.</summary>
internal static class RequestText
{
    private const int TextMax = 16;
    private const int TrackMax = 64;
    private const int ExpirySize = 4;

    // Name, city, country: the last two are the country's letters (ISO 8583:1987, DE 43).
    private const int PlaceSize = 40;
    private const int CountrySize = 2;

    /// <summary>
    /// Whether DE 14 (YYMM), or the expiry in the track, lies before this month. A card without one passes.
    /// </summary>
    /// <param name="localMs">Milliseconds since 1970 on the issuer's clock.</param>
    public static bool IsExpired(Message request, long localMs)
    {
        Span<byte> text = stackalloc byte[TrackMax];
        int start = 0;
        int length = 0;
        if (request.TextLength(Field.Expiry) == ExpirySize)
        {
            length = request.CopyText(Field.Expiry, text);
        }
        else if (request.Has(Field.Track2) && request.TextLength(Field.Track2) <= text.Length)
        {
            Span<byte> track = text[..request.CopyText(Field.Track2, text)];
            int separator = track.IndexOfAny((byte)'=', (byte)'D');
            start = separator + 1;
            length = separator >= 0 && track.Length >= start + ExpirySize ? ExpirySize : 0;
        }

        DateTime now = DateTime.UnixEpoch.AddMilliseconds(localMs);
        bool isExpired = Utf8Parser.TryParse(text.Slice(start, length), out int yearMonth, out int used)
            && used == ExpirySize
            && yearMonth < ((now.Year % 100) * 100) + now.Month;
        text.Clear(); // It may have held a track.
        return isExpired;
    }

    /// <summary>
    /// Whether DE 19 (three digits), or the end of a DE 43 of 40 characters (two letters), is one of these countries.
    /// </summary>
    public static bool IsOfCountry(Message request, byte[][] countries)
    {
        Span<byte> place = stackalloc byte[PlaceSize];
        ReadOnlySpan<byte> letters = countries.Length > 0 && request.TextLength(Field.MerchantName) == PlaceSize
            ? place[..request.CopyText(Field.MerchantName, place)][^CountrySize..]
            : default;
        foreach (byte[] country in countries)
        {
            if (letters.SequenceEqual(country) || StartsWith(request, Field.AcquirerCountry, country))
            {
                return true;
            }
        }

        return false;
    }

    public static bool StartsWithAny(Message request, int field, byte[][] prefixes)
    {
        foreach (byte[] prefix in prefixes)
        {
            if (StartsWith(request, field, prefix))
            {
                return true;
            }
        }

        return false;
    }

    public static bool StartsWith(Message request, int field, byte[] prefix)
    {
        Span<byte> text = stackalloc byte[TextMax];
        return request.TextLength(field) is var length && length > 0 && length <= text.Length
            && text[..request.CopyText(field, text)].StartsWith(prefix);
    }
}
