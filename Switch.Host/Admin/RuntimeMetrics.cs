using System.Globalization;
using System.Text;

namespace Switch.Host.Admin;

/// <summary>
/// What the runtime says of this process, under the names that OpenTelemetry gives them: memory that grows and
/// collections that stop the world are seen here before they are seen in a latency.
/// </summary>
internal static class RuntimeMetrics
{
    public static void Write(StringBuilder text)
    {
        Head(text, "dotnet_gc_heap_total_allocated_bytes_total", "counter", "Bytes allocated since the start.");
        Sample(text, "dotnet_gc_heap_total_allocated_bytes_total", GC.GetTotalAllocatedBytes());

        Head(text, "dotnet_gc_collections_total", "counter", "Collections since the start, by generation.");
        int previous = 0;
        for (int generation = GC.MaxGeneration; generation >= 0; generation--)
        {
            // The runtime counts a collection in its own generation and in all below it.
            int count = GC.CollectionCount(generation);
            Sample(text, $"dotnet_gc_collections_total{{gc_heap_generation=\"gen{generation}\"}}", count - previous);
            previous = count;
        }

        Head(text, "dotnet_gc_pause_seconds_total", "counter", "Time that collections stopped the process.");
        Sample(text, "dotnet_gc_pause_seconds_total", GC.GetTotalPauseDuration().TotalSeconds);

        Head(text, "dotnet_process_memory_working_set_bytes", "gauge", "Memory resident now.");
        Sample(text, "dotnet_process_memory_working_set_bytes", Environment.WorkingSet);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Sample(StringBuilder text, string name, double value) =>
        text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
