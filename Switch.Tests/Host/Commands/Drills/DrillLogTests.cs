using System.Globalization;
using Switch.Host.Commands.Drills;

namespace Switch.Tests.Host.Commands.Drills;

public class DrillLogTests
{
    private static readonly string[] Lines =
    [
        "2026-11-29T13:00:00.000+00:00 WRN Switch.Routing.Core.AuthorizationCore Issuer issuer-a is down: before",
        "2026-11-29T13:00:01.200+00:00 WRN Switch.Routing.Core.AuthorizationCore Issuer issuer-ab is down: another",
        "2026-11-29T13:00:01.300+00:00 INF Switch.Routing.Core.AuthorizationCore Issuer issuer-a is good again: x",
        "  at a line of an exception, Issuer issuer-a is down",
        "2026-11-29T13:00:01.500+00:00 WRN Switch.Routing.Core.AuthorizationCore Issuer issuer-a, route 41 fluctuates "
            + "and gets 0 % of the requests (0: probes only): time-outs 31 % of 45",
        "2026-11-29T13:00:01.700+00:00 WRN Switch.Routing.Core.AuthorizationCore Issuer issuer-a is down: later",
    ];

    [Fact]
    public void SaidAfter_AMoment_IsTheFirstLineAboutTheIssuerOrAPartOfIt() => Assert.Equal(
        TimeSpan.FromMilliseconds(500), DrillLog.SaidAfter(Lines, "issuer-a", At("2026-11-29T13:00:01Z")));

    [Fact]
    public void SaidAfter_NothingSaid_IsNone()
    {
        Assert.Null(DrillLog.SaidAfter(Lines, "issuer-a", At("2026-11-29T13:00:02Z")));
        Assert.Null(DrillLog.SaidAfter(Lines, "issuer", At("2026-11-29T12:00:00Z")));
    }

    /// <summary>The node stops more than once in a drill.</summary>
    [Fact]
    public void CameAfterTheEnd_TwoStops_AreAddedUp()
    {
        const string Said = "2026-11-29T13:00:03.000+00:00 WRN Switch.Host.Server.SwitchServer {0} messages of "
            + "acquirers came after the switch had ended its side of their connections: they were dropped";
        string[] lines = [.. Lines, string.Format(CultureInfo.InvariantCulture, Said, 2), "Switch node-1 stopped",
            string.Format(CultureInfo.InvariantCulture, Said, 11)];

        Assert.Equal((0, 13), (DrillLog.CameAfterTheEnd(Lines), DrillLog.CameAfterTheEnd(lines)));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
