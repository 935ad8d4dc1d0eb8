namespace Switch.Tests.Support;

/// <summary>Small inputs that once failed (folder Cases), each with what it holds in its name.</summary>
internal static class Cases
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Cases", name);
}
