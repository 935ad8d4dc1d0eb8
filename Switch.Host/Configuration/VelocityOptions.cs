using System.Globalization;
using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>Rules against card testing; none: nothing is counted.</summary>
internal sealed class VelocityOptions
{
    /// <summary>Digits of a BIN: 8, or 6 as before 2022.</summary>
    public int BinDigits { get; set; } = 8;

    /// <summary>In the order in which they are asked.</summary>
    public List<VelocityRuleOptions> Rules { get; set; } = [];

    /// <summary>For the core, of a valid configuration.</summary>
    public VelocitySettings Compile(List<AcquirerOptions> acquirers) => new()
    {
        BinDigits = BinDigits, Rules = [.. Rules.Select(rule => rule.Compile(acquirers))],
    };
}

/// <summary>One rule: a key is over it when it has reached every limit that is given.</summary>
internal sealed class VelocityRuleOptions
{
    /// <summary>Its name in logs and metrics.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it counts by.</summary>
    public VelocityScope Per { get; set; }

    /// <summary>The longest time that counts cover; it moves in quarters.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Null: any number, here and below.</summary>
    public int? Requests { get; set; }

    /// <summary>Different cards.</summary>
    public int? DistinctCards { get; set; }

    /// <summary>Declines by an issuer or by stand-in.</summary>
    public int? Declines { get; set; }

    /// <summary>Requests with a small amount.</summary>
    public int? SmallAmounts { get; set; }

    /// <summary>Up to this an amount is small, in minor units of <see cref="Currency"/>; zero always is.</summary>
    public long SmallAmountMax { get; set; }

    /// <summary>DE 49. Null: only amounts of zero are small.</summary>
    public string? Currency { get; set; }

    public VelocityAction Action { get; set; } = VelocityAction.Count;

    /// <summary>DE 39 of what the rule declines: 59 suspected fraud, 65 over a count limit.</summary>
    public string ResponseCode { get; set; } = "59";

    /// <summary>How long a key stays over after its counts were last at the limits.</summary>
    public TimeSpan For { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Keys that are counted at once, rounded up to a power of two.</summary>
    public int KeysMax { get; set; } = 65_536;

    /// <summary>Names of the acquirers it is about; empty: all.</summary>
    public List<string> Acquirers { get; set; } = [];

    /// <summary>For the core, of a valid configuration.</summary>
    public VelocityRule Compile(List<AcquirerOptions> acquirers) => new()
    {
        Name = Name,
        Per = Per,
        Window = Window,
        Requests = Requests ?? 0,
        DistinctCards = DistinctCards ?? 0,
        Declines = Declines ?? 0,
        SmallAmounts = SmallAmounts ?? 0,
        SmallAmountMax = SmallAmountMax,
        Currency = Currency is null ? 0 : int.Parse(Currency, CultureInfo.InvariantCulture),
        Action = Action,
        ResponseCode = ResponseCode,
        For = For,
        KeysMax = KeysMax,
        Acquirers = [.. Acquirers.Select(name => acquirers.FindIndex(acquirer => acquirer.Name == name))],
    };
}
