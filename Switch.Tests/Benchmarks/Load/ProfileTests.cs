using System.Xml.Linq;
using Switch.Benchmarks.Load;

namespace Switch.Tests.Benchmarks.Load;

/// <summary>What perf prints becomes counts, stacks and a picture.</summary>
public sealed class ProfileTests
{
    private const string Send = "Switch.Routing.Transactions.LegSender::TrySend(int32)[OptimizedTier1]";
    private const string Take = "Switch.Routing.Core.AuthorizationCore::AcquirerMessage(int32)[OptimizedTier1]";

    // perf ends the line of a thread with a space.
    private static readonly string[] Script =
    [
        ".NET TP Worker  6123 ",
        $"\t    7f234af9e048 instance bool [Switch.Routing] {Send}",
        $"\t    7f234af94f47 instance void [Switch.Routing] {Take}",
        "",
        ".NET TP Worker  6124 ",
        $"\t    7f234af94f48 instance void [Switch.Routing] {Take}",
        "",
        "journal  7 ",
        "\tffffffff81 do_fsync",
        "\t    7f0000 [unknown]",
    ];

    [Fact]
    public void Parse_PerfScript_JoinsStacksFromTheirRoots()
    {
        StackTree tree = StackTree.Parse(Script);

        Assert.Equal(3, tree.Samples);
        Assert.Equal([(".NET TP Worker", 2L), ("journal", 1L)], tree.Calls.Select(call => (call.Name, call.Samples)));
        StackTree core = Assert.Single(tree.Calls.First().Calls);
        Assert.Equal(("AuthorizationCore::AcquirerMessage", 2L), (core.Name, core.Samples));
        Assert.Equal("LegSender::TrySend", Assert.Single(core.Calls).Name);
        IReadOnlyDictionary<string, double> hottest = tree.HottestPercent(countMax: 9);
        Assert.Equal(
            ["AuthorizationCore::AcquirerMessage", "LegSender::TrySend", "do_fsync"],
            hottest.Keys.Order(StringComparer.Ordinal));
        Assert.All(hottest.Values, percent => Assert.Equal(33.33, percent));
    }

    [Theory]
    [InlineData("do_fsync", "do_fsync")]
    [InlineData("[unknown]", "[unknown]")]
    [InlineData("std::vector<int>::size()", "std::vector<int>::size")]
    [InlineData("void [System.Private.CoreLib] System.SpanHelpers::Memmove(uint8&,uint8&)", "SpanHelpers::Memmove")]
    [InlineData("instance void [A] A.B.Core+<Run>d__1::MoveNext()[QuickJitted]", "Core+<Run>d__1::MoveNext")]
    public void Short_NameOfAFunction_IsItsClassAndMethod(string symbol, string expected)
    {
        Assert.Equal(expected, StackTree.Short(symbol));
    }

    [Fact]
    public void Draw_Stacks_IsAPictureWhoseWidthsAreShares()
    {
        XElement svg = XElement.Parse(FlameGraph.Draw(StackTree.Parse(Script), "a < b"));

        XNamespace ns = "http://www.w3.org/2000/svg";
        var boxes = svg.Descendants(ns + "g").ToDictionary(
            box => box.Element(ns + "title")!.Value, box => (double)box.Element(ns + "rect")!.Attribute("width")!);
        Assert.Equal(1_600, boxes["all: 3 samples, 100.00 %"]);
        Assert.Equal(1_066.7, boxes[".NET TP Worker: 2 samples, 66.67 %"]);
        Assert.Equal(533.3, boxes["LegSender::TrySend: 1 samples, 33.33 %"]);
        Assert.Contains("a < b: 3 samples", svg.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void ParseCalls_PerfStat_ReadsCountsAndPassesOverTheRest()
    {
        Dictionary<string, double> calls = LoadProfiler.ParseCalls(
        [
            "# started on Sun Nov 29 02:54:38 2026", "", "16402,,raw_syscalls:sys_enter,785590492,100.00,,",
            "132,,syscalls:sys_enter_futex,785664994,100.00,,", "<not counted>,,syscalls:sys_enter_read,0,100.00,,",
        ]);

        Assert.Equal(new Dictionary<string, double> { ["all"] = 16_402, ["futex"] = 132 }, calls);
    }

    [Fact]
    public void Read_OwnThreads_CountsTheirTimeByName()
    {
        IReadOnlyDictionary<string, ThreadUse> before = ThreadMeter.Read(Environment.ProcessId);
        using var done = new ManualResetEventSlim();
        var busy = new Thread(() =>
        {
            while (!done.IsSet)
            {
                Thread.Yield();
            }
        })
        {
            Name = "meter-test",
        };
        busy.Start();
        IReadOnlyDictionary<string, ThreadUse> during;
        do
        {
            during = ThreadMeter.Read(Environment.ProcessId);
        }
        while (!during.ContainsKey("meter-test"));

        done.Set();
        busy.Join();
        Assert.False(before.ContainsKey("meter-test"));
        IReadOnlyList<ThreadUse> between = ThreadMeter.Between(before, during, answers: 2);
        Assert.NotEmpty(between);
        Assert.Equal(between.OrderByDescending(static use => use.CpuUs), between);
        ThreadUse own = between[0];
        Assert.Equal(own.CpuUs * 2, during[own.Name].CpuUs - before.GetValueOrDefault(own.Name).CpuUs, 0.001);
    }
}
