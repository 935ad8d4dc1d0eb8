namespace Switch.Host.Simulators.Faults;

/// <summary>
/// Chance from a seed: the n-th throw for a purpose is the same in every run, whatever was thrown for other purposes in
/// between. Any thread.
/// </summary>
internal sealed class FaultDice(int seed)
{
    private readonly Dictionary<int, ulong> _throws = [];
    private readonly Lock _gate = new();

    /// <summary>Evenly from 0 to below 1.</summary>
    public double Next(int purpose)
    {
        ulong number;
        lock (_gate)
        {
            number = _throws.GetValueOrDefault(purpose);
            _throws[purpose] = number + 1;
        }

        // SplitMix64, started at a place of its own for each purpose.
        ulong state = ((ulong)(uint)seed << 32) + (uint)purpose;
        ulong mixed = Mix(Mix(state) + ((number + 1) * 0x9E3779B97F4A7C15UL));
        return (mixed >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>True with this probability.</summary>
    public bool Hits(int purpose, double share) => share >= 1 || (share > 0 && Next(purpose) < share);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
