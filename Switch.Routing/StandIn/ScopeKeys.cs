using System.Buffers.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>
/// What limits count by, and what they filter by, besides card and issuer. Texts stand as hashes: two merchants with
/// one hash would share a limit, which is strict, and improbable at 64 bits.
/// </summary>
internal readonly record struct ScopeKeys
{
    /// <summary>A filter's value that the request does not have.</summary>
    public const short Absent = -1;

    private const int TextMax = 64;

    public ScopeKeys()
    {
    }

    public ulong Merchant { get; init; }

    public ulong Terminal { get; init; }

    public ulong Acquirer { get; init; }

    public ulong Range { get; init; }

    /// <summary>DE 18 as a number.</summary>
    public short Mcc { get; init; } = Absent;

    /// <summary>The first two digits of DE 3.</summary>
    public short ProcessingCode { get; init; } = Absent;

    /// <summary>The first two digits of DE 22.</summary>
    public short EntryMode { get; init; } = Absent;

    public static ScopeKeys Of(Message request, ulong acquirer, ulong range)
    {
        Span<byte> text = stackalloc byte[TextMax];
        return new ScopeKeys
        {
            Merchant = HashOf(Read(request, Field.MerchantId, text)),
            Terminal = HashOf(Read(request, Field.TerminalId, text)),
            Acquirer = acquirer,
            Range = range,
            Mcc = Leading(Read(request, Field.MerchantType, text), 4),
            ProcessingCode = Leading(Read(request, Field.ProcessingCode, text), 2),
            EntryMode = Leading(Read(request, Field.EntryMode, text), 2),
        };
    }

    /// <summary>The hash of an identifier: stable, and blind to the spaces that pad a fixed field.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> text)
    {
        var hash = new StableHash(0);
        hash.Add(text.TrimEnd((byte)' '));
        return hash.Value;
    }

    /// <summary>The leading digits as a number, or <see cref="Absent"/>.</summary>
    public static short Leading(ReadOnlySpan<byte> text, int digits) =>
        text.Length >= digits && Utf8Parser.TryParse(text[..digits], out ushort value, out int used) && used == digits
            ? (short)value
            : Absent;

    private static ReadOnlySpan<byte> Read(Message request, int field, Span<byte> text) =>
        request.TextLength(field) is var length && length <= text.Length
            ? text[..request.CopyText(field, text)]
            : default;
}
