using System.Numerics;
using System.Runtime.CompilerServices;

namespace Switch.Protocol.Fields;

/// <summary>
/// A set of field numbers from 1 to <see cref="NumberMax"/>. Each word is laid out as the bitmap of the wire is: the
/// leftmost bit is the lowest number. So a bitmap that was read is a set, and a set that is written is a bitmap.
/// Numbers past 192 have no bitmap: they name what later editions say and the 1987 one has no number for.
/// </summary>
public readonly struct FieldSet : IEquatable<FieldSet>
{
    /// <summary>The highest number that a set can hold.</summary>
    public const int NumberMax = 255;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>How many words there is a bitmap for.</summary>
    internal const int BitmapWords = 3;

    /// <summary>Takes three bitmaps as they stand, without their continuation bits.</summary>
    internal FieldSet(ulong first, ulong second, ulong third)
        : this(first, second, third, 0)
    {
    }

    private FieldSet(ulong first, ulong second, ulong third, ulong fourth)
    {
        _first = first;
        _second = second;
        _third = third;
        _fourth = fourth;
    }

    public static FieldSet Empty => default;

    public bool IsEmpty => (_first | _second | _third | _fourth) == 0;

    public int Count =>
        BitOperations.PopCount(_first) + BitOperations.PopCount(_second)
        + BitOperations.PopCount(_third) + BitOperations.PopCount(_fourth);

    /// <summary>Fields 1 to 64, field 1 in the leftmost bit.</summary>
    internal ulong First => _first;

    /// <summary>Fields 65 to 128.</summary>
    internal ulong Second => _second;

    /// <summary>Fields 129 to 192.</summary>
    internal ulong Third => _third;

    /// <summary>One of the three by its number from 0.</summary>
    internal ulong Word(int index) => index == 0 ? _first : index == 1 ? _second : _third;

    public static FieldSet Of(params ReadOnlySpan<int> fields)
    {
        FieldSet set = default;
        foreach (int field in fields)
        {
            set = set.With(field);
        }

        return set;
    }

    /// <summary>Every number from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public static FieldSet Range(int first, int last)
    {
        FieldSet set = default;
        for (int field = first; field <= last; field++)
        {
            set = set.With(field);
        }

        return set;
    }

    /// <summary>False also for numbers that no set can hold.</summary>
    public bool Contains(int field)
    {
        uint index = (uint)(field - 1);
        ulong word = index < 64 ? _first : index < 128 ? _second : index < 192 ? _third
            : index < 255 ? _fourth : 0;
        return (word & Bit(field)) != 0;
    }

    public FieldSet With(int field) => this | Single(field);

    public FieldSet Without(int field) => Except(Single(field));

    /// <summary>Adds a number where the set lies: one word is written and no other is touched.</summary>
    internal static void Include(ref FieldSet set, int field) => WordOf(ref set, field) |= Bit(field);

    /// <summary>Takes a number away where three sets lie.</summary>
    internal static void Exclude(ref FieldSet first, ref FieldSet second, ref FieldSet third, int field)
    {
        ulong others = ~Bit(field);
        WordOf(ref first, field) &= others;
        WordOf(ref second, field) &= others;
        WordOf(ref third, field) &= others;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ulong WordOf(ref FieldSet set, int field)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)(field - 1), (uint)NumberMax - 1, nameof(field));
        return ref Unsafe.Add(ref Unsafe.As<FieldSet, ulong>(ref set), (field - 1) >> 6);
    }

    /// <summary>The lowest number, 0 when there is none.</summary>
    public int Lowest =>
        _first != 0 ? 1 + BitOperations.LeadingZeroCount(_first)
        : _second != 0 ? 65 + BitOperations.LeadingZeroCount(_second)
        : _third != 0 ? 129 + BitOperations.LeadingZeroCount(_third)
        : _fourth != 0 ? 193 + BitOperations.LeadingZeroCount(_fourth)
        : 0;

    /// <summary>The numbers that are less than <paramref name="field"/>.</summary>
    public FieldSet Below(int field) => new(
        _first & LeftOf(field), _second & LeftOf(field - 64), _third & LeftOf(field - 128),
        _fourth & LeftOf(field - 192));

    /// <summary>
    /// How many numbers here are less than <paramref name="field"/>, which is at most 192: its place among them.
    /// </summary>
    internal int CountBelow(int field) =>
        field <= 64 ? BitOperations.PopCount(_first & LeftOf(field))
        : BitOperations.PopCount(_first) + (field <= 128 ? BitOperations.PopCount(_second & LeftOf(field - 64))
            : BitOperations.PopCount(_second) + BitOperations.PopCount(_third & LeftOf(field - 128)));

    /// <summary>What is here and not in <paramref name="other"/>.</summary>
    public FieldSet Except(in FieldSet other) =>
        new(_first & ~other._first, _second & ~other._second, _third & ~other._third, _fourth & ~other._fourth);

    public static FieldSet operator |(in FieldSet left, in FieldSet right) =>
        new(
            left._first | right._first, left._second | right._second, left._third | right._third,
            left._fourth | right._fourth);

    public static FieldSet operator &(in FieldSet left, in FieldSet right) =>
        new(
            left._first & right._first, left._second & right._second, left._third & right._third,
            left._fourth & right._fourth);

    public static bool operator ==(in FieldSet left, in FieldSet right) =>
        left._first == right._first && left._second == right._second && left._third == right._third
        && left._fourth == right._fourth;

    public static bool operator !=(in FieldSet left, in FieldSet right) => !(left == right);

    public bool Equals(FieldSet other) => this == other;

    public override bool Equals(object? obj) => obj is FieldSet other && this == other;

    public override int GetHashCode() => HashCode.Combine(_first, _second, _third, _fourth);

    /// <summary>The numbers in ascending order, for people: "2,3,4".</summary>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder();
        foreach (int field in this)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(field);
        }

        return text.ToString();
    }

    /// <summary>Walks the numbers in ascending order without allocation.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>The bits of one word whose place, counted from 1 on the left, is less than this.</summary>
    private static ulong LeftOf(int place) =>
        place <= 1 ? 0 : place > 64 ? ulong.MaxValue : ~(ulong.MaxValue >> (place - 1));

    private static ulong Bit(int field) => 1UL << (63 - ((field - 1) & 63));

    private static FieldSet Single(int field)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(field, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(field, NumberMax);
        ulong bit = Bit(field);
        return field <= 64 ? new(bit, 0, 0)
            : field <= 128 ? new(0, bit, 0)
            : field <= 192 ? new(0, 0, bit)
            : new(0, 0, 0, bit);
    }

    public struct Enumerator
    {
        private ulong _word;
        private ulong _next;
        private ulong _afterNext;
        private ulong _last;
        private int _base;

        internal Enumerator(in FieldSet set)
        {
            _word = set._first;
            _next = set._second;
            _afterNext = set._third;
            _last = set._fourth;
            _base = 1;
            Current = 0;
        }

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (_word == 0)
            {
                if ((_next | _afterNext | _last) == 0)
                {
                    return false;
                }

                _word = _next;
                _next = _afterNext;
                _afterNext = _last;
                _last = 0;
                _base += 64;
            }

            int lead = BitOperations.LeadingZeroCount(_word);
            _word &= ~(0x8000_0000_0000_0000UL >> lead);
            Current = _base + lead;
            return true;
        }
    }
}
