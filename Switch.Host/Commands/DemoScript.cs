namespace Switch.Host.Commands;

/// <summary>The acts of the demo.</summary>
internal enum DemoPhase
{
    AllWell,
    PrimarySilent,
    BothSilent,
    BothBack,
    Draining,
    Done,
}

/// <summary>
/// When one act of the demo follows another. An act ends when its share of the duration is over and what it shows has
/// been seen, so a slow machine plays longer.
/// </summary>
/// <param name="duration">Of all acts, when none has to wait.</param>
/// <param name="waitMax">How much longer they may take, all together.</param>
internal sealed class DemoScript(TimeSpan duration, TimeSpan waitMax)
{
    private TimeSpan _played;
    private TimeSpan _waited;

    public DemoPhase Phase => PhaseAt(_played);

    /// <summary>Whether the last act is over.</summary>
    public bool IsOver => _played >= duration;

    /// <param name="elapsed">Since the last call.</param>
    /// <param name="isSeen">Whether what the present act shows has been seen.</param>
    public void Advance(TimeSpan elapsed, bool isSeen)
    {
        TimeSpan next = _played + elapsed;
        TimeSpan end = EndOf(Phase);
        if (next < end)
        {
            _played = next;
        }
        else if (isSeen || _waited >= waitMax)
        {
            _played = end; // Not further, or one long pause of the machine would skip the act that follows.
        }
        else
        {
            _waited += elapsed;
        }
    }

    // A third in, the primary goes silent; two thirds in, both; near the end both come back under load.
    private TimeSpan EndOf(DemoPhase phase) => phase switch
    {
        DemoPhase.AllWell => duration / 3,
        DemoPhase.PrimarySilent => duration / 3 * 2,
        DemoPhase.BothSilent => duration * 0.9,
        _ => duration,
    };

    private DemoPhase PhaseAt(TimeSpan played)
    {
        DemoPhase phase = DemoPhase.AllWell;
        while (phase < DemoPhase.BothBack && played >= EndOf(phase))
        {
            phase++;
        }

        return phase;
    }
}
