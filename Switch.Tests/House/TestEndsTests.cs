using System.Reflection;

namespace Switch.Tests.House;

/// <summary>
/// What a test class began is ended. xunit 2 does not call <see cref="IAsyncDisposable"/>, which analyzers ask for: so
/// <see cref="IAsyncLifetime"/> is beside it.
/// </summary>
public sealed class TestEndsTests
{
    [Fact]
    public void Classes_WithTests_AreDisposedOfByXunit()
    {
        Type[] found =
        [
            .. typeof(TestEndsTests).Assembly.GetTypes().Where(static type =>
                typeof(IAsyncDisposable).IsAssignableFrom(type) && !typeof(IAsyncLifetime).IsAssignableFrom(type)
                && type.GetMethods().Any(static method => method.GetCustomAttribute<FactAttribute>() is not null)),
        ];

        Assert.True(found.Length == 0, $"IAsyncLifetime is wanted: {string.Join(", ", found.Select(one => one.Name))}");
    }
}
