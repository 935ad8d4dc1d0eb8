using System.Runtime.Versioning;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Software;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Keys that a partner sends by 0800, over sockets: durable before the answer, both taken while they overlap, and
/// nothing else.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class KeyExchangeScenarioTests
{
    private static readonly byte[] _zmk = MacParties.Odd("5E6F7A8B9CADBECFD0E1F203142536AB");
    private static readonly byte[] _newKey = MacParties.Odd("6F7A8B9CADBECFD0E1F203142536475C");
    private static readonly byte[] _newestKey = MacParties.Odd("7A8B9CADBECFD0E1F20314253647586D");

    [Theory]
    [InlineData("X")]
    [InlineData("U")]
    [InlineData("B")]
    [InlineData("bare")]
    public async Task Exchange_RightKey_IsDurableAndBothAreTaken(string form)
    {
        await using Rig rig = await StartAsync();
        await using Party acquirer = await Party.ConnectAsync(rig);

        await acquirer.AskAsync(Exchange(_newKey, form), MacParties.AcquirerKey, "00", MacParties.AcquirerKey);

        StoredKey stored = Stored(rig);
        Assert.Equal(KeyChecks.Value(KeyAlgorithm.Tdes, _newKey), stored.Current.CheckValue);
        Assert.Equal(KeyChecks.Value(KeyAlgorithm.Tdes, MacParties.AcquirerKey), stored.Former?.CheckValue);
        foreach (byte[] key in (byte[][])[MacParties.AcquirerKey, _newKey])
        {
            PlainMessage request = acquirer.Purchase();
            Task answering = AnswerAsync(rig);
            await acquirer.AskAsync(request, key, "00", _newKey);
            await answering;
        }
    }

    /// <summary>An answer that was lost, or never left: the exchange comes again and changes nothing.</summary>
    [Fact]
    public async Task Exchange_SentAgain_IsAcceptedAndChangesNothing()
    {
        await using Rig rig = await StartAsync();
        await using Party acquirer = await Party.ConnectAsync(rig);
        await acquirer.AskAsync(Exchange(_newKey), MacParties.AcquirerKey, "00", MacParties.AcquirerKey);

        await acquirer.AskAsync(Exchange(_newKey), MacParties.AcquirerKey, "00", _newKey);
        await rig.RestartAsync();
        await using Party after = await Party.ConnectAsync(rig);
        await after.AskAsync(Exchange(_newKey), _newKey, "00", _newKey);

        Assert.Equal(2, Stored(rig).Current.Number);
    }

    [Fact]
    public async Task Exchange_OfAnOlderKey_IsRefused()
    {
        await using Rig rig = await StartAsync();
        await using Party acquirer = await Party.ConnectAsync(rig);
        await acquirer.AskAsync(Exchange(_newKey), MacParties.AcquirerKey, "00", MacParties.AcquirerKey);
        await acquirer.AskAsync(Exchange(_newestKey), _newKey, "00", _newKey);

        foreach (byte[] older in (byte[][])[_newKey, MacParties.AcquirerKey])
        {
            await acquirer.AskAsync(Exchange(older), _newestKey, "94", _newestKey);
        }

        Assert.Equal(3, Stored(rig).Current.Number);
        await acquirer.AskAsync(acquirer.Purchase(), MacParties.AcquirerKey, "63", _newestKey); // Too old by now.
    }

    [Fact]
    public async Task Exchange_WhatIsNoKey_IsRefusedWithItsCodeAndChangesNothing()
    {
        await using Rig rig = await StartAsync();
        await using Party acquirer = await Party.ConnectAsync(rig);
        PlainMessage wrongCheck = Exchange(_newKey);
        wrongCheck[48] = wrongCheck[48]![..^6] + "000000";
        PlainMessage otherKind = Exchange(_newKey);
        otherKind[48] = "P" + otherKind[48]![1..];
        await acquirer.AskAsync(wrongCheck, MacParties.AcquirerKey, "63", MacParties.AcquirerKey);
        await acquirer.AskAsync(otherKind, MacParties.AcquirerKey, "40", MacParties.AcquirerKey);
        foreach (string text in (string[])["M", "MX", "Z12", "MX" + new string('0', 31), "MRD9999", "MRDxxxx"])
        {
            PlainMessage sent = Exchange(_newKey);
            sent[48] = text;
            await acquirer.AskAsync(sent, MacParties.AcquirerKey, "63", MacParties.AcquirerKey);
        }

        Assert.Equal(1, Stored(rig).Current.Number);
    }

    [Fact]
    public async Task Exchange_WithoutAMac_IsRefusedAlsoWhereMacsAreNotRequired()
    {
        await using Rig rig = await StartAsync(static options => options.Acquirers[0].Mac!.Required = false);
        await using Party acquirer = await Party.ConnectAsync(rig);

        await acquirer.AskAsync(Exchange(_newKey), sealedBy: null, "63", MacParties.AcquirerKey);

        Assert.Equal(1, Stored(rig).Current.Number);
    }

    [Fact]
    public async Task Exchange_WhereNoneIsConfigured_IsNotSupported()
    {
        await using Rig rig = await StartAsync(static options => options.Acquirers[0].KeyExchange = null);
        await using Party acquirer = await Party.ConnectAsync(rig);

        await acquirer.AskAsync(Exchange(_newKey), MacParties.AcquirerKey, "40", MacParties.AcquirerKey);
    }

    /// <summary>Requests go on while keys change under them: none is declined.</summary>
    [Fact]
    public async Task Exchange_UnderLoad_DeclinesNothing()
    {
        const int Requests = 600;
        const int UnderWay = 32;
        await using Rig rig = await StartAsync();
        await using Party acquirer = await Party.ConnectAsync(rig);
        Task answering = AnswerAllAsync(rig, Requests);
        byte[] key = MacParties.AcquirerKey;
        for (int i = 0; i < Requests; i++)
        {
            if (i is Requests / 3 or 2 * Requests / 3)
            {
                byte[] next = i == Requests / 3 ? _newKey : _newestKey;
                acquirer.Send(Exchange(next), key);
                await acquirer.UntilExchangedAsync();
                key = next;
            }

            // As many as the issuer's hand has answered in time.
            await acquirer.UntilAnsweredAsync(Math.Max(i - UnderWay, 0));
            acquirer.Send(acquirer.Purchase(), key);
        }

        await acquirer.UntilAnsweredAsync(Requests);
        await answering;
        Assert.Equal(["00"], acquirer.Codes.Distinct());
        Assert.Equal(0, rig.Counters.Declined + rig.Counters.MacsWrong);
    }

    private static async Task AnswerAsync(Rig rig) => (await rig.Primary.NextAsync()).Answer();

    private static async Task AnswerAllAsync(Rig rig, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await AnswerAsync(rig);
        }
    }

    private static StoredKey Stored(Rig rig) =>
        KeyStoreFile.Read(Path.Combine(rig.Folder, "keys.json")).Find("acquirer-zak")!;

    private static PlainMessage Exchange(byte[] key, string form = "X")
    {
        string text;
        if (form == "B")
        {
            var header = new KeyBlockHeader('B', "M3", 'T', 'C', "00", 'E');
            Assert.True(KeyBlock.TryWrap(_zmk, header, key, out string? block));
            text = "R" + block;
        }
        else
        {
            Assert.True(VariantKeys.TryWrap(_zmk, key, isVariant: form == "U", out WrappedKey? wrapped));
            text = (form == "bare" ? wrapped.Text[1..] : wrapped.Text) + KeyChecks.Value(KeyAlgorithm.Tdes, key);
        }

        return new PlainMessage(800)
        {
            [7] = "1122100000", [11] = "000901", [48] = "M" + text, [70] = "161",
        };
    }

    private static Task<Rig> StartAsync(Action<SwitchOptions>? change = null) =>
        Rig.StartAsync(MacParties.Settings(zmk: _zmk, change: options =>
        {
            options.Acquirers[0].KeyExchange = new KeyExchangeOptions { Under = "acquirer-zmk" };
            change?.Invoke(options);
        }));

    /// <summary>An acquirer that seals and checks by hand, because its keys change.</summary>
    private sealed class Party : IAsyncDisposable
    {
        private readonly ScriptedAcquirer _connection;
        private readonly PlainCodec _codec = new(DialectFiles.Find(Rig.AcquirerDialect), 8_192);
        private int _stan = 1_000;
        private int _answered;

        private Party(ScriptedAcquirer connection) => _connection = connection;

        public List<string?> Codes { get; } = [];

        public static async Task<Party> ConnectAsync(Rig rig) => new(await rig.ConnectAsync());

        public PlainMessage Purchase()
        {
            PlainMessage purchase = Purchases.Authorization();
            purchase[11] = $"{++_stan:D6}";
            purchase[37] = $"{_stan:D12}";
            return purchase;
        }

        public void Send(PlainMessage message, byte[]? sealedBy)
        {
            ReadOnlySpan<byte> body = _codec.Encode(message);
            _connection.SendBody(sealedBy is null ? body : MacParties.Acquirer(sealedBy).Seal(body));
        }

        /// <summary>Sends, and holds the answer against its code and the key that seals it.</summary>
        public async Task AskAsync(PlainMessage message, byte[]? sealedBy, string code, byte[] answeredBy)
        {
            Send(message, sealedBy);
            PlainMessage answer = await _connection.NextAsync();
            Assert.Equal(code, answer[39]);
            byte[] plain = [.. Encoded(answer)];
            Assert.Equal(answer[64] ?? answer[128], Mac(MacParties.Acquirer(answeredBy).Seal(plain)));
        }

        /// <summary>Takes answers to requests until the one to an exchange comes.</summary>
        public async Task UntilExchangedAsync()
        {
            PlainMessage answer = await _connection.NextAsync();
            while (answer.Class != 8)
            {
                Note(answer);
                answer = await _connection.NextAsync();
            }

            Assert.Equal("00", answer[39]);
        }

        public async Task UntilAnsweredAsync(int count)
        {
            while (_answered < count)
            {
                Note(await _connection.NextAsync());
            }
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();

        private void Note(PlainMessage answer)
        {
            _answered++;
            Codes.Add(answer[39]);
        }

        private byte[] Encoded(PlainMessage answer)
        {
            var bare = new PlainMessage(answer.Mti);
            for (int field = 2; field < 128; field++)
            {
                bare[field] = field == 64 ? null : answer[field];
            }

            return _codec.Encode(bare).ToArray();
        }

        private string? Mac(byte[] body)
        {
            Assert.True(_codec.TryDecode(new(body), out PlainMessage message, out _));
            return message[64] ?? message[128];
        }
    }
}
