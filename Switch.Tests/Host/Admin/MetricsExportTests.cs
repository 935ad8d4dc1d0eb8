using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenTelemetry.Metrics;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>
/// Goal: a collector gets the metrics when one is configured. Method: a socket that plays the collector.
/// </summary>
public sealed class MetricsExportTests : IDisposable
{
    private readonly TcpListener _collector = new(IPAddress.Loopback, 0);

    public MetricsExportTests() => _collector.Start();

    public void Dispose() => _collector.Dispose();

    [Fact]
    public async Task Otlp_EndpointConfigured_SendsTheMeterAndTheNode()
    {
        using var instruments = new SwitchInstruments(static () => Statuses.Ready);
        using MeterProvider metrics = MetricsExport.Create(instruments, With(_collector.LocalEndpoint));

        Task<string> request = ReceiveAsync();
        Task<bool> flush = Task.Run(() => metrics.ForceFlush((int)Rig.Patience.TotalMilliseconds));

        string sent = await request;
        await flush;
        _collector.Stop();
        Assert.StartsWith("POST /v1/metrics HTTP/1.1", sent, StringComparison.Ordinal);
        Assert.Contains("switch.ready", sent, StringComparison.Ordinal);
        Assert.Contains("node-7", sent, StringComparison.Ordinal);
    }

    /// <summary>Payments do not wait for a collector, and neither does the end of the process.</summary>
    [Fact]
    public void Otlp_NoCollectorThere_EndsInTime()
    {
        EndPoint gone = _collector.LocalEndpoint;
        _collector.Stop();
        using var instruments = new SwitchInstruments(static () => Statuses.Ready);
        MeterProvider metrics = MetricsExport.Create(instruments, With(gone));
        long started = Stopwatch.GetTimestamp();

        metrics.Dispose();

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
    }

    private static SwitchOptions With(EndPoint collector) => new()
    {
        Node = new NodeOptions { Name = "node-7" },
        Metrics = new MetricsOptions
        {
            Otlp = new OtlpOptions
            {
                Endpoint = $"http://{collector}/v1/metrics",
                Protocol = OtlpProtocol.HttpProtobuf,
                Interval = TimeSpan.FromHours(1),
            },
        },
    };

    /// <summary>Takes one request whole, and answers it.</summary>
    private async Task<string> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Rig.Patience);
        using Socket socket = await _collector.AcceptSocketAsync(limit.Token);
        var text = new StringBuilder();
        byte[] part = new byte[64 * 1024];
        while (!IsWhole(text.ToString()))
        {
            int size = await socket.ReceiveAsync(part.AsMemory(), limit.Token);
            Assert.NotEqual(0, size);
            text.Append(Encoding.Latin1.GetString(part, 0, size));
        }

        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        return text.ToString();
    }

    private static bool IsWhole(string text)
    {
        int head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        const string Length = "Content-Length: ";
        int at = text.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (head < 0 || at < 0)
        {
            return false;
        }

        at += Length.Length;
        int size = int.Parse(
            text.AsSpan(at, text.IndexOf('\r', at) - at), System.Globalization.CultureInfo.InvariantCulture);
        return text.Length >= head + 4 + size;
    }
}
