using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>Numbers of health by name.</summary>
internal enum HealthPreset
{
    Default,
    Aggressive,
    Lenient,

    /// <summary>Only the circuit breaker acts.</summary>
    Off,
}

/// <summary>How an issuer's health is judged: a preset, and numbers that differ from it.</summary>
internal sealed class HealthOptions
{
    public HealthPreset Preset { get; set; } = HealthPreset.Default;

    public int? SilentRequests { get; set; }

    public TimeSpan? SilentFor { get; set; }

    public TimeSpan? OverdueMin { get; set; }

    public TimeSpan? SlowAfter { get; set; }

    public int? UsualPercent { get; set; }

    public int? SmallPercent { get; set; }

    public int? LargePercent { get; set; }

    public int? Certainty { get; set; }

    public int? MoneyPercent { get; set; }

    public TimeSpan? ProbeEvery { get; set; }

    public TimeSpan? RampStep { get; set; }

    public TimeSpan? Hold { get; set; }

    public TimeSpan? HoldMax { get; set; }

    public int? InFlightMin { get; set; }

    /// <summary>The preset with what differs.</summary>
    public HealthSettings Compile()
    {
        HealthSettings preset = Preset switch
        {
            HealthPreset.Aggressive => HealthSettings.Aggressive,
            HealthPreset.Lenient => HealthSettings.Lenient,
            HealthPreset.Off => HealthSettings.Off,
            _ => HealthSettings.Default,
        };
        return preset with
        {
            SilentRequests = SilentRequests ?? preset.SilentRequests,
            SilentFor = SilentFor ?? preset.SilentFor,
            OverdueMin = OverdueMin ?? preset.OverdueMin,
            SlowAfter = SlowAfter ?? preset.SlowAfter,
            UsualShare = UsualPercent / 100.0 ?? preset.UsualShare,
            SmallShare = SmallPercent / 100.0 ?? preset.SmallShare,
            LargeShare = LargePercent / 100.0 ?? preset.LargeShare,
            Certainty = Certainty ?? preset.Certainty,
            MoneyShare = MoneyPercent / 100.0 ?? preset.MoneyShare,
            ProbeEvery = ProbeEvery ?? preset.ProbeEvery,
            RampStep = RampStep ?? preset.RampStep,
            Hold = Hold ?? preset.Hold,
            HoldMax = HoldMax ?? preset.HoldMax,
            InFlightMin = InFlightMin ?? preset.InFlightMin,
        };
    }
}
