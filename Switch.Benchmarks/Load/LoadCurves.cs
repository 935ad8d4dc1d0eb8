namespace Switch.Benchmarks.Load;

/// <summary>How cost and latency change with one quantity at a time.</summary>
internal static class LoadCurves
{
    public static readonly string[] Names = ["window"];

    public static Task<int> RunAsync(LoadOptions options, string which, TextWriter output) =>
        throw new NotSupportedException(which);
}
