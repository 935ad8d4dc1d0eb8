using Switch.Host.Simulators;
using Switch.Host.Simulators.Faults;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Simulators.Faults;

/// <summary>Faults that understand messages: a share of an MTI, one BIN range, one field, an answer in place.</summary>
public sealed class MessageFaultTests : IDisposable
{
    private readonly IssuerSimulator _issuer = new(new IssuerProfile());

    public MessageFaultTests() => _issuer.Start();

    public void Dispose() => _issuer.DisposeAsync().AsTask().Wait(Rig.Patience);

    [Fact]
    public async Task Lose_AShareOfOneMti_LosesThatShareAndNothingElse()
    {
        await using FaultProxy proxy = Start(new MessageFault(FaultSides.Forth, MessageFaultKind.Lose)
        {
            Mtis = [100], Share = 0.5,
        });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        for (int i = 0; i < 200; i++)
        {
            client.Ask();
        }

        client.Echo();
        int answers = 0;
        while ((await client.AnswerAsync()).Mti != 810)
        {
            answers++;
        }

        Assert.InRange(answers, 70, 130);
        Assert.Equal(200, answers + proxy.Counters.Lost);
    }

    [Fact]
    public async Task Lose_TheSameSeed_LosesTheSameMessages()
    {
        async Task<List<int>> RunAsync(int seed)
        {
            await using FaultProxy proxy = Start(
                new MessageFault(FaultSides.Forth, MessageFaultKind.Lose) { Mtis = [100], Share = 0.3 }, seed);
            await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);
            for (int i = 0; i < 60; i++)
            {
                client.Ask();
            }

            client.Echo();
            var arrived = new List<int>();
            for (PlainMessage one = await client.AnswerAsync(); one.Mti != 810; one = await client.AnswerAsync())
            {
                arrived.Add(one.Stan);
            }

            return arrived;
        }

        List<int> first = await RunAsync(seed: 5);

        Assert.Equal(first, await RunAsync(seed: 5));
        Assert.NotEqual(first, await RunAsync(seed: 6));
    }

    [Fact]
    public async Task Lose_AnswersOfOneBinRange_TheOtherRangeIsAnswered()
    {
        await using FaultProxy proxy = Start(new MessageFault(FaultSides.Back, MessageFaultKind.Lose)
        {
            Mtis = [110], Prefixes = ["45"],
        });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        client.Ask("45");
        int other = client.Ask("40");

        Assert.Equal(other, (await client.AnswerAsync()).Stan);
        Assert.Equal(2, _issuer.Read(static ledger => ledger.Counters.Requests));
    }

    [Fact]
    public async Task Delay_OneBinRange_IsOvertakenByTheOther()
    {
        await using FaultProxy proxy = Start(new MessageFault(FaultSides.Forth, MessageFaultKind.Delay)
        {
            Prefixes = ["45"], Delay = TimeSpan.FromMilliseconds(300),
        });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        int delayed = client.Ask("45");
        int[] others = [client.Ask("40"), client.Ask("40")];
        int[] answered =
        [
            (await client.AnswerAsync()).Stan, (await client.AnswerAsync()).Stan, (await client.AnswerAsync()).Stan,
        ];

        Assert.Equal([.. others, delayed], answered);
        Assert.Equal(1, proxy.Counters.Delayed);
    }

    [Theory]
    [InlineData(4, "000000001000", "000000001001")]
    [InlineData(39, "00", "01")]
    [InlineData(41, "TERM0001", "TERM0002")]
    public async Task Corrupt_AField_ArrivesChangedInItsLastCharacterAlone(int field, string was, string becomes)
    {
        await using FaultProxy proxy = Start(new MessageFault(FaultSides.Back, MessageFaultKind.Corrupt)
        {
            Field = field,
        });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        client.Ask();
        PlainMessage changed = await client.AnswerAsync();
        proxy.Plan = FaultPlan.None;
        client.Ask();
        PlainMessage right = await client.AnswerAsync();

        Assert.Equal((was, becomes), (right[field], changed[field]));
        int[] ofEach = [11, 37, 38]; // They differ from one payment to the next.
        Assert.All(
            Enumerable.Range(2, PlainMessage.FieldsEnd - 2).Except([field, .. ofEach]),
            one => Assert.Equal(right[one], changed[one]));
    }

    [Theory]
    [InlineData("iso87-ascii", "len2", "96")]
    [InlineData("iso87-binary", "len4-binary+tpdu", "91")]
    public async Task Answer_InPlace_TheIssuerHearsNothing(string dialect, string framing, string code)
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile { Dialect = dialect, Framing = framing });
        issuer.Start();
        await using var proxy = new FaultProxy(new FaultProxyProfile
        {
            Target = issuer.EndPoint, Dialect = dialect, Framing = framing,
        })
        {
            Plan = new FaultPlan
            {
                Messages = [new MessageFault(FaultSides.Forth, MessageFaultKind.Answer) { Mtis = [100], Code = code }],
            },
        };
        proxy.Start();
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint, dialect, framing);

        int stan = client.Ask();
        PlainMessage answer = await client.AnswerAsync();
        client.Echo();
        PlainMessage echo = await client.AnswerAsync();

        Assert.Equal((110, stan, code, "TERM0001"), (answer.Mti, answer.Stan, answer[39], answer[41]));
        Assert.Equal((810, "00"), (echo.Mti, echo[39]));
        Assert.Equal(0, issuer.Read(static ledger => ledger.Counters.Requests));
        Assert.Equal(1, proxy.Counters.Answered);
    }

    [Fact]
    public async Task Lose_AMessageOfAnotherDialect_Passes()
    {
        await using FaultProxy proxy = Start(new MessageFault(FaultSides.Forth, MessageFaultKind.Lose)
        {
            Mtis = [100],
        });
        await using FaultClient client = await FaultClient.ConnectAsync(proxy.EndPoint);

        Assert.True(client.Send("no message of ISO 8583"u8));
        client.Echo();

        Assert.Equal(810, (await client.AnswerAsync()).Mti);
        Assert.Equal(1, _issuer.Read(static ledger => ledger.Counters.Complaints));
    }

    private FaultProxy Start(MessageFault fault, int seed = 1)
    {
        var proxy = new FaultProxy(new FaultProxyProfile { Target = _issuer.EndPoint, Seed = seed })
        {
            Plan = new FaultPlan { Messages = [fault] },
        };
        proxy.Start();
        return proxy;
    }
}
