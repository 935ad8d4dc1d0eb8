using System.Globalization;
using System.Net;

namespace Switch.Tests.Support;

/// <summary>The metrics page of a switch.</summary>
internal static class MetricsReader
{
    /// <summary>Each line's value by its name and labels.</summary>
    public static async Task<Dictionary<string, double>> ReadAsync(EndPoint? admin)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{admin}") };
        return (await client.GetStringAsync("/metrics"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(static line => line[0] != '#')
            .ToDictionary(
                static line => line[..line.LastIndexOf(' ')],
                static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
