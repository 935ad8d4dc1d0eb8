using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Editions;

/// <summary>Messages on their way through the switch's own terms.</summary>
internal static class Translations
{
    public static readonly long Now =
        new DateTimeOffset(2026, 11, 22, 14, 1, 54, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>Every pair of built-in dialects of different editions.</summary>
    public static IEnumerable<(string From, string To)> Ways()
    {
        string[] names = ["iso87-ascii", "iso87-binary", "iso93-ascii", "iso93-binary", "iso03-ascii", "iso03-binary"];
        return from a in names from b in names where a[..5] != b[..5] select (a, b);
    }

    /// <summary>A message on the wire, as the switch sees it.</summary>
    public static Message Hear(Dialect dialect, string mti, IReadOnlyDictionary<int, string> wire)
    {
        Assert.True(Mti.TryParse(Encoding.ASCII.GetBytes(mti), out Mti type));
        return Hear(dialect, Samples.Encode(dialect, type, wire));
    }

    public static Message Hear(Dialect dialect, byte[] bytes)
    {
        var message = new Message(8192, FieldTerms.Canonical);
        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        return message;
    }

    /// <summary>The same said in another dialect, as it goes on the wire.</summary>
    public static byte[] Say(Message message, Dialect target, out MessageComposer composer, long? now = null)
    {
        composer = new MessageComposer(8192, FieldTerms.Canonical) { WallMs = now ?? Now };
        composer.Start(target, message.Mti);
        composer.Take(message);
        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        return bytes.ToArray();
    }

    public static byte[] Say(Message message, Dialect target, long? now = null) => Say(message, target, out _, now);

    /// <summary>What is on the wire, in the dialect's own numbers.</summary>
    public static Message Read(Dialect dialect, byte[] bytes)
    {
        var message = new Message(8192);
        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        return message;
    }

    /// <summary>As it is said in another dialect, read there.</summary>
    public static Message Translate(Message message, Dialect target, long? now = null) =>
        Read(target, Say(message, target, now));
}
