// Takes a purchase of 1987 in ASCII and says it in the edition of 1993 with packed digits.
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

// In canonical terms fields have the numbers and forms of 1987, whatever the dialect's edition is.
var request = new Message(capacity: 1024, FieldTerms.Canonical);
byte[] bytes = Encoding.ASCII.GetBytes(
    "02007238000000C00000164000001234567899000000000000001500112214015400012314015"
    + "41122TERM0001MERCHANT0000001");
if (!request.TryLoad(Dialect.Get("iso87-ascii"), bytes, out ParseFault fault))
{
    throw new FormatException($"The request is no good: {fault}");
}

var composer = new MessageComposer(sizeMax: 1024, FieldTerms.Canonical)
{
    // Dates of 1987 have no year: it is found by the moment.
    WallMs = new DateTimeOffset(2026, 11, 22, 14, 2, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(),
};
composer.Start(Dialect.Get("iso93-binary"), request.Mti);
composer.Take(request);
if (!composer.TryWrite(out ReadOnlySpan<byte> written, out fault))
{
    throw new FormatException($"It cannot be expressed in 1993: {fault}");
}

string hex = Convert.ToHexString(written);
Console.WriteLine($"{hex[..60]}\n{hex[60..]}");
Console.WriteLine($"{composer.LeftOut.Count} fields were left out.");

// Prints:
// 12007230010000C000001640000012345678990000000000000015001122
// 14015400012326112214015420005445524D303030314D45524348414E5430303030303031
// 0 fields were left out.
