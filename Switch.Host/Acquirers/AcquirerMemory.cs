using Switch.Routing.Duplicates;

namespace Switch.Host.Acquirers;

/// <summary>
/// What one acquirer has sent lately, for all its connections: a <see cref="RequestMemory"/> in parts, each under a
/// lock of its own, so that threads rarely meet. A copy and the refusal of its first meet in one part, so one of the
/// two comes second, and gives way.
/// </summary>
/// <remarks>
/// 3.1 million requests in two minutes exactly (26,000 a second), which take 64 MiB; what it takes grows and shrinks
/// with what comes. For more of them 64 MiB of filters, which at 100,000 refused a second take one first in a hundred
/// for a copy.
/// </remarks>
internal sealed class AcquirerMemory
{
    private const int PartBits = 4;
    private const int SlotsMax = 1 << 18;

    private readonly Part[] _parts = new Part[1 << PartBits];

    /// <param name="known">What was known at the start.</param>
    /// <param name="slotsMax">Of each part; see <see cref="RequestMemory"/>.</param>
    public AcquirerMemory(KnownRequests? known, int slotsMax = SlotsMax)
    {
        for (int i = 0; i < _parts.Length; i++)
        {
            _parts[i] = new Part(new RequestMemory(slotsMax, (ulong)Random.Shared.NextInt64(), known));
        }
    }

    /// <inheritdoc cref="RequestMemory.Arrive"/>
    public RequestArrival Arrive(ulong key, bool isRepeat, long now)
    {
        Part part = PartOf(key);
        lock (part.Gate)
        {
            return part.Memory.Arrive(key, isRepeat, now);
        }
    }

    /// <inheritdoc cref="RequestMemory.TryRefuse"/>
    public bool TryRefuse(ulong key, long now)
    {
        Part part = PartOf(key);
        lock (part.Gate)
        {
            return part.Memory.TryRefuse(key, now);
        }
    }

    private Part PartOf(ulong key) => _parts[(int)(key >> (64 - PartBits))];

    private sealed class Part(RequestMemory memory)
    {
        public Lock Gate { get; } = new();

        public RequestMemory Memory => memory;
    }
}
