namespace Switch.Benchmarks.Load;

internal static class ReportPage
{
    public static string Write(LoadReport report) => report.ToString();
}
