using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Commands;

namespace Switch.Tests.Scenarios;

/// <summary>
/// The demo's outage between parties of different editions and framings: the primary answers, then the standby, then
/// the switch stands in, and what is owed goes out. The books of those who speak must agree at the end.
/// </summary>
public class EditionTests
{
    private static readonly DemoProtocol Old = new("iso87-ascii");
    private static readonly DemoProtocol New = new("iso93-binary", "len4-binary+tpdu");

    [Fact]
    public Task Acquirer1987_Issuer1993_BooksAgreeThroughAnOutage() => PlayAsync(new DemoWire(Old, New, Old));

    [Fact]
    public Task Acquirer1993_Issuers1987And2003_BooksAgreeThroughAnOutage() =>
        PlayAsync(new DemoWire(New, Old, new DemoProtocol("iso03-ascii", "len2-inclusive", HasMac: false)));

    [Fact]
    public Task Acquirer2003_Issuers1993And1987_BooksAgreeThroughAnOutage() =>
        PlayAsync(new DemoWire(
            new DemoProtocol("iso03-binary", HasMac: false), New, new DemoProtocol("iso87-ebcdic")));

    private static async Task PlayAsync(DemoWire wire)
    {
        string folder = Directory.CreateTempSubdirectory("switch-editions-").FullName;
        try
        {
            await using Demo demo = await Demo.StartAsync(
                wire, folder, 100, NullLoggerFactory.Instance, CancellationToken.None);
            await demo.PlayAsync(TimeSpan.FromSeconds(5), _ => { }, CancellationToken.None);
            DemoFigures figures = demo.Figures();

            Assert.True(demo.CompareBooks().Agrees, figures.ToString());
            Assert.Empty(demo.Mistakes());
            Assert.True(figures.Sent >= 500 && figures.Sent % 100 == 0, figures.ToString());
            Assert.Equal((figures.Sent, 0), (figures.Answered, figures.Unanswered));
            Assert.All(
                [figures.ApprovedByPrimary, figures.ApprovedByStandby, figures.ApprovedByStandIn, figures.AdvicesOwed,
                    figures.ReversalsOwed],
                figure => Assert.True(figure > 0, figures.ToString()));
            Assert.Equal(
                (figures.AdvicesOwed, figures.ReversalsOwed, 0),
                (figures.AdvicesAcknowledged, figures.ReversalsAcknowledged, figures.Parked));
            Assert.True(figures is { PinsRight: > 0, PinsWrong: 0, MacsVerified: > 0 }, figures.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
