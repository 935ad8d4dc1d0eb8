using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Spectre.Console;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Host.Stores;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// Goal: what operators see is right, and can be read on a screen of eighty columns. Method: a switch that owes one
/// message and has parked another, and every command that shows them.
/// </summary>
public sealed class OperatorTableTests
{
    private const int Screen = 80;

    private static readonly JsonSerializerOptions Style = new() { Converters = { new JsonStringEnumConverter() } };

    [Theory]
    [InlineData("advices")]
    [InlineData("advices", "list")]
    [InlineData("advices", "--issuer", "primary")]
    public async Task Advices_OwedAndParked_AreRowsThatNameTheirIssuer(params string[] arguments)
    {
        await using World world = await World.StartAsync();

        CommandRun run = await world.RunAsync(arguments);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        AssertRow(
            run, "primary", "forwarded advice 0120", "parked, sent 1", "400000******0002", "2500");
        AssertRow(run, "primary", " advice 0120", "ready", "400000******0028", "1500");
        Assert.Contains("2 messages, 1 parked", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Purchases.Card, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advices_Filtered_AreWhatWasAskedFor()
    {
        await using World world = await World.StartAsync();

        CommandRun parked = await world.RunAsync("advices", "list", "--parked");
        CommandRun one = await world.RunAsync("advices", "--max", "1");
        CommandRun none = await world.RunAsync("advices", "--issuer", "standby");
        CommandRun json = await world.RunAsync("advices", "--json");

        Assert.Contains("1 message, 1 parked", parked.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ready", parked.Output, StringComparison.Ordinal);
        Assert.Contains("There are more: raise --max.", one.Output, StringComparison.Ordinal);
        Assert.Equal("0 messages.\n", none.Output);
        Assert.All(
            JsonNode.Parse(json.Output)!["items"]!.AsArray(),
            item => Assert.Equal("primary", (string?)item!["issuer"]));
    }

    [Theory]
    [InlineData("issuers")]
    [InlineData("issuers", "list")]
    [InlineData("status")]
    public async Task Issuers_OwedParkedForcedAndHeld_AreShown(params string[] arguments)
    {
        await using World world = await World.StartAsync();

        CommandRun run = await world.RunAsync(arguments);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        AssertRow(run, "issuer", "links", "in flight", "owed", "parked", "exposure", "state");
        AssertRow(run, "primary 1/1 0 1 1 1,500 forced to stand-in, advices held by operator");
        AssertRow(run, "standby 1/1 0 0 0 0 forced to stand-in");
    }

    [Fact]
    public async Task Status_ForPeople_HasWordsAndNoTicks()
    {
        await using World world = await World.StartAsync();

        CommandRun run = await world.RunAsync("status");

        Assert.StartsWith("rig takes payments.\nAcquirer acquirer on 127.0.0.1:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Store: ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^core: approved by stand in +1 *$", run.Output);
        Assert.Matches(@"(?m)^core: advices owed +2 *$", run.Output);
        Assert.Matches(@"(?m)^journal: milliseconds a write, mean +[0-9.]+ *$", run.Output);
        Assert.DoesNotContain("icks", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_NothingThere_ExitsWithOneAsItsHelpSays()
    {
        CommandRun help = await CommandRun.OfAsync("status", "--help");
        CommandRun run = await CommandRun.OfAsync("status", "--admin", $"127.0.0.1:{SwitchProcess.FindPort()}");
        CommandRun wrong = await CommandRun.OfAsync("status", "--admin", "here: and there");

        Assert.Contains("1 when it does not or does not answer", Joined(help.Output), StringComparison.Ordinal);
        Assert.Equal((ExitCode.Problems, ExitCode.Usage), (run.Code, wrong.Code));
        Assert.StartsWith("No switch answers at 127.0.0.1:", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Something else may have the port.</summary>
    [Fact]
    public async Task AnyOperatorCommand_SomethingElseAnswers_SaysSo()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        foreach (string body in (string[])["[]", "{}", "<html>", "7"])
        {
            foreach (string command in (string[])["status", "issuers", "cards"])
            {
                Task<CommandRun> asking = CommandRun.OfAsync(command, "--admin", listener.LocalEndpoint.ToString()!);
                await AnswerAsync(listener, body);
                CommandRun other = await asking;

                Assert.Equal((body, command, ""), (body, command, other.Code == ExitCode.Done ? other.Output : ""));
                Assert.InRange(other.Error.Split('\n').Length, 1, 2);
            }
        }
    }

    private static async Task AnswerAsync(TcpListener listener, string body)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(30));
        NetworkStream stream = client.GetStream();
        byte[] request = new byte[4_096];
        Assert.NotEqual(0, await stream.ReadAsync(request).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
    }

    [Fact]
    public async Task Tls_Alone_ListsPartners()
    {
        await using World world = await World.StartAsync();

        CommandRun run = await world.RunAsync("tls");
        CommandRun json = await world.RunAsync("tls", "list", "--json");
        CommandRun reload = await world.RunAsync("tls", "reload", "--why", "test");

        Assert.Contains(run.Output.Split('\n'), row => HasAll(row, "acquirer", "acquirer", "loopback"));
        Assert.Contains(run.Output.Split('\n'), row => HasAll(row, "issuer", "primary", "loopback"));
        Assert.Equal((ExitCode.Done, ExitCode.Done, ExitCode.Done), (run.Code, json.Code, reload.Code));
        Assert.False((bool)JsonNode.Parse(json.Output)![0]!["isTls"]!);
    }

    [Fact]
    public async Task Cards_Alone_ListsProfilesAndSaysWhichIsOff()
    {
        await using World world = await World.StartAsync();

        CommandRun well = await world.RunAsync("cards");
        File.Delete(Path.Combine(world.Rig.Folder, World.NegativeFile));
        await world.RunAsync("cards", "reload", "--why", "test");
        CommandRun lost = await world.RunAsync("cards", "list");
        CommandRun json = await world.RunAsync("cards", "--json");

        Assert.Contains(well.Output.Split('\n'), row => Columns(row) is ["rules", "on"]);
        Assert.Contains(lost.Output.Split('\n'), row => HasAll(row, "rules", "off", World.NegativeFile));
        Assert.Equal((ExitCode.Done, ExitCode.Problems, ExitCode.Problems), (well.Code, lost.Code, json.Code));
        Assert.True((bool)JsonNode.Parse(json.Output)!["profiles"]![0]!["isOff"]!);
    }

    [Theory]
    [InlineData("advices", "--issuer", "nope")]
    [InlineData("advices", "list", "--issuer", "nope")]
    [InlineData("issuers", "force-standin", "nope", "--why", "test")]
    [InlineData("issuers", "restore", "nope", "--why", "test")]
    [InlineData("issuers", "pause-advices", "nope", "--why", "test")]
    [InlineData("issuers", "resume-advices", "nope", "--why", "test")]
    [InlineData("reconcile", "--issuer", "nope", "-c", "CONFIG")]
    [InlineData("report", "stand-in", "--issuer", "nope", "-c", "CONFIG")]
    public async Task AnyCommand_UnknownIssuer_ExitsWithTwoAndNamesTheKnown(params string[] arguments)
    {
        await using World world = await World.StartAsync();

        CommandRun run = arguments.Contains("CONFIG")
            ? await CommandRun.OfAsync([.. arguments.Select(word => word == "CONFIG" ? world.Config : word)])
            : await world.RunAsync(arguments);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("'nope' is not an issuer. Known: primary, standby.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("retry")]
    [InlineData("release")]
    [InlineData("write-off")]
    public async Task Advices_IdThatIsNoneOrUnknown_IsToldApart(string command)
    {
        await using World world = await World.StartAsync();

        CommandRun noId = await world.RunAsync("advices", command, "the-first", "--why", "test");
        CommandRun unknown = await world.RunAsync("advices", command, "12345", "--why", "test");

        Assert.Equal((ExitCode.Usage, ExitCode.Problems), (noId.Code, unknown.Code));
        Assert.Contains("'the-first' is not the id of a message", noId.Error, StringComparison.Ordinal);
        Assert.Contains("No parked message has that id.", unknown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_OptionsInFrontOfTheCommand_Count()
    {
        await using World world = await World.StartAsync();

        CommandRun run = await CommandRun.OfAsync("issuers", "--admin", world.Admin, "--json", "list");
        CommandRun change = await CommandRun.OfAsync(
            "issuers", "--admin", world.Admin, "restore", "primary", "--why", "over");

        Assert.Equal(2, JsonNode.Parse(run.Output)!["items"]!.AsArray().Count);
        Assert.Equal("Done.\n", change.Output);
    }

    /// <summary>HistorySources with something parked are not at their end, whatever else agrees.</summary>
    [Fact]
    public async Task Reconcile_ParkedAndThenWrittenOff_SaysSo()
    {
        await using World world = await World.StartAsync();
        await world.Rig.UntilProjectedAsync();

        CommandRun parked = await CommandRun.OfAsync("reconcile", "-c", world.Config);
        CommandRun elsewhere = await CommandRun.OfAsync("reconcile", "-c", world.Config, "--issuer", "standby");
        CommandRun json = await CommandRun.OfAsync("reconcile", "-c", world.Config, "--json");
        string id = (string)JsonNode.Parse(json.Output)!["parked"]![0]!["id"]!;
        CommandRun change = await world.RunAsync(
            "advices", "write-off", id, "--who", "anna", "--why", "paid by letter");
        CommandRun waiting = await world.RunAsync("approvals");
        string request = (string)JsonNode.Parse((await world.RunAsync("approvals", "--json")).Output)![0]!["id"]!;
        CommandRun own = await world.RunAsync("approvals", "approve", request, "--why", "myself");
        CommandRun approved = await world.ApproveAsync(request);
        await world.Rig.UntilProjectedAsync();
        CommandRun writtenOff = await CommandRun.OfAsync("reconcile", "-c", world.Config);

        Assert.Equal((1, 0, 1, 0), (parked.Code, elsewhere.Code, json.Code, writtenOff.Code));
        Assert.Equal((1, 0, 1, 0), (change.Code, waiting.Code, own.Code, approved.Code));
        Assert.Contains("another person approves it", change.Output, StringComparison.Ordinal);
        Assert.Contains("write-off-advice", waiting.Output, StringComparison.Ordinal);
        Assert.Matches(
            $"(?m)^Parked: .*: {id}, the acquirer's advice, owed to primary since .* UTC, amount 2500[.]$",
            parked.Output);
        Assert.Contains("The books agree, and 1 message is parked.", parked.Output, StringComparison.Ordinal);
        Assert.Matches(
            $"(?m)^Written off: {id}, the acquirer's advice, owed to primary since .*, by {AdminHttp.OwnName}: "
            + "paid by letter[.]$",
            writtenOff.Output);
        Assert.EndsWith("The books agree.\n", writtenOff.Output, StringComparison.Ordinal);
        Assert.Contains(parked.Output.Split('\n'), row => HasAll(row, "acquirer", "392", "1500"));
        Assert.Contains(parked.Output.Split('\n'), row => HasAll(row, "primary", "1500"));
    }

    [Theory]
    [InlineData("reconcile")]
    [InlineData("report", "stand-in")]
    public async Task Books_WindowThatEndsBeforeItBegins_IsWrongUsage(params string[] command)
    {
        await using World world = await World.StartAsync();

        CommandRun run = await CommandRun.OfAsync(
            [.. command, "-c", world.Config, "--from", "2026-11-26", "--to", "2026-11-25"]);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("--from must be before --to", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The widest values that there are: names of 32 characters and ids of 20 digits.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(32)]
    public void Tables_OfTheWidestValues_KeepToEightyColumnsAndBreakNoName(int nameSize)
    {
        string name = new('i', nameSize);
        string owed = Render(console => AdvicesCommand.WriteTable(console, Elements($$"""
            [ { "id": "18446744073709551615", "issuer": "issuer-a", "kind": "ForwardedReversal", "state": "Blocked",
                "mti": "0420", "stan": 999999, "card": "400000******0002", "amount": "000000999999", "attempts": 1000,
                "refusals": 1000 } ]
            """)));
        string issuers = Render(console => IssuersTable.Write(console, Elements($$"""
            [ { "name": "{{name}}", "links": 64, "linksReady": 0, "inFlight": 20000, "isForcedToStandIn": true,
                "isSignedOff": true, "isBreakerOpen": true, "owed": 100000, "parked": 100, "standInExposure": 500000,
                "advicesPausedBy": "IssuerSignOff, Operator" } ]
            """)));

        Assert.All(
            nameSize > 20 ? [] : ["forced", "stand-in,", "signed", "breaker", "advices", "sign-off", "operator"],
            (string word) => Assert.True(issuers.Contains(word, StringComparison.Ordinal), issuers));
        foreach (string text in (string[])[owed, issuers])
        {
            Assert.All(text.Split('\n'), row => Assert.True(row.TrimEnd().Length <= Screen, text));
        }

        Assert.Contains("18446744073709551615", owed, StringComparison.Ordinal);
        Assert.Contains("400000******0002", owed, StringComparison.Ordinal);
        Assert.Contains("999999", owed, StringComparison.Ordinal);
        Assert.Contains(name, issuers, StringComparison.Ordinal);
        Assert.Contains("500,000", issuers, StringComparison.Ordinal);
    }

    /// <summary>A switch of another version says less: what is missing is left blank.</summary>
    [Fact]
    public void Tables_OfOlderAnswers_LeaveBlanks()
    {
        string owed = Render(console => AdvicesCommand.WriteTable(console, Elements("""[ { "id": "7" } ]""")));
        string issuers = Render(console => IssuersTable.Write(console, Elements("""[ { "name": "a" } ]""")));
        using var output = new StringWriter();
        StatusCommand.Write(
            output, ConsoleOf(output), Elements("""[ { "node": "n", "isReady": true } ]""")[0],
            new AdminAnswer(HttpStatusCode.Unauthorized, Elements("""[ { "outcome": "Show it." } ]""")[0]));

        Assert.Contains("7", owed, StringComparison.Ordinal);
        Assert.Contains(issuers.Split('\n'), row => Columns(row) is ["a", "/", "-", "-", "-", "-", "no", "link"]);
        Assert.Contains("The owed messages are not shown: Show it.", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_BracketsInValues_AreBrackets()
    {
        string owed = Render(console => AdvicesCommand.WriteTable(
            console, Elements("""[ { "id": "7", "issuer": "[red]", "card": "[/]", "kind": "[x" } ]""")));

        Assert.Contains("[red]", owed, StringComparison.Ordinal);
        Assert.Contains("[/]", owed, StringComparison.Ordinal);
    }

    /// <summary>One of the lines has all of the parts; how many blanks are between columns does not matter.</summary>
    private static void AssertRow(CommandRun run, params string[] parts) => Assert.True(
        run.Output.Split('\n').Any(row => HasAll(row, parts) || HasAll(Joined(row), parts)),
        $"No line has {string.Join(" and ", parts)}:\n{run.Output}{run.Error}");

    private static bool HasAll(string row, params string[] parts) =>
        parts.All(part => row.Contains(part, StringComparison.Ordinal));

    private static string[] Columns(string row) => row.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Joined(string text) => string.Join(' ', Columns(text.Replace('\n', ' ')));

    private static JsonElement[] Elements(string json) =>
        [.. JsonDocument.Parse(json).RootElement.EnumerateArray().Select(element => element.Clone())];

    private static string Render(Action<IAnsiConsole> write)
    {
        using var output = new StringWriter();
        write(ConsoleOf(output));
        return output.ToString();
    }

    private static IAnsiConsole ConsoleOf(TextWriter output)
    {
        IAnsiConsole console = CommonOptions.ConsoleOn(output);
        console.Profile.Width = Screen;
        return console;
    }

    /// <summary>
    /// A switch that owes the primary two messages: one was refused and is parked, one is held back by an operator. New
    /// requests go to neither issuer.
    /// </summary>
    private sealed class World : IAsyncDisposable
    {
        public const string NegativeFile = "negative.csv";

        private World(Rig rig, string config)
        {
            Rig = rig;
            Config = config;
        }

        public Rig Rig { get; }

        public string Config { get; }

        public string Admin => Rig.Server.AdminSocket!;

        public static async Task<World> StartAsync()
        {
            SwitchOptions? options = null;
            Rig rig = await Rig.StartAsync(StoreRig.Hasty with
            {
                Change = made =>
                {
                    options = made;
                    made.Admin = new AdminOptions { Listen = "127.0.0.1:0", Tokens = "file:tokens" };
                    made.StandIn["rules"].NegativeFile = NegativeFile;
                },
                Prepare = folder =>
                {
                    File.WriteAllText(Path.Combine(folder, NegativeFile), "4000000000000010,41\n");
                    FileModes.WriteOwn(Path.Combine(folder, "tokens"), AdminHttp.TokenFile());
                    FileModes.WriteOwn(Path.Combine(folder, "approver"), AdminHttp.TokenOf(AdminRole.Approver));
                },
            });
            string config = Path.Combine(rig.Folder, "switch.json");
            var root = new JsonObject { ["Switch"] = JsonSerializer.SerializeToNode(options, Style) };
            await File.WriteAllTextAsync(config, root.ToJsonString());
            var world = new World(rig, config);
            await world.OweAsync();
            return world;
        }

        public Task<CommandRun> RunAsync(params string[] arguments) =>
            CommandRun.OfAsync([.. arguments, "--admin", Admin]);

        /// <summary>As another person, at the listener.</summary>
        public Task<CommandRun> ApproveAsync(string request) => CommandRun.OfAsync(
            "approvals", "approve", request, "--why", "checked", "--admin", Rig.Server.AdminEndPoint!.ToString(),
            "--token", $"file:{Path.Combine(Rig.Folder, "approver")}");

        public ValueTask DisposeAsync() => Rig.DisposeAsync();

        private async Task OweAsync()
        {
            await using ScriptedAcquirer acquirer = await Rig.ConnectAsync();
            PlainMessage advice = Purchases.Authorization(2_500, mti: 120);
            advice[39] = "00";
            await acquirer.AskAsync(advice);
            (await Rig.Primary.NextAsync()).Answer("30");
            await Rig.UntilAsync(() => Rig.Counters.ParkedNow == 1);
            foreach (string[] change in (string[][])
                [["force-standin", "primary"], ["force-standin", "standby"], ["pause-advices", "primary"]])
            {
                CommandRun done = await RunAsync(["issuers", .. change, "--why", "test"]);
                Assert.Equal("Done.\n", done.Output);
            }

            Assert.Equal("00", (await acquirer.AskAsync(Purchases.Authorization(card: "4000000000000028")))[39]);
            await Rig.UntilAsync(() => Rig.Counters is { OwedNow: 1, ParkedNow: 1 });
        }
    }
}
