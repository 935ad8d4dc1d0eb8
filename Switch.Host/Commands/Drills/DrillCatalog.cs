namespace Switch.Host.Commands.Drills;

/// <summary>Every drill there is, in the order in which <c>drill all</c> plays them.</summary>
internal static class DrillCatalog
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        .. IssuerDrills.All, .. NetworkDrills.All, .. HardwareDrills.All, .. AttackDrills.All, .. HumanErrorDrills.All,
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(static drill => drill.Name)];
}
