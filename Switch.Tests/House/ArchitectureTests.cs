using System.Reflection;
using Switch.Host.Configuration;
using Switch.Protocol.Fields;
using Switch.Routing.Settings;

namespace Switch.Tests.House;

/// <summary>
/// Goal: nothing points upward, and the rooms that decide touch no clock, thread or wire. Method: reflection over the
/// built assemblies; the banned symbols of the compiler hold the same walls from the other side.
/// </summary>
public class ArchitectureTests
{
    private static readonly Assembly Protocol = typeof(Mti).Assembly;
    private static readonly Assembly Routing = typeof(CoreConfiguration).Assembly;
    private static readonly Assembly Host = typeof(SwitchOptions).Assembly;

    /// <summary>
    /// Memory, bits, collections, cryptography, code pages, and JSON for the dialects: no socket, no file, no thread.
    /// </summary>
    private static readonly string[] PureLibraries =
    [
        "System.Runtime", "System.Memory", "System.Collections", "System.Collections.Immutable", "System.Linq",
        "System.Runtime.InteropServices", "System.Runtime.Intrinsics", "System.Security.Cryptography",
        "System.Text.Json", "System.Text.Encoding.Extensions", "System.Text.Encoding.CodePages",
        "System.Numerics.Vectors",
    ];

    [Fact]
    public void Protocol_References_NothingOfOursAndNoWorld() =>
        Assert.Empty(ArchitectureRules.References(Protocol, PureLibraries));

    [Fact]
    public void Routing_References_OnlyProtocolAndNoWorld() =>
        Assert.Empty(ArchitectureRules.References(Routing, [.. PureLibraries, "Switch.Protocol"]));

    [Fact]
    public void Host_References_NoTestsOrBenchmarks()
    {
        string[] ours = [.. Host.GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => name.StartsWith("Switch.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

        Assert.Equal(["Switch.Protocol", "Switch.Routing"], ours);
    }

    [Fact]
    public void Protocol_Members_StartNoWork() =>
        Assert.Empty(ArchitectureRules.WorldlyMembers(Protocol.GetTypes()));

    [Fact]
    public void Routing_Members_StartNoWork() =>
        Assert.Empty(ArchitectureRules.WorldlyMembers(Routing.GetTypes()));

    /// <summary>
    /// The host writes an error with a stack where it ends a BackgroundService before its first turn, as it does when
    /// another service cannot start. Ours are hosted services that begin in StartAsync.
    /// </summary>
    [Fact]
    public void Host_Services_AreNoBackgroundServices() => Assert.Empty(Host.GetTypes()
        .Where(static type => type.IsSubclassOf(typeof(Microsoft.Extensions.Hosting.BackgroundService)))
        .Select(static type => type.Name));

    /// <summary>
    /// Simulators are the books that the switch is checked against: they share its wire, not its decisions. The
    /// simulated world runs the real core in <see cref="RunsTheCore"/>; the other parties and the journal's reader in
    /// it are as strange to the core as any.
    /// </summary>
    [Fact]
    public void Simulators_Sources_DoNotUseRouting()
    {
        IEnumerable<string> upward = SourceTree.Files(".cs")
            .Where(file => file.Path.StartsWith(Path.Combine("Switch.Host", "Simulators"), StringComparison.Ordinal))
            .Where(file => file.Text.Contains("using Switch.Routing", StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file.Path));

        Assert.Equal(RunsTheCore, upward.Order(StringComparer.Ordinal));
    }

    private static readonly string[] RunsTheCore =
    [
        "Arrival.cs", "Checker.cs", "HsmDesk.cs", "LookUpDesk.cs", "MacPlan.cs", "Node.Keys.cs", "Node.Loop.cs",
        "Node.cs", "NodeCheckpoints.cs", "NodeEdge.cs", "NodeEffects.cs", "NodeJournal.cs", "NodeLine.cs",
        "NodeSeals.cs", "Operator.cs", "PartyMac.cs", "PinPlan.cs", "SimDisk.cs", "SimulatedBacklog.cs",
        "SimulatedWorld.cs", "StandInAudit.cs", "VelocityPlan.cs", "WorldPlan.cs", "WorldStore.cs",
        "ZoneKeyDesk.cs",
    ];

    /// <summary>The rules see what they are for, when it is there: this assembly has async tests and sockets.</summary>
    [Fact]
    public void Rules_GivenWhatTheyForbid_Complain()
    {
        Assert.Contains("Switch.Protocol", ArchitectureRules.References(Routing, PureLibraries));
        Assert.NotEmpty(ArchitectureRules.References(Host, PureLibraries));
        string[] complaints = [.. ArchitectureRules.WorldlyMembers([typeof(Worldly)])];

        string all = string.Join('\n', complaints);
        Assert.Contains($"{nameof(Worldly.WaitAsync)} is async.", all, StringComparison.Ordinal);
        Assert.Contains("_lock", all, StringComparison.Ordinal);
        Assert.Contains(nameof(Worldly.Spin), all, StringComparison.Ordinal);
        Assert.Empty(ArchitectureRules.WorldlyMembers([typeof(Mti)]));
    }

    /// <summary>Breaks every rule of a pure room.</summary>
    private sealed class Worldly
    {
        private readonly Lock _lock = new();

        public static async Task<int> WaitAsync()
        {
            await Task.Yield();
            return 0;
        }

        public int Spin()
        {
            lock (_lock)
            {
                return GetHashCode();
            }
        }
    }
}
