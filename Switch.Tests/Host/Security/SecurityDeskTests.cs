using System.Net;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Host.Server;
using Switch.Host.Simulators.Hsm;
using Switch.Routing.Effects;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security;

public sealed class SecurityDeskTests : IAsyncLifetime, IAsyncDisposable
{
    private const string OtherZpk = "T971803BA969012152827CC97A98D18D50BE6559CDFF6F7E1";
    private const string ZpkUnderTestKey = "U247078713614BE11F819054C5FFB08FF";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-desk-").FullName;
    private readonly HsmSimulator _hsm = new(new IPEndPoint(IPAddress.Loopback, 0), 4);
    private readonly ListLoggerFactory _loggers = new();

    public SecurityDeskTests() => _hsm.Start();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _hsm.DisposeAsync();
        _loggers.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Fact]
    public async Task Start_KeyOfItsCheckValue_IsTaken()
    {
        Keep("ECF292");
        await using SecurityDesk desk = Desk();

        await desk.StartAsync(CancellationToken.None);

        Assert.Equal("ECF292", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        Assert.True(Assert.Single(desk.Status.Modules).IsInUse);
        Assert.Empty(desk.Status.Warnings());
    }

    [Fact]
    public async Task Start_KeyOfAnotherCheckValue_IsAMistakeWithItsPath()
    {
        Keep("000000");
        await using SecurityDesk desk = Desk();

        ConfigurationException refused = await Assert.ThrowsAsync<ConfigurationException>(
            () => desk.StartAsync(CancellationToken.None));

        ConfigurationError error = Assert.Single(refused.Errors);
        Assert.Equal("Switch:Acquirers:0:Keys:Zpk", error.Path);
        Assert.Contains("ECF292", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ModuleThatIsSilent_IsSaidAndPreventsNothing()
    {
        Keep("ECF292");
        _hsm.Mode = HsmMode.Silent;
        await using SecurityDesk desk = Desk(TimeSpan.FromMilliseconds(50));

        await desk.StartAsync(CancellationToken.None);

        Assert.Equal(1, _loggers.CountOf(6011));
    }

    /// <summary>A running switch takes the next key when it is told to, and keeps the former one beside it.</summary>
    [Fact]
    public async Task Reload_StoreWithAnotherKey_IsTakenWholeOrNotAtAll()
    {
        Keep("ECF292");
        await using SecurityDesk desk = Desk();
        await desk.StartAsync(CancellationToken.None);

        // Scheme T of the same test key: another key.
        Keep("6EC2A9", OtherZpk);
        Assert.Empty(await desk.ReloadKeysAsync("test", "rotation", CancellationToken.None));
        Assert.Equal("6EC2A9", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        Assert.Equal("ECF292", desk.Keys.Find("acq-zpk")!.Former!.CheckValue);
        Assert.Equal(1, _loggers.CountOf(6012));

        Keep("123456", "U" + new string('0', 32));
        Assert.Single(await desk.ReloadKeysAsync("test", "mistake", CancellationToken.None));
        Assert.Equal("6EC2A9", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", "keys.json"), "{");
        Assert.NotEmpty(await desk.ReloadKeysAsync("test", "damage", CancellationToken.None));
        Assert.Equal("6EC2A9", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        Assert.Equal(1, _loggers.CountOf(6012));
        Assert.True(_loggers.CountOf(6013) >= 2);
    }

    [Fact]
    public async Task Start_SoftwareModule_IsShoutedAbout()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "master.key"), new string('a', 64));
        var options = new SwitchOptions();
        options.Security.Module = SecurityModuleKind.Software;
        options.Security.MasterKey = "file:master.key";
        await using var desk = new SecurityDesk(
            options, new ConfigurationEnvironment(_folder, IsProduction: false), _loggers, TimeProvider.System);

        await desk.StartAsync(CancellationToken.None);

        Assert.Equal(1, _loggers.CountOf(6010));
        Assert.Contains("software", Assert.Single(desk.Status.Warnings()), StringComparison.Ordinal);
        Assert.Equal(SecurityStatus.Done, await desk.Module!.ProbeAsync(CancellationToken.None));
    }

    /// <summary>A key that is durable and was not answered, as after a kill: it comes again, and is the same one.
    /// </summary>
    [Fact]
    public async Task Exchange_DurableAndNotAnswered_IsThereAfterwardsAndIsAcceptedAgain()
    {
        KeepZmk();
        Keep("ECF292");
        KeyMessage sent = SentKey();
        await using (SecurityDesk desk = Desk())
        {
            await desk.StartAsync(CancellationToken.None);
            Assert.Equal(KeyOutcome.Taken, (await desk.ExchangeAsync("acq-zpk", "acq-zmk", sent)).Outcome);
            Assert.Equal("ECF292", desk.Keys.Find("acq-zpk")!.Current.CheckValue); // Not before it is answered.
        }

        await using SecurityDesk next = Desk();
        await next.StartAsync(CancellationToken.None);
        Assert.Equal("DA24FF", next.Keys.Find("acq-zpk")!.Current.CheckValue);
        KeyExchangeResult again = await next.ExchangeAsync("acq-zpk", "acq-zmk", sent);

        Assert.Equal((KeyOutcome.Taken, true), (again.Outcome, again.IsAgain));
        Assert.Equal(2, again.Store!.Find("acq-zpk")!.Current.Number);
        Assert.Equal(
            KeyOutcome.Unreadable,
            (await next.ExchangeAsync("acq-zpk", "acq-zmk", sent with { CheckValue = "DA24F0" })).Outcome);
        _hsm.Mode = HsmMode.Error;
        Assert.Equal(KeyOutcome.Failed, (await next.ExchangeAsync("acq-zpk", "acq-zmk", sent)).Outcome);
    }

    /// <summary>What is answered late must not bring an older key back, which partners do not use any more.</summary>
    [Fact]
    public async Task Use_OfAnExchangeBeforeTheLastReading_ChangesNothing()
    {
        KeepZmk();
        Keep("ECF292");
        await using SecurityDesk desk = Desk();
        await desk.StartAsync(CancellationToken.None);
        KeyExchangeResult early = await desk.ExchangeAsync("acq-zpk", "acq-zmk", SentKey());
        Keep("6EC2A9", OtherZpk);
        Assert.Empty(await desk.ReloadKeysAsync("test", "rotation", CancellationToken.None));

        desk.Use(early);

        Assert.Equal("6EC2A9", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        Assert.Equal(3, desk.Keys.Find("acq-zpk")!.Current.Number);
    }

    [Fact]
    public async Task Use_OfTheLastExchange_PutsItsKeyIntoUse()
    {
        KeepZmk();
        Keep("ECF292");
        await using SecurityDesk desk = Desk();
        await desk.StartAsync(CancellationToken.None);
        KeyExchangeResult taken = await desk.ExchangeAsync("acq-zpk", "acq-zmk", SentKey());
        desk.Use(new KeyExchangeResult(KeyOutcome.Failed));
        Assert.Equal("ECF292", desk.Keys.Find("acq-zpk")!.Current.CheckValue);

        desk.Use(taken);

        Assert.Equal("DA24FF", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        Assert.Equal("ECF292", desk.Keys.Find("acq-zpk")!.Former!.CheckValue);
    }

    /// <summary>
    /// Who reads the store has it to himself until its keys are in use: what another makes durable meanwhile would be
    /// in use before it, and no more after it.
    /// </summary>
    [Fact]
    public async Task Change_WhileTheStoreIsRead_ComesAfterIt()
    {
        KeepZmk();
        Keep("ECF292");
        await using SecurityDesk desk = Desk();
        await desk.StartAsync(CancellationToken.None);
        (Task reading, TaskCompletionSource held) = await BeginReadingAsync(desk);
        long commands = _hsm.Commands;

        Task<KeyExchangeResult> exchange = desk.ExchangeAsync("acq-zpk", "acq-zmk", SentKey());
        Task<KeyToSend?> made = desk.MakeToSendAsync("acq-zpk", KeyKind.Zpk, "acq-zmk", KeyScheme.Ansi);
        Assert.Equal(SecurityStatus.Done, await desk.Module!.ProbeAsync(CancellationToken.None));
        Assert.Equal(commands, _hsm.Commands); // The probe goes behind all that they would have asked.
        held.SetResult();

        await reading;
        desk.Use(await exchange);
        Assert.NotNull(await made);
        Assert.Equal("DA24FF", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
        Assert.NotNull(desk.Keys.Find("acq-zpk")!.Sent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChangeOfAKeyThatWasSent_WhileTheStoreIsRead_ComesAfterIt(bool isTaken)
    {
        Keep("ECF292");
        Send("6EC2A9");
        await using SecurityDesk desk = Desk();
        await desk.StartAsync(CancellationToken.None);
        (Task reading, TaskCompletionSource held) = await BeginReadingAsync(desk);

        Task<bool> changing = isTaken ? desk.TakeSentAsync("acq-zpk", "6EC2A9") : desk.DropSentAsync("acq-zpk");
        Assert.False(changing.IsCompleted);
        held.SetResult();

        await reading;
        Assert.True(await changing);
        Assert.Null(desk.Keys.Find("acq-zpk")!.Sent);
        Assert.Equal(isTaken ? "6EC2A9" : "ECF292", desk.Keys.Find("acq-zpk")!.Current.CheckValue);
    }

    /// <summary>Each of them is taken on what comes, so each is held against its check value.</summary>
    [Theory]
    [InlineData("000000", "6EC2A9", null)]
    [InlineData(null, "ECF292", "000000")]
    public async Task Start_FormerOrSentKeyOfAnotherCheckValue_IsAMistake(string? former, string current, string? sent)
    {
        if (former is not null)
        {
            Keep(former);
            Keep(current, OtherZpk);
        }
        else
        {
            Keep(current);
            Send(sent!);
        }

        await using SecurityDesk desk = Desk();

        ConfigurationException refused = await Assert.ThrowsAsync<ConfigurationException>(
            () => desk.StartAsync(CancellationToken.None));
        Assert.Contains("000000", Assert.Single(refused.Errors).Problem, StringComparison.Ordinal);
    }

    // It has read the file, and asks the module about the first key.
    private async Task<(Task Reading, TaskCompletionSource Held)> BeginReadingAsync(SecurityDesk desk)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long before = _hsm.Commands;
        _hsm.Held = held.Task;
        Task reading = desk.ReloadKeysAsync("test", "rotation", CancellationToken.None);
        await Rig.UntilAsync(() => _hsm.Commands > before);
        _hsm.Held = null;
        return (reading, held);
    }

    private void Send(string checkValue)
    {
        Assert.True(WrappedKey.TryParse(OtherZpk, out WrappedKey? key));
        Assert.Equal(KeyStoreOutcome.Done, KeyStoreFile.Change(StoreFile, store => (
            store.TrySend("acq-zpk", KeyKind.Zpk, key, checkValue, DateTimeOffset.UnixEpoch, out KeyStore changed),
            changed)).Outcome);
    }

    private static KeyMessage SentKey()
    {
        Assert.True(WrappedKey.TryParse("X7BC09407A015F72FC59C32147D2AAE57", out WrappedKey? key));
        return new KeyMessage(KeyKind.Zpk, key, "DA24FF");
    }

    private string StoreFile => Path.Combine(_folder, "data", "keys.json");

    private void KeepZmk() => TestKeyStore.Add(
        StoreFile, "acq-zmk", KeyKind.Zmk, "UE13D662B185F5F3B08594F89F1FF903A", "A1B67C");

    private void Keep(string checkValue, string wrapped = ZpkUnderTestKey) =>
        TestKeyStore.Add(StoreFile, "acq-zpk", KeyKind.Zpk, wrapped, checkValue);

    private SecurityDesk Desk(TimeSpan? limit = null)
    {
        var options = new SwitchOptions { Acquirers = [new AcquirerOptions { Name = "acq-a" }] };
        options.Acquirers[0].Keys.Zpk = "acq-zpk";
        options.Security.Module = SecurityModuleKind.HostCommands;
        options.Security.Hsm = [new HsmOptions { Endpoint = $"127.0.0.1:{_hsm.EndPoint.Port}" }];
        options.Security.Timeout = limit ?? TimeSpan.FromSeconds(60);
        return new SecurityDesk(
            options, new ConfigurationEnvironment(_folder, IsProduction: false), _loggers, TimeProvider.System);
    }
}
