using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;

namespace Switch.Tests.Host.Connections.Tls;

/// <summary>Who gets a place for a handshake, and who gives it up: no sockets and no TLS.</summary>
public sealed class HandshakesTests : IDisposable
{
    private const string Crowd = "10.0.0.1";
    private const string Other = "10.0.0.2";
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly HandshakeThreads _threads = new();
    private readonly SwitchClock _clock;
    private readonly Handshakes _handshakes;
    private readonly HandshakePlaces _places = NewPlaces();

    public HandshakesTests()
    {
        _clock = new SwitchClock(_time);
        _handshakes = new Handshakes(_clock, _threads);
    }

    public void Dispose() => _threads.Dispose();

    [Fact]
    public void Run_AtTheBoundOfOneListener_OfTheAddressThatHasMost_IsRefused()
    {
        Fill(_places, Crowd, Handshakes.MaxOfOne);

        Assert.Equal(TlsRefusal.TooMany, Run(_places, Crowd).Refusal);
        Assert.Equal((Handshakes.MaxOfOne, 0), (_handshakes.Now, _handshakes.Hellos));
    }

    [Fact]
    public void Run_AtTheBoundOfOneListener_OfAnotherAddress_TakesThePlaceOfTheOldest()
    {
        List<Handshake> crowd = Fill(_places, Crowd, Handshakes.MaxOfOne);

        Assert.Equal(TlsRefusal.None, Run(_places, Other).Refusal);
        Assert.Equal(TlsRefusal.Displaced, crowd[0].Refusal);
        Assert.All(crowd[1..], static one => Assert.Equal(TlsRefusal.None, one.Refusal));
        Assert.Equal(Handshakes.MaxOfOne, _handshakes.Now);
        Assert.False(_handshakes.TryLeave(crowd[0]));
        Assert.Equal(Handshakes.MaxOfOne, _handshakes.Now); // Its end comes later, and frees no place twice.
    }

    /// <summary>Two addresses share the places evenly, and take none from each other then.</summary>
    [Fact]
    public void Run_OfTwoAddressesWithAsMany_TakesNoneOfTheOther()
    {
        Fill(_places, Crowd, Handshakes.MaxOfOne);
        List<Handshake> other = Fill(_places, Other, Handshakes.MaxOfOne / 2);

        Assert.Equal(TlsRefusal.TooMany, Run(_places, Other).Refusal);
        Assert.Equal(TlsRefusal.TooMany, Run(_places, Crowd).Refusal);
        Assert.All(other, static one => Assert.Equal(TlsRefusal.None, one.Refusal));
    }

    /// <summary>Honest terminals may share the crowd's address.</summary>
    [Fact]
    public void Run_OfTheSameAddress_TakesThePlaceOfTheOldestAfterItsTime()
    {
        List<Handshake> crowd = Fill(_places, Crowd, Handshakes.MaxOfOne);
        _time.Advance(Grace);

        Handshake honest = Run(_places, Crowd);
        Assert.Equal(TlsRefusal.None, honest.Refusal);
        Assert.Equal(TlsRefusal.Displaced, crowd[0].Refusal);
        List<Handshake> more = Fill(_places, Crowd, Handshakes.MaxOfOne - 1);
        Assert.All(crowd, static one => Assert.Equal(TlsRefusal.Displaced, one.Refusal));
        Assert.Equal(TlsRefusal.TooMany, Run(_places, Crowd).Refusal);
        Assert.True(_handshakes.TryLeave(honest));
        Assert.All(more, one => Assert.True(_handshakes.TryLeave(one)));
        Assert.Equal(0, _handshakes.Now);
    }

    /// <summary>Its time in its place counts, and not how long its first record took.</summary>
    [Fact]
    public void Run_OfOneWhoseFirstRecordTookLong_KeepsItsPlaceAsLongAsOthers()
    {
        Handshake slow = Begin(_places, Crowd).One;
        _time.Advance(Grace * 2);
        Assert.True(_handshakes.TryRun(slow));
        slow.IsWaiting = true;
        Fill(_places, Crowd, Handshakes.MaxOfOne - 1);

        Assert.Equal(TlsRefusal.TooMany, Run(_places, Crowd).Refusal);

        _time.Advance(Grace);
        Assert.Equal(TlsRefusal.None, Run(_places, Crowd).Refusal);
        Assert.Equal(TlsRefusal.Displaced, slow.Refusal);
    }

    /// <summary>One that the switch computes for is not cut, however long that takes.</summary>
    [Fact]
    public void Run_WhereNoneWaitsForItsPeer_IsRefused()
    {
        List<Handshake> busy = Fill(_places, Crowd, Handshakes.MaxOfOne, isWaiting: false);
        _time.Advance(Grace * 4);

        Assert.Equal(TlsRefusal.TooMany, Run(_places, Other).Refusal);
        busy[7].IsWaiting = true;
        Assert.Equal(TlsRefusal.None, Run(_places, Other).Refusal);
        Assert.Equal(TlsRefusal.Displaced, busy[7].Refusal);
    }

    /// <summary>A slow peer with one handshake keeps it beside a crowd of another address.</summary>
    [Fact]
    public void Run_OfTheCrowd_TakesNoPlaceOfAnAddressWithFewer()
    {
        Handshake slow = Run(_places, Other);
        slow.IsWaiting = true;
        _time.Advance(Grace * 2);
        Fill(_places, Crowd, Handshakes.MaxOfOne - 1);

        Assert.Equal(TlsRefusal.TooMany, Run(_places, Crowd).Refusal);
        _time.Advance(Grace);
        Assert.Equal(TlsRefusal.None, Run(_places, Crowd).Refusal);
        Assert.Equal(TlsRefusal.None, slow.Refusal);
    }

    /// <summary>From its first byte on it waits for this process, and keeps its place.</summary>
    [Fact]
    public async Task Read_OfAHandshake_WaitsForItsPeerUntilBytesCome()
    {
        var pipe = new Pipe();
        Handshake one = Run(_places, Crowd);
        var stream = new PipeStream(pipe.Reader, pipe.Writer, _threads) { Waiting = one };

        Task<int> reading = stream.ReadAsync(new byte[10]).AsTask();
        Assert.True(one.IsWaiting);
        await pipe.Writer.WriteAsync(new byte[10]);

        Assert.Equal(10, await reading.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.False(one.IsWaiting);
    }

    [Fact]
    public void Run_AtTheBoundOfAll_TakesThePlaceOfOneAtAnotherListener()
    {
        HandshakePlaces second = NewPlaces();
        List<Handshake> first = Fill(_places, Crowd, Handshakes.MaxOfOne);
        Fill(second, Crowd, Handshakes.MaxOfOne);

        Assert.Equal(TlsRefusal.TooMany, Run(NewPlaces(), Crowd).Refusal);
        Assert.Equal(TlsRefusal.None, Run(NewPlaces(), Other).Refusal);
        Assert.Equal(TlsRefusal.Displaced, first[0].Refusal);
        Assert.Equal(Handshakes.Max, _handshakes.Now);
        Assert.Equal(TlsRefusal.TooMany, Run(NewPlaces(), Crowd).Refusal);
        Assert.Equal(Handshakes.MaxOfOne - 1, _places.Running.Count);
    }

    [Fact]
    public async Task Begin_AtTheBound_EndsTheOldestThatSentNoRecord()
    {
        (Handshake oldest, PipeReader input) = Begin(_places, Crowd);
        Task<TlsRefusal> waiting = FirstRecord.ArriveAsync(input);
        for (int i = 1; i < Handshakes.HellosMaxOfOne; i++)
        {
            Assert.Equal(TlsRefusal.None, Begin(_places, Crowd).One.Refusal);
        }

        Assert.Equal(TlsRefusal.TooMany, Begin(_places, Crowd).One.Refusal);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(TlsRefusal.None, Begin(_places, Other).One.Refusal);
        Assert.Equal(TlsRefusal.PeerGone, await waiting.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(TlsRefusal.Displaced, oldest.Refusal);
        Assert.False(_handshakes.TryRun(oldest));
        Assert.Equal((Handshakes.HellosMaxOfOne, 0), (_handshakes.Hellos, _handshakes.Now));
    }

    [Fact]
    public async Task Beat_AfterItsTime_EndsWhatWaits()
    {
        (Handshake late, PipeReader input) = Begin(_places, Crowd);
        Task<TlsRefusal> waiting = FirstRecord.ArriveAsync(input);
        Handshake running = Run(_places, Crowd);
        _time.Advance(Handshakes.Time - Grace);
        Handshake young = Begin(_places, Crowd).One;
        _handshakes.OnBeat(_clock.Ticks);
        Assert.Equal((2, 1), (_handshakes.Hellos, _handshakes.Now));
        _time.Advance(Grace);
        _handshakes.OnBeat(_clock.Ticks);

        Assert.Equal(TlsRefusal.PeerGone, await waiting.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(
            (TlsRefusal.TimedOut, TlsRefusal.TimedOut, TlsRefusal.None),
            (late.Refusal, running.Refusal, young.Refusal));
        Assert.Equal((1, 0), (_handshakes.Hellos, _handshakes.Now));
    }

    /// <summary>It may stand in a write, which the end of its read would not end.</summary>
    [Fact]
    public async Task Beat_OneThatRunsTooLong_IsAborted()
    {
        DefaultConnectionContext connection = NewConnection(Crowd, new Pipe());
        var one = new Handshake(connection, _places);
        Assert.True(_handshakes.TryBegin(one));
        Assert.True(_handshakes.TryRun(one));
        var aborted = new TaskCompletionSource();
        await using CancellationTokenRegistration _ = connection.ConnectionClosed.Register(aborted.SetResult);

        _time.Advance(Handshakes.Time);
        _handshakes.OnBeat(_clock.Ticks);

        await aborted.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(new byte[] { 0, 20, 1, 0 }, nameof(TlsRefusal.PlainText))]
    [InlineData(new byte[] { 21, 3, 1, 0, 2 }, nameof(TlsRefusal.None))] // An alert: the platform's to answer.
    [InlineData(new byte[] { 22, 3, 1, 255, 255 }, nameof(TlsRefusal.None))] // Too long: likewise.
    [InlineData(new byte[] { 22, 3, 1, 0, 1, 1 }, nameof(TlsRefusal.None))]
    [InlineData(new byte[] { 22, 3, 1, 0, 2, 1 }, nameof(TlsRefusal.PeerGone))]
    [InlineData(new byte[] { 22 }, nameof(TlsRefusal.PeerGone))]
    [InlineData(new byte[0], nameof(TlsRefusal.PeerGone))]
    public async Task FirstRecord_AndThenAnEnd_IsJudged(byte[] bytes, string expected)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(bytes);
        await pipe.Writer.CompleteAsync();

        Assert.Equal(expected, (await FirstRecord.ArriveAsync(pipe.Reader)).ToString());
        if (expected == nameof(TlsRefusal.None))
        {
            Assert.True(pipe.Reader.TryRead(out ReadResult read));
            Assert.Equal(bytes, read.Buffer.ToArray());
        }
    }

    /// <summary>Byte by byte, which is how the slowest peers send.</summary>
    [Fact]
    public async Task FirstRecord_InParts_IsWaitedFor()
    {
        byte[] record = [22, 3, 1, 0, 3, 1, 2, 3];
        var pipe = new Pipe();
        Task<TlsRefusal> waiting = FirstRecord.ArriveAsync(pipe.Reader);
        foreach (byte one in record)
        {
            Assert.False(waiting.IsCompleted);
            await pipe.Writer.WriteAsync(new[] { one });
        }

        Assert.Equal(TlsRefusal.None, await waiting.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    private static HandshakePlaces NewPlaces() => new(Handshakes.HellosMaxOfOne, Handshakes.MaxOfOne);

    private List<Handshake> Fill(HandshakePlaces places, string address, int count, bool isWaiting = true)
    {
        var entered = new List<Handshake>();
        for (int i = 0; i < count; i++)
        {
            Handshake one = Run(places, address);
            Assert.Equal(TlsRefusal.None, one.Refusal);
            one.IsWaiting = isWaiting;
            entered.Add(one);
        }

        return entered;
    }

    private Handshake Run(HandshakePlaces places, string address)
    {
        Handshake one = Begin(places, address).One;
        _handshakes.TryRun(one);
        return one;
    }

    private (Handshake One, PipeReader Input) Begin(HandshakePlaces places, string address)
    {
        var pipe = new Pipe();
        var one = new Handshake(NewConnection(address, pipe), places);
        _handshakes.TryBegin(one);
        return (one, pipe.Reader);
    }

    private static DefaultConnectionContext NewConnection(string address, Pipe pipe) => new(address)
    {
        RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1),
        Transport = new DuplexPipe(pipe.Reader, pipe.Writer),
    };

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
