using System.Net;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>The negative file of a running process, replaced as scripts do it: write, rename, SIGHUP.</summary>
public sealed class CardListTests : IDisposable
{
    private const string File = "negative.csv";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-cards-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task HangUp_ReadsTheNegativeFileAnew_AndALostOneTurnsStandInOff()
    {
        // Nobody listens there: every request goes to stand-in.
        var nobody = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        SwitchOptions options = ProcessConfiguration.For(nobody, nobody);
        options.StandIn["rules"].NegativeFile = File;
        Write("4000000000000010,41\n");
        await using var server = new SwitchProcess(_folder, options);
        await server.StartAsync();
        await using ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            server.EndPoint, Rig.AcquirerDialect);
        var told = new List<string?> { (await acquirer.AskAsync(Purchases.Authorization()))[39] };

        Write($"{Purchases.Card},43\n");
        await server.ReloadCardsAsync(times: 1);
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);
        System.IO.File.Delete(Path.Combine(_folder, File));
        await server.ReloadCardsAsync(times: 2);
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);

        Assert.Equal(["00", "43", "91"], told);
        Assert.Equal(0, await server.StopAsync());
    }

    private void Write(string text)
    {
        string next = Path.Combine(_folder, File + ".next");
        System.IO.File.WriteAllText(next, text);
        System.IO.File.Move(next, Path.Combine(_folder, File), overwrite: true);
    }
}
