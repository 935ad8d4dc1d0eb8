using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;
using Switch.Host.Commands.Drills;

namespace Switch.Tests.Host.Commands.Drills;

public class ScoreCardTests
{
    [Fact]
    public void Text_EachOutcome_IsALineWithItsReason()
    {
        using var output = new StringWriter();

        Card(Passed(), Missed(), NotRun()).WriteText(output);

        string[] lines = output.ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains(lines, static line => line.StartsWith("silent ", StringComparison.Ordinal)
            && line.Contains("passed") && line.Contains("0.7 s") && line.Contains("20/30 -> 21/33")
            && line.Contains("agree"));
        Assert.Contains(lines, static line => line.StartsWith("gray ", StringComparison.Ordinal)
            && line.Contains("MISSED") && line.Contains("never") && line.Contains("DIFFER"));
        Assert.Contains("gray: detected after: wanted <= 700 ms, was never", lines);
        Assert.Contains("slow-disk: not run: strace is not installed.", lines);
        Assert.Contains("1 passed, 1 missed, 1 not run, in 30 s.", lines);
        Assert.DoesNotContain(lines, static line => line.StartsWith("silent:", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_RequestsThatCrossedTheEnd_AreCountedApart()
    {
        using var output = new StringWriter();
        DrillResult result = Passed();

        Card(result with { Figures = result.Figures with { Unanswered = 3, CameAfterTheEnd = 2 } }).WriteText(output);

        Assert.Contains(" 3 (2 after the end) ", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_HoldsOutcomesFiguresAndChecks()
    {
        JsonNode card = JsonNode.Parse(Card(Passed(), Missed(), NotRun()).ToJson())!;

        Assert.Equal(
            (1, 1, 1),
            (card["passed"]!.GetValue<int>(), card["missed"]!.GetValue<int>(), card["notRun"]!.GetValue<int>()));
        JsonNode missed = card["drills"]![1]!;
        Assert.Equal(("gray", "missed"), (missed["name"]!.GetValue<string>(), missed["outcome"]!.GetValue<string>()));
        Assert.False(missed["figures"]!["isDetected"]!.GetValue<bool>());
        Assert.Equal("never", missed["checks"]![0]!["was"]!.GetValue<string>());
        Assert.Equal("notRun", card["drills"]![2]!["outcome"]!.GetValue<string>());
        Assert.Equal("strace is not installed", card["drills"]![2]!["notRunBecause"]!.GetValue<string>());
    }

    [Fact]
    public void Html_WhatIsQuoted_IsEscapedAndNothingComesFromElsewhere()
    {
        const string Evil = "<script>alert('x')</script>\"&";
        DrillResult result = Missed() with
        {
            Name = Evil,
            What = Evil,
            NotRunBecause = Evil,
            Notes = [Evil],
            Checks = [new DrillCheck(Evil, Evil, Evil, IsMet: false)],
        };

        string html = ScoreCardHtml.Of(new ScoreCard(Evil, Evil, Evil, Evil, [result]));

        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("alert('x')", html);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;", html);
        Assert.DoesNotContain("http:", html);
        Assert.DoesNotContain("https:", html);
        Assert.DoesNotContain("src=", html.Replace("style-src", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Html_AllOutcomes_AreMarked()
    {
        string html = ScoreCardHtml.Of(Card(Passed(), Missed(), NotRun()));

        Assert.Contains("<tr class=\"passed\"><td>silent</td>", html);
        Assert.Contains("<tr class=\"missed\"><td>gray</td>", html);
        Assert.Contains("<tr class=\"not-run\"><td>slow-disk</td>", html);
        Assert.Contains("Not run: strace is not installed.", html);
        Assert.Contains("<td>detectedMs</td><td>650</td>", html);
        Assert.Contains("<td>neighboursDuring</td><td>p50 21 ms, p99 33 ms of 60</td>", html);
        Assert.Contains("<td>booksAgree</td><td>no</td>", html);
        Assert.Contains("<td>detected after</td><td>&lt;= 700 ms</td><td>never</td>", html);
    }

    [Fact]
    public void Code_OfAScoreCard_IsZeroOnlyWhenSomethingWasPlayedAndNothingMissed()
    {
        Assert.Equal(ExitCode.Done, DrillRunner.CodeOf([Passed(), NotRun()]));
        Assert.Equal(ExitCode.Problems, DrillRunner.CodeOf([Passed(), Missed()]));
        Assert.Equal(ExitCode.Problems, DrillRunner.CodeOf([NotRun()]));
        Assert.Equal(ExitCode.Problems, DrillRunner.CodeOf([]));
    }

    [Fact]
    public void Outcome_OfAReport_IsPassedOnlyWhenSomethingWasHeldAgainstIt()
    {
        var report = new DrillReport();
        Assert.Equal(DrillOutcome.Missed, report.Outcome);

        report.Require(true, "it is well");
        Assert.Equal(DrillOutcome.Passed, report.Outcome);

        report.Require(false, "it is well too");
        Assert.Equal(DrillOutcome.Missed, report.Outcome);

        report.NotRun("this machine is another");
        Assert.Equal(DrillOutcome.NotRun, report.Outcome);
    }

    private static ScoreCard Card(params DrillResult[] results) => new(
        "node-1", "switch.json", "1.0", "60 requests/s.", results);

    private static DrillResult Passed() => Result("silent", DrillOutcome.Passed, new DrillFigures
    {
        IsDetected = true, DetectedMs = 650, BooksAgree = true, NeighboursBefore = new(50, 20, 30),
        NeighboursDuring = new(60, 21, 33),
    });

    private static DrillResult Missed() => Result("gray", DrillOutcome.Missed, new DrillFigures
    {
        IsDetected = false, BooksAgree = false,
    }) with
    {
        Checks = [new DrillCheck("detected after", "<= 700 ms", "never", IsMet: false)],
    };

    private static DrillResult NotRun() => Result("slow-disk", DrillOutcome.NotRun, new DrillFigures()) with
    {
        NotRunBecause = "strace is not installed",
    };

    private static DrillResult Result(string name, DrillOutcome outcome, DrillFigures figures) => new()
    {
        Name = name, Cause = "issuer", What = "It breaks.", Outcome = outcome,
        Started = DateTimeOffset.UnixEpoch, Seconds = 10, Figures = figures, Checks = [], Notes = [],
    };
}
