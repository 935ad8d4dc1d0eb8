using System.Globalization;
using System.Text;

namespace Switch.Benchmarks.Load;

/// <summary>Figures as people read them at a terminal.</summary>
internal static class LoadTable
{
    public const string Head =
        "phase            answers/s    p50 us    p90 us    p99 us  p99.9 us    max us   CPU us: gen issuer middle"
        + "  B/txn  rec/sync  sync ms";

    public static string Line(PhaseFigures figures) =>
        $"{figures.Name,-15} {figures.Tps,10:N0} {figures.P50Us,9:N0} {figures.P90Us,9:N0} {figures.P99Us,9:N0}"
        + $" {figures.P999Us,9:N0} {figures.MaxUs,9:N0} {figures.GeneratorCpuUs,13:N2}"
        + $" {figures.IssuerCpuUs,6:N2} {figures.MiddleCpuUs,6:N2} {figures.AllocatedBytes,6:N1}"
        + $" {figures.RecordsPerSync,9:N0} {figures.JournalWriteMs,8:N2}"
        + (figures.Unanswered == 0 ? "" : $"  {figures.Unanswered:N0} UNANSWERED")
        + (figures.Timeouts == 0 ? "" : $"  {figures.Timeouts:N0} timed out or unmatched");

    public static string Summary(LoadReport report)
    {
        var text = new StringBuilder();
        BookComparison books = report.Books!;
        Say(
            text, "answers/s direct, proxy, switch",
            $"{report.DirectTps:N0}, {report.ProxyTps:N0}, {report.SwitchTps:N0}");
        Say(
            text, "switch to proxy: answers/s, CPU",
            $"{report.SwitchToProxyTps:N2}, {report.SwitchToProxyCpu:N2}");
        Say(
            text, "CPU us: switch, proxy, gen, issuer",
            $"{report.SwitchCpuUsPerTxn:N2}, {report.ProxyCpuUsPerTxn:N2}, {report.GeneratorCpuUsPerTxn:N2}, "
            + $"{report.IssuerCpuUsPerTxn:N2}");
        Say(
            text, "allocated B/txn, collections, gen-2",
            $"{report.SwitchAllocBytesPerTxn:N1}, {report.Gen0Collections}, {report.Gen2Collections}");
        Say(
            text, $"open loop {report.OpenRate:N0}/s p50/p99/p99.9",
            $"{report.P50Us:N0} / {report.P99Us:N0} / {report.P999Us:N0} us; direct {report.DirectP50Us:N0}"
            + $" / {report.DirectP99Us:N0}");
        Say(
            text, "median window p50/p99, over 5 ms",
            $"{report.WindowP50Us:N0} / {report.WindowP99Us:N0} us, {report.SlowWindowShare:P0}; direct "
            + $"{report.DirectWindowP50Us:N0} / {report.DirectWindowP99Us:N0}, {report.DirectSlowWindowShare:P0}");
        Say(
            text, "fdatasync p50/p99, sequential",
            $"{report.FdatasyncP50Us:N0} / {report.FdatasyncP99Us:N0} us, {report.SequentialMbPerSecond:N0} MB/s");
        Say(text, "copy of a message", $"{report.MessageBytes} bytes in {report.CopyNsPerMessage:N1} ns");
        Say(text, "resident, start to ready", $"{report.ResidentMb:N0} MB, {report.StartToReadyMs:N0} ms");
        Say(
            text, report.BooksAgree ? "books agree" : "books DISAGREE",
            $"{books.Transactions:N0} transactions, {books.Approved:N0} approved for {books.AmountApproved:N0}, "
            + $"issuers {books.IssuerAmountApproved:N0}; wrong {books.Wrong}, unanswered {books.Unanswered}, "
            + $"different {books.Disagreements}");
        Say(text, "journal", report.Journal);
        foreach ((string code, long count) in report.OtherCodes)
        {
            Say(text, "answered with", $"{code}: {count:N0}");
        }

        if (report.Profile is { } profile)
        {
            text.Append(ProfileTable.Write(profile));
        }

        return text.ToString();
    }

    private static void Say(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name,-36} {value}\n");
}
