using System.Buffers.Binary;
using System.Numerics;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The only source of random numbers in the simulated world: xoshiro256**, seeded by splitmix64. It uses whole numbers
/// only, so that a seed gives the same world on every machine.
/// </summary>
internal sealed class RandomSource
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public RandomSource(ulong seed)
    {
        _a = Step(ref seed);
        _b = Step(ref seed);
        _c = Step(ref seed);
        _d = Step(ref seed);
    }

    /// <summary>
    /// The seed of one world in a run that was started with <paramref name="seed"/>.
    /// </summary>
    public static ulong SeedOf(ulong seed, int world)
    {
        ulong state = seed + ((ulong)world * 0xD1B54A32D192ED03UL);
        return Step(ref state);
    }

    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>From 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>
    /// From <paramref name="low"/> to <paramref name="high"/> - 1; <paramref name="low"/> when there is none.
    /// </summary>
    public long Between(long low, long high) =>
        high <= low ? low : low + (long)Math.BigMul(Next(), (ulong)(high - low), out _);

    /// <summary>A span of time between two numbers of milliseconds, in ticks.</summary>
    public long Ms(long low, long high) =>
        Between(low * TimeSpan.TicksPerMillisecond, high * TimeSpan.TicksPerMillisecond);

    /// <summary>True in <paramref name="rate"/> of 1,000 draws.</summary>
    public bool PerMille(int rate) => rate > 0 && Below(1_000) < rate;

    public bool Coin() => (long)Next() < 0;

    public T Pick<T>(params ReadOnlySpan<T> among) => among[Below(among.Length)];

    /// <summary>A separate source, so that the draws of one party do not change those of another.</summary>
    public RandomSource Split() => new(Next());

    public void Fill(Span<byte> bytes)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (int at = 0; at < bytes.Length; at += word.Length)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
            word[..Math.Min(word.Length, bytes.Length - at)].CopyTo(bytes[at..]);
        }
    }

    private static ulong Step(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return mixed ^ (mixed >> 31);
    }
}
