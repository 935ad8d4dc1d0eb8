using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;

namespace Switch.Tests.Host.Commands;

public class SendCommandTests
{
    private const string Payment =
        """
        { "mti": "0100", "fields": {
          "2": "4000001234567899", "3": "000000", "4": "000000001500", "7": "auto", "11": "auto", "12": "auto",
          "13": "auto", "22": "051", "37": "auto", "41": "TERM0001", "42": "MERCHANT0000001", "49": "392" } }
        """;

    [Fact]
    public async Task Send_Payment_PrintsTheAnswerMasked()
    {
        await using var world = new CommandWorld();

        CommandRun run = await SendAsync(world, Payment);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.StartsWith("0110 after", run.Output, StringComparison.Ordinal);
        Assert.Contains("Response code", run.Output, StringComparison.Ordinal);
        Assert.Contains("400000******7899", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("4000001234567899", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_PaymentAsJson_GivesFieldsByNumber()
    {
        await using var world = new CommandWorld();

        CommandRun run = await SendAsync(world, Payment, "--json");

        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement fields = document.RootElement.GetProperty("fields");
        Assert.True(document.RootElement.GetProperty("answered").GetBoolean());
        Assert.Equal("00", fields.GetProperty("39").GetString());
        Assert.Equal("400000******7899", fields.GetProperty("2").GetString());
    }

    [Fact]
    public async Task Send_ToASilentPeer_ExitsWithOne()
    {
        await using var world = new CommandWorld();
        world.Issuer.Mode = IssuerMode.Silent;

        CommandRun run = await SendAsync(world, Payment, "--timeout", "0.2");

        Assert.Equal(ExitCode.Problems, run.Code);
        Assert.Contains("No answer within", run.Output, StringComparison.Ordinal);
        Assert.Contains("the connection stayed", run.Output, StringComparison.Ordinal);
    }

    /// <summary>A switch that closes the connection has read the message: silence is another matter.</summary>
    [Theory]
    [InlineData(false, "peerClosed", "The peer closed the connection after")]
    [InlineData(true, "peerReset", "The peer reset the connection after")]
    public async Task Send_ToAPeerThatCloses_SaysSo(bool isReset, string end, string says)
    {
        await using var world = new CommandWorld();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task closing = CloseTwiceAsync(listener, isReset);
        string[] arguments =
            ["send", world.Write("message.json", Payment), "--to", listener.LocalEndpoint.ToString()!];

        CommandRun text = await CommandRun.OfAsync(arguments);
        CommandRun json = await CommandRun.OfAsync([.. arguments, "--json"]);
        await closing;

        Assert.Equal((ExitCode.Problems, ExitCode.Problems), (text.Code, json.Code));
        Assert.StartsWith(says, text.Output, StringComparison.Ordinal);
        JsonElement root = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal((end, false), (root.GetProperty("end").GetString(), root.GetProperty("answered").GetBoolean()));
    }

    [Fact]
    public async Task Send_ToAClosedPort_ExitsWithTwo()
    {
        await using var world = new CommandWorld();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closed = (IPEndPoint)listener.LocalEndpoint;
        listener.Stop();

        CommandRun run = await CommandRun.OfAsync(
            "send", world.Write("message.json", Payment), "--to", closed.ToString());

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(closed.ToString(), run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{}", "four digits")]
    [InlineData("""{ "mti": "01" }""", "four digits")]
    [InlineData("""{ "mti": "0100", "field": {} }""", "'field' is not known")]
    [InlineData("""{ "mti": "0100", "fields": { "2": 4000001234567899 } }""", "must be a string")]
    [InlineData("""{ "mti": "0100", "fields": { "200": "x" } }""", "'200' is not defined")]
    [InlineData("""{ "mti": "0100", "fields": { "4": "abc" } }""", "Field 4")]
    [InlineData("""{ "mti": "0100", "fields": { "52": "0" } }""", "hexadecimal")]
    [InlineData("""{ "mti": "0100", "fields": { "41": "auto" } }""", "cannot be \"auto\"")]
    [InlineData("""{ "mti": "0100", "fields": { "2": "4000001234567899x" } }""", "Field 2")]
    public async Task Send_NotAMessage_SaysWhereAndQuotesNoCard(string json, string reason)
    {
        await using var world = new CommandWorld();

        CommandRun run = await SendAsync(world, json);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("4000001234567899", run.Error, StringComparison.Ordinal);
    }

    // Closes each connection when its message has come: a close with bytes unread would be a reset.
    private static async Task CloseTwiceAsync(TcpListener listener, bool isReset)
    {
        byte[] buffer = new byte[4_096];
        for (int i = 0; i < 2; i++)
        {
            using Socket socket = await listener.AcceptSocketAsync();
            await socket.ReceiveAsync(buffer);
            if (isReset)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }
    }

    /// <summary>
    /// One second has many payments; those with one trace number would be taken for repeats. Fifty draws of a million
    /// meet more than five times less often than this test could ever be run.
    /// </summary>
    [Fact]
    public void Encode_AutoWithinOneSecond_GivesTraceNumbersThatDiffer()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddDays(20_000.5);
        Message[] messages = [.. Enumerable.Range(0, 50).Select(_ => MessageOf(Payment, now))];

        Assert.True(messages.Select(message => TextOf(message, 11)).Distinct().Count() >= 45);
        Assert.All(messages, message => Assert.Matches("^[0-9]{6}$", TextOf(message, 11)));
        Assert.All(messages, message => Assert.Equal("427812" + TextOf(message, 11), TextOf(message, 37)));
    }

    [Theory]
    [InlineData("123", "000123")]
    [InlineData("654321", "654321")]
    public void Encode_AutoReference_HasTheTraceNumberThatIsStated(string stan, string inReference)
    {
        Message message = MessageOf(
            Payment.Replace("\"11\": \"auto\"", $"\"11\": \"{stan}\"", StringComparison.Ordinal),
            DateTimeOffset.UnixEpoch);

        Assert.EndsWith(inReference, TextOf(message, 37), StringComparison.Ordinal);
    }

    private static Message MessageOf(string json, DateTimeOffset now)
    {
        Dialect dialect = Dialect.Get("iso87-ascii");
        var message = new Message(8_192);
        Assert.True(message.TryLoad(dialect, MessageJson.Encode(json, dialect, now, out _), out _));
        return message;
    }

    private static string TextOf(Message message, int field) => MessageJson.Masked(message)
        .Single(pair => pair.Key == field.ToString(System.Globalization.CultureInfo.InvariantCulture)).Value;

    private static Task<CommandRun> SendAsync(CommandWorld world, string json, params string[] more) =>
        CommandRun.OfAsync(
            [
                "send", world.Write("message.json", json), "--to", world.Issuer.EndPoint.ToString(),
                "--dialect", "iso87-binary", .. more,
            ]);
}
