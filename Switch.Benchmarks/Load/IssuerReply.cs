using System.Numerics;
using Switch.Protocol.Fields;

namespace Switch.Benchmarks.Load;

/// <summary>
/// An issuer's answer, made of the request by copying runs of its bytes; and the entry in the issuer's book.
/// </summary>
internal sealed class IssuerReply(WireShape shape, ResponderBook book)
{
    private const int AuthorizationClass = 1;
    private const int ReversalClass = 4;
    private const int NetworkClass = 8;

    private static readonly ulong Echoed = BitsOf(2, 3, 4, 7, 11, 12, 13, 15, 23, 24, 25, 28, 32, 33, 37, 41, 42, 49);
    private static readonly ulong EchoedSecond = (1UL << (128 - 70)) | (1UL << (128 - 90));
    private static readonly ulong ApprovalBit = BitsOf(Field.ApprovalCode);
    private static readonly ulong CodeBit = BitsOf(Field.ResponseCode);

    private readonly FieldPlaces _places = new();

    /// <summary>Requests of money seen.</summary>
    public long Requests { get; private set; }

    /// <summary>Writes the answer and returns its size; 0 when the message calls for none.</summary>
    /// <param name="request">The message.</param>
    /// <param name="into">Where the answer goes.</param>
    /// <param name="isSilent">Only network management is answered, and nothing is entered: the issuer's back end is
    /// dead.</param>
    public int Write(ReadOnlySpan<byte> request, Span<byte> into, bool isSilent)
    {
        if (!shape.TryIndex(request, _places))
        {
            throw new InvalidDataException($"The issuer was sent what is no message: {Convert.ToHexString(request)}");
        }

        int mti = shape.MtiOf(request);
        if (mti / 10 % 2 != 0 || (isSilent && mti / 100 % 10 != NetworkClass))
        {
            return 0;
        }

        bool isApproved = Enter(request, mti);
        ulong first = _places.First & Echoed;
        ulong second = _places.Second & EchoedSecond;
        first |= CodeBit | (isApproved && mti / 100 % 10 == AuthorizationClass ? ApprovalBit : 0);
        first |= second != 0 ? 1UL << 63 : 0;

        shape.WriteDigits(into, (mti / 10 * 10) + 10, 4);
        int at = shape.MtiSize;
        shape.WriteBitmap(into[at..], first);
        at += shape.BitmapSize;
        if (second != 0)
        {
            shape.WriteBitmap(into[at..], second);
            at += shape.BitmapSize;
        }

        // Up to the two fields that are the issuer's own, these, and the rest.
        ulong own = ApprovalBit | CodeBit;
        ulong before = ~(CodeBit - 1) & ~own & (ulong.MaxValue >> 1);
        at = CopyRuns(request, first & before, 1, into, at);
        if ((first & ApprovalBit) != 0)
        {
            request.Slice(_places.EndOf(Field.RetrievalReference) - 6, 6).CopyTo(into[at..]);
            at += 6;
        }

        (isApproved ? "00"u8 : "05"u8).CopyTo(into[at..]);
        at += 2;
        at = CopyRuns(request, first & (CodeBit - 1), 1, into, at);
        return CopyRuns(request, second, 65, into, at);
    }

    private bool Enter(ReadOnlySpan<byte> request, int mti)
    {
        int messageClass = mti / 100 % 10;
        if (messageClass is not (AuthorizationClass or ReversalClass) || !_places.Has(Field.RetrievalReference))
        {
            return true;
        }

        Requests++;
        int number = (int)WireShape.ReadText(request[_places.StartOf(Field.RetrievalReference)..], 12);
        ref IssuerEntry entry = ref book[number];
        entry.Amount = (int)shape.ReadDigits(request[_places.StartOf(Field.Amount)..], 12);
        if (messageClass == ReversalClass)
        {
            entry.Reversals++;
            return true;
        }

        // A stand-in approval's advice tells what has happened; a request asks.
        bool isApproved = mti / 10 % 10 == 2 || !LoadMix.IsDeclined(number);
        bool isKnownRepeat = mti % 10 == 1 && entry.Approvals > 0;
        entry.Approvals += isApproved && !isKnownRepeat ? (ushort)1 : (ushort)0;
        return isApproved;
    }

    private int CopyRuns(ReadOnlySpan<byte> request, ulong bits, int firstField, Span<byte> into, int at)
    {
        int begin = 0;
        int end = 0;
        while (bits != 0)
        {
            int bit = BitOperations.LeadingZeroCount(bits);
            bits &= ~(1UL << (63 - bit));
            int field = firstField + bit;
            if (_places.BeginOf(field) != end)
            {
                request[begin..end].CopyTo(into[at..]);
                at += end - begin;
                begin = _places.BeginOf(field);
            }

            end = _places.EndOf(field);
        }

        request[begin..end].CopyTo(into[at..]);
        return at + end - begin;
    }

    private static ulong BitsOf(params ReadOnlySpan<int> fields)
    {
        ulong bits = 0;
        foreach (int field in fields)
        {
            bits |= 1UL << (64 - field);
        }

        return bits;
    }
}
