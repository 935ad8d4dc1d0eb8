using System.Diagnostics;
using System.Globalization;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Protocol.Fields;
using Switch.Routing.Duplicates;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;

namespace Switch.Benchmarks.Micro;

/// <summary>Look-up time and memory of the two tables that grow with a deployment: routes and remembered.</summary>
internal static class TableCurves
{
    public static string Routes()
    {
        var text = new StringBuilder("\n| routes | look-up ns | MB |\n| --- | --- | --- |\n");
        foreach (int count in (int[])[10, 100, 1_000, 10_000, 100_000, 1_000_000])
        {
            byte[][] cards = CardsFor(count);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            var table = new RouteTable([.. Enumerable.Range(0, count).Select(i => new Route
            {
                Prefix = PrefixOf(i, count), Primary = 0,
            })]);
            double megabytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6;
            int next = 0;
            QuickResult result = QuickMeasure.Of(times =>
            {
                for (int i = 0; i < times; i++)
                {
                    next = next + 1 == cards.Length ? 0 : next + 1;
                    if (!table.TryFind(cards[next], out _))
                    {
                        throw new InvalidOperationException("A card has no route.");
                    }
                }
            });
            text.Append(CultureInfo.InvariantCulture, $"| {count:N0} | {result.Ns:N1} | {megabytes:N1} |\n");
        }

        return text.ToString();
    }

    public static string Remembered()
    {
        var text = new StringBuilder("\n| remembered | found ns | not found ns | MB |\n| --- | --- | --- | --- |\n");
        foreach (int count in (int[])[1_000_000, 5_000_000, 10_000_000, 20_000_000])
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            var table = new DuplicateTable(count, TimeSpan.FromHours(24));
            for (int i = 0; i < count; i++)
            {
                table.Add(KeyOf(i), 1);
            }

            double megabytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6;
            int next = 0;
            double Measure(int offset) => QuickMeasure.Of(times =>
            {
                for (int i = 0; i < times; i++)
                {
                    next = (int)((next + 7_919_777L) % count);
                    table.Find(KeyOf(next + offset));
                }
            }).Ns;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {count:N0} | {Measure(0):N0} | {Measure(count):N0} | {megabytes:N0} |\n");
        }

        return text.ToString();
    }

    /// <summary>
    /// A negative file is read while another thread decides as the core does; the longest time between two of its
    /// decisions tells what the reading held up. On a machine that others use the scheduler is in that figure too, so
    /// the collector's own pauses stand beside it.
    /// </summary>
    public static string Negative()
    {
        var text = new StringBuilder(
            "\n| entries | MB | read s | look-up ns | collector's pauses ms, all / longest | longest gap ms |\n"
            + "| --- | --- | --- | --- | --- | --- |\n");
        foreach (int count in (int[])[100_000, 1_000_000, 10_000_000])
        {
            string file = Path.GetTempFileName();
            File.WriteAllLines(file, Enumerable.Range(0, count).Select(static i => $"{TestCards.Make("4", i)},43"));
            var cards = new CardTokenizer("a key of thirty-two bytes for us"u8);
            NegativeList? list = NegativeList.Empty;
            using var watch = new GapWatch(() => list!.TryFindCard(default, 0, out _));
            TimeSpan paused = GC.GetTotalPauseDuration();
            long started = Stopwatch.GetTimestamp();
            list = NegativeFile.Read(file, pan => cards.Of(in pan), [], new ConfigurationErrors(), "");
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            paused = GC.GetTotalPauseDuration() - paused;
            (TimeSpan gap, TimeSpan longest) = watch.Stop();
            File.Delete(file);
            CardToken[] tokens = [.. Enumerable.Range(0, 4_096).Select(i => TokenOf(cards, i * 2_411 % count))];
            int next = 0;
            double ns = QuickMeasure.Of(times =>
            {
                for (int i = 0; i < times; i++)
                {
                    list!.Cards.TryFind(in tokens[next = (next + 1) & 4_095], 0, out _);
                }
            }).Ns;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {count:N0} | {list!.Cards.Size / 1e6:N0} | {seconds:N1} | {ns:N0} | ");
            text.Append(
                CultureInfo.InvariantCulture,
                $"{paused.TotalMilliseconds:N0} / {longest.TotalMilliseconds:N1} | {gap.TotalMilliseconds:N1} |\n");
        }

        return text.ToString();
    }

    private static CardToken TokenOf(CardTokenizer cards, int index) =>
        Pan.TryParse(Encoding.ASCII.GetBytes(TestCards.Make("4", index)), out Pan pan)
            ? cards.Of(in pan)
            : throw new InvalidOperationException("A test card is no card number.");

    /// <summary>Prefixes of six to eight digits, as BIN tables have them, spread over all cards.</summary>
    private static string PrefixOf(int index, int count)
    {
        int digits = count > 100_000 ? 8 : count > 10_000 ? 7 : 6;
        long spread = (long)Math.Pow(10, digits - 1);
        return (((index * (spread / count)) % spread) + (4 * spread)).ToString(CultureInfo.InvariantCulture);
    }

    private static byte[][] CardsFor(int count)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable.Range(0, 20_000).Select(_ =>
                Encoding.ASCII.GetBytes(PrefixOf(random.Next(count), count).PadRight(16, '7'))),
        ];
    }

    // The finalizer of SplitMix64: keys are hashes.
    private static ulong KeyOf(int number)
    {
        ulong key = (ulong)number * 0x9E3779B97F4A7C15;
        key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9;
        key = (key ^ (key >> 27)) * 0x94D049BB133111EB;
        return key ^ (key >> 31);
    }
}
