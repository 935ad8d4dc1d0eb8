using System.Reflection;
using System.Runtime.CompilerServices;
using Switch.Benchmarks.Load;
using Switch.Host.Server;
using Switch.Protocol.Messages;
using Switch.Routing.Core;

namespace Switch.Tests.House;

/// <summary>
/// Goal: a type's name means one thing. Method: the top-level types of the four product projects are compared by name,
/// as compiled; and the comparison is tried on two types of one name.
/// </summary>
public class TypeNamesTests
{
    private static readonly Assembly[] Products =
    [
        typeof(Message).Assembly, typeof(AuthorizationCore).Assembly, typeof(SwitchServer).Assembly,
        typeof(LoadRig).Assembly,
    ];

    [Fact]
    public void Names_OfTopLevelTypes_AreUsedOnce()
    {
        Type[] types = [.. Products.SelectMany(static product => product.GetTypes()).Where(IsWritten)];

        Assert.True(types.Length > 500, $"Only {types.Length} types were found: the assemblies are read wrongly.");
        Assert.Empty(Doubles(types));
    }

    [Fact]
    public void Doubles_OfTwoTypesWithOneName_NameBoth()
    {
        string complaint = Assert.Single(Doubles([typeof(Message), typeof(System.Timers.Timer), typeof(Timer)]));

        Assert.Equal("Timer: System.Threading.Timer, System.Timers.Timer", complaint);
    }

    private static IEnumerable<string> Doubles(IEnumerable<Type> types) => types
        .GroupBy(static type => type.Name, StringComparer.Ordinal)
        .Where(static group => group.Count() > 1)
        .Select(static group =>
            $"{group.Key}: {string.Join(", ", group.Select(static type => type.FullName!).Order())}")
        .Order(StringComparer.Ordinal);

    /// <summary>Not nested, and not made by the compiler or by a source generator of the runtime.</summary>
    private static bool IsWritten(Type type) =>
        !type.IsNested && type.Name != "Program" && !type.Name.Contains('<', StringComparison.Ordinal)
        && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        && type.Namespace?.StartsWith("Switch.", StringComparison.Ordinal) == true;
}
