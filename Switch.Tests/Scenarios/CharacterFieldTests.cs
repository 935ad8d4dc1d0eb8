using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A partner's dialect that was made of a description of another library, where amounts, dates and trace numbers are
/// character fields.
/// </summary>
public sealed class CharacterFieldTests : IDisposable
{
    private readonly string _file = Path.Combine(
        Directory.CreateTempSubdirectory("switch-characters-").FullName, "chars.json");

    public CharacterFieldTests() => File.WriteAllText(_file, """
        { "name": "chars", "extends": "iso87-ascii", "fields": {
          "2": { "format": "ans..19" }, "3": { "format": "ans 6" }, "4": { "format": "ans 12" },
          "7": { "format": "ans 10" }, "11": { "format": "ans 6" }, "12": { "format": "ans 6" },
          "13": { "format": "ans 4" }, "32": { "format": "ans..11" }, "90": { "format": "ans 42" } } }
        """);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public async Task Payment_CharacterFieldsOnBothSides_IsApprovedAndReversed()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { Change = Speak, IsPrimaryListening = false });
        await using ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            rig.Server.AcquirerEndPoints["acquirer"], _file);
        PlainMessage request = Purchases.Authorization(mti: 200);

        acquirer.Send(request);
        Arrival atIssuer = await rig.Standby.NextAsync();
        atIssuer.Answer();
        PlainMessage answer = await acquirer.NextAsync();
        acquirer.Send(Purchases.Reversal(request, answer));
        Arrival reversal = await rig.Standby.NextAsync();
        reversal.Answer();
        PlainMessage accepted = await acquirer.NextAsync();

        Assert.Equal((210, "00", "000000001500"), (answer.Mti, answer[39], answer[4]));
        Assert.Equal(("000000001500", request[7]), (atIssuer.Message[4], atIssuer.Message[7]));
        Assert.Equal((430, "00"), (accepted.Mti, accepted[39]));
        Assert.Equal("000000001500", reversal.Message[4]);
        Assert.Equal((1, 0), (rig.Counters.ApprovedByStandby, rig.Counters.UnmatchedReplies));
    }

    /// <summary>A repeat is known by its numbers, and stand-in approves by the amount.</summary>
    [Fact]
    public async Task Payment_RepeatAndStandIn_AreKnownByTheirNumbers()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty with { Change = Speak });
        await using ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            rig.Server.AcquirerEndPoints["acquirer"], _file);
        PlainMessage request = Purchases.Authorization();

        PlainMessage answer = await acquirer.AskAsync(request);
        PlainMessage again = await acquirer.AskAsync(Purchases.Repeat(request));
        PlainMessage tooMuch = await acquirer.AskAsync(Purchases.Authorization(amount: 10_001));

        Assert.Equal(("00", answer[38]), (answer[39], again[38]));
        Assert.Equal("61", tooMuch[39]);
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
    }

    private void Speak(SwitchOptions options)
    {
        options.Dialects.Add(_file);
        options.Acquirers[0].Dialect = "chars";
        options.Issuers[1].Dialect = "chars"; // Full values are the same bytes as those of iso87-ascii.
    }
}
