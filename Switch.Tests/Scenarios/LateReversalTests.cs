using Microsoft.Data.Sqlite;
using Switch.Host.Simulators;
using Switch.Tests.Host.Stores;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A switch that has forgotten a payment, over sockets, with the default store in its file: what comes later finds its
/// original there.
/// </summary>
public sealed class LateReversalTests
{
    // The least that the configuration allows to be remembered.
    private const int Remembered = 1_000;

    [Fact]
    public async Task Reversal_OfForgottenApproval_NamesTheLegAndItsRepeatIsOne()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        (PlainMessage request, PlainMessage answer, Arrival atIssuer) = await BuyAsync(rig, acquirer);
        await ForgetAsync(rig);

        PlainMessage reversal = Purchases.Reversal(request, answer);
        PlainMessage first = await acquirer.AskAsync(reversal);
        Arrival forwarded = await rig.Primary.NextNewAsync();
        forwarded.Answer();
        PlainMessage again = await acquirer.AskAsync(Purchases.Reversal(request, answer));
        await rig.UntilSettledAsync();

        Assert.Equal(("00", "00"), (first[39], again[39]));
        Assert.Equal((420, Purchases.Original(atIssuer.Message)), (forwarded.Message.Mti, forwarded.Message[90]));
        Assert.Equal((1, 1, 1), (rig.Counters.LookUps, rig.Counters.LookUpsFound, rig.Counters.ReversalsOwed));
    }

    /// <summary>The store is far behind, because its file is locked: only the reversal itself waits.</summary>
    [Fact]
    public async Task Reversal_WhileTheStoreIsLocked_GoesUnmatchedInTimeAndDelaysNoOther()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        (PlainMessage request, PlainMessage answer, _) = await BuyAsync(rig, acquirer);
        await rig.UntilProjectedAsync();
        using SqliteConnection lockHolder = StoreRig.Lock(rig.Folder);
        await ForgetAsync(rig);

        acquirer.Send(Purchases.Reversal(request, answer));
        await Rig.UntilAsync(() => rig.Counters.LookUps == 1);
        await using ScriptedAcquirer other = await rig.ConnectAsync();
        (_, PlainMessage approved, _) = await BuyAsync(rig, other);
        Assert.Equal(0, rig.Counters.LookUpsUnavailable);
        PlainMessage acknowledged = await acquirer.NextAsync();
        Arrival forwarded = await rig.Primary.NextNewAsync();

        Assert.Equal(("00", "00"), (approved[39], acknowledged[39]));
        Assert.Equal((420, 1), (forwarded.Message.Mti, rig.Counters.LookUpsUnavailable));
    }

    private static Task<Rig> StartAsync() => Rig.StartAsync(new RigSettings
    {
        Change = options =>
        {
            options.Duplicates.MaxEntries = Remembered;
            options.Store.LookUp = TimeSpan.FromSeconds(5);
        },
    });

    private static async Task<(PlainMessage Request, PlainMessage Answer, Arrival AtIssuer)> BuyAsync(
        Rig rig, ScriptedAcquirer acquirer)
    {
        PlainMessage request = Purchases.Authorization();
        acquirer.Send(request);
        Arrival arrival = await StoreRig.NextRequestAsync(rig);
        arrival.Answer();
        return (request, await acquirer.NextAsync(), arrival);
    }

    // Refused ones are not remembered; requests for cards that no issuer has are, and need no issuer.
    private static async Task ForgetAsync(Rig rig)
    {
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        for (int i = 0; i < Remembered; i++)
        {
            acquirer.Send(Purchases.Authorization(card: "9900000000000000"));
        }

        for (int i = 0; i < Remembered; i++)
        {
            Assert.Equal("92", (await acquirer.NextAsync())[39]);
        }
    }
}
