using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry.Metrics;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>The metrics page of a status, as Prometheus gets it.</summary>
internal static class Scrape
{
    public static async Task<string> OfAsync(Func<SwitchStatus> read)
    {
        using var instruments = new SwitchInstruments(read);
        using MeterProvider metrics = MetricsExport.Create(instruments, new SwitchOptions());
        await using AdminServer server = await AdminServer.StartAsync(
            new AdminParts
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Access = AdminHttp.Access(),
                Read = read,
                Loggers = NullLoggerFactory.Instance,
                Exporter = metrics,
            },
            CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server.EndPoint}") };
        using HttpResponseMessage response = await client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith(
            "text/plain; version=0.0.4", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>What <c>promtool check metrics</c> says of a page, and its exit code.</summary>
    public static async Task<(int Code, string Said)> JudgeAsync(string page)
    {
        var start = new ProcessStartInfo(NeedsFactAttribute.Find("promtool")!, ["check", "metrics"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(page);
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Rig.Patience);
        return (process.ExitCode, output + await said);
    }
}
