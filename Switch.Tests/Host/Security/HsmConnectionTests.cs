using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Security.HostCommands;

namespace Switch.Tests.Host.Security;

/// <summary>
/// Goal: each request gets its own reply or none. Method: the peer is the test, over pipes, and time is moved by hand.
/// </summary>
public sealed class HsmConnectionTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(300);

    private readonly Pipe _there = new();
    private readonly Pipe _back = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Stream _requests;
    private readonly Stream _replies;
    private readonly List<HsmConnection> _connections = [];
    private int _unknown;

    public HsmConnectionTests()
    {
        _requests = _there.Reader.AsStream();
        _replies = _back.Writer.AsStream();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _replies.DisposeAsync();
        await _requests.DisposeAsync();
        foreach (HsmConnection connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Replies_InAnotherOrder_GoToTheirRequests()
    {
        HsmConnection connection = Open(4);
        Task<HsmExchange> first = Send(connection, "B20000");
        Task<HsmExchange> second = Send(connection, "B20000");
        string headerOfFirst = await HeaderAsync(4);
        string headerOfSecond = await HeaderAsync(4);

        await ReplyAsync(headerOfSecond, "B300second");
        await ReplyAsync(headerOfFirst, "B300first");

        Assert.Equal("B300first", Encoding.ASCII.GetString((await first).Body));
        Assert.Equal("B300second", Encoding.ASCII.GetString((await second).Body));
        Assert.Equal(0, connection.InFlight);
    }

    /// <summary>
    /// Even where there are few headers: the late reply is thrown away, not handed to whom it is not
    /// for.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Reply_ThatComesLate_IsNoneOfALaterRequest(int headerLength)
    {
        HsmConnection connection = Open(headerLength);
        Task<HsmExchange> late = Send(connection, "B20000");
        string headerOfLate = await HeaderAsync(headerLength);
        _time.Advance(Limit);
        Assert.Equal(HsmEnd.TimedOut, (await late).End);

        for (int round = 0; round < 80; round++)
        {
            Task<HsmExchange> next = Send(connection, "B20000");
            string header = await HeaderAsync(headerLength);
            Assert.NotEqual(headerOfLate, header);
            if (round == 40)
            {
                await ReplyAsync(headerOfLate, "B300late");
                headerOfLate = "";
            }

            await ReplyAsync(header, $"B300{round}");
            Assert.Equal($"B300{round}", Encoding.ASCII.GetString((await next).Body));
        }

        Assert.Equal(0, _unknown);
    }

    [Fact]
    public async Task Requests_BeyondTheBound_AreRefusedAndTheOthersGoOn()
    {
        HsmConnection connection = Open(4);
        List<Task<HsmExchange>> asked =
            [.. Enumerable.Range(0, HsmConnection.InFlightMax).Select(_ => Send(connection, "B20000"))];

        Assert.Equal(HsmEnd.Full, (await Send(connection, "B20000")).End);
        foreach (Task<HsmExchange> one in asked)
        {
            await ReplyAsync(await HeaderAsync(4), "B300");
        }

        Assert.All(await Task.WhenAll(asked), static exchange => Assert.Equal(HsmEnd.Replied, exchange.End));
    }

    [Fact]
    public async Task Requests_NeverAnswered_EndTheConnection()
    {
        HsmConnection connection = Open(4);
        List<Task<HsmExchange>> asked =
            [.. Enumerable.Range(0, HsmConnection.InFlightMax).Select(_ => Send(connection, "B20000"))];

        _time.Advance(Limit);

        Assert.All(await Task.WhenAll(asked), static exchange => Assert.Equal(HsmEnd.TimedOut, exchange.End));
        await connection.Completion;
        Assert.NotEqual(HsmEnd.Replied, (await Send(connection, "B20000")).End);
    }

    [Fact]
    public async Task Replies_OfNoRequest_AreCountedAndHurtNone()
    {
        HsmConnection connection = Open(6);
        Task<HsmExchange> asked = Send(connection, "B20000");
        string header = await HeaderAsync(6);

        foreach (string other in new[] { "000009", "000000", "x", "", "~~~~~~", "100001" })
        {
            await ReplyAsync(other, "B300");
        }

        await ReplyAsync(header, "B300");
        Assert.Equal(HsmEnd.Replied, (await asked).End);
        Assert.True(_unknown >= 5, $"{_unknown}");
    }

    [Fact]
    public async Task Connection_Ends_WhatWaitsIsLost()
    {
        HsmConnection connection = Open(4);
        Task<HsmExchange> asked = Send(connection, "B20000");
        await HeaderAsync(4);

        await _replies.DisposeAsync();

        Assert.Equal(HsmEnd.Lost, (await asked).End);
        await connection.Completion;
    }

    [Fact]
    public async Task Command_UnderAMasterKeyOfANumber_EndsWithIt()
    {
        HsmConnection connection = Open(4, lmkId: 7);
        _ = Send(connection, "NC");

        Assert.EndsWith("NC%07", await FrameAsync(), StringComparison.Ordinal);
    }

    private static Task<HsmExchange> Send(HsmConnection connection, string command) =>
        connection.SendAsync(Encoding.ASCII.GetBytes(command), Limit, CancellationToken.None);

    private HsmConnection Open(int headerLength, int? lmkId = null)
    {
        var connection = new HsmConnection(
            new TwoWay(_back.Reader.AsStream(), _there.Writer.AsStream()),
            new HsmSettings("hsm", 1500, headerLength, lmkId), _time, () => _unknown++);
        _connections.Add(connection);
        return connection;
    }

    private async Task<string> HeaderAsync(int length) => (await FrameAsync())[..length];

    private async Task<string> FrameAsync()
    {
        byte[] length = new byte[2];
        await _requests.ReadExactlyAsync(length);
        byte[] frame = new byte[(length[0] << 8) | length[1]];
        await _requests.ReadExactlyAsync(frame);
        return Encoding.ASCII.GetString(frame);
    }

    private async Task ReplyAsync(string header, string body)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(header + body);
        await _replies.WriteAsync((byte[])[(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
        await _replies.FlushAsync();
    }

    /// <summary>Reads from one stream and writes to another.</summary>
    private sealed class TwoWay(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await output.WriteAsync(buffer, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            output.Dispose();
            base.Dispose(disposing);
        }
    }
}
