using System.Buffers.Binary;
using Switch.Protocol.Fields;

namespace Switch.Tests.Routing.StandIn;

/// <summary>Tokens as a keyed hash would make them: spread evenly, and the same for the same number.</summary>
internal static class TestTokens
{
    public static CardToken Of(long number)
    {
        Span<byte> token = stackalloc byte[CardToken.Size];
        ulong mixed = ((ulong)number + 1) * 0x9E3779B97F4A7C15;
        mixed ^= mixed >> 29;
        BinaryPrimitives.WriteUInt64BigEndian(token, mixed * 0xBF58476D1CE4E5B9);
        BinaryPrimitives.WriteInt64BigEndian(token[8..], number);
        return CardToken.Read(token);
    }
}
