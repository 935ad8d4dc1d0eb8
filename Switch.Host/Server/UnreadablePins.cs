using Microsoft.Extensions.Logging;
using Switch.Host.Admin;

namespace Switch.Host.Server;

/// <summary>
/// PIN blocks that an acquirer's key does not open, by acquirer. A few are mistakes. Many may be a search: the
/// module's answers to chosen blocks tell of PINs and keys. Any thread.
/// </summary>
internal sealed class UnreadablePins(IReadOnlyList<string> acquirers, TimeProvider time, ILogger logger)
{
    /// <summary>So many in a minute are told, once for each minute.</summary>
    public const int ToldFrom = 20;

    private readonly Lock _gate = new();
    private readonly Minute[] _minutes = new Minute[acquirers.Count];

    /// <summary>Since the start, in the order of the acquirers.</summary>
    public IReadOnlyList<AcquirerCount> Counts
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _minutes.Select((minute, acquirer) => new AcquirerCount(acquirers[acquirer], minute.Total)),
                ];
            }
        }
    }

    public void Count(int acquirer)
    {
        bool isTold;
        lock (_gate)
        {
            ref Minute minute = ref _minutes[acquirer];
            long now = time.GetTimestamp();
            if (minute.InIt == 0 || time.GetElapsedTime(minute.Began, now) >= TimeSpan.FromMinutes(1))
            {
                (minute.Began, minute.InIt) = (now, 0);
            }

            minute.Total++;
            minute.InIt++;
            isTold = minute.InIt == ToldFrom;
        }

        if (isTold)
        {
            PinLog.ManyUnreadable(logger, acquirers[acquirer], ToldFrom);
        }
    }

    private struct Minute
    {
        public long Total;
        public long Began;
        public int InIt;
    }
}
