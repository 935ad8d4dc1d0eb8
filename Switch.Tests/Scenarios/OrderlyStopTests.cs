using System.Globalization;
using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Simulators;
using Switch.Protocol.Framing;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: a stop leaves no request without an answer that it could have answered, and destroys no answer. Method: peers
/// on real sockets that send through the stop, that send after the end, or that do not read.
/// </summary>
public sealed class OrderlyStopTests : IDisposable
{
    private static int _cards;

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    /// <summary>
    /// What was sent was taken, or came after the end, which the switch counts; all that was taken was answered.
    /// </summary>
    [Theory]
    [InlineData("Epoll", 0, false)]
    [InlineData("Epoll", 1, false)]
    [InlineData("Sockets", 1, false)]
    [InlineData("Epoll", 0, true)]
    [InlineData("Sockets", 1, true)]
    public async Task Stop_WhileConnectionsSend_AnswersAllThatItTook(string transport, int reactors, bool isTls)
    {
        // It goes on until connections are to end: then no step of that ends for want of time.
        var clock = new WatchedTimeProvider();
        await using Rig rig = await StartAsync(transport, reactors, isTls, clock);
        Func<Stream, CancellationToken, Task<Stream>>? secure = isTls ? Peer() : null;
        using var answering = new CancellationTokenSource();
        Task issuer = AnswerAllAsync(rig.Primary, answering.Token);
        Sender[] senders = new Sender[6];
        for (int i = 0; i < senders.Length; i++)
        {
            senders[i] = await Sender.ConnectAsync(rig, secure);
        }

        Task[] running = [.. senders.Select(static one => one.RunAsync())];
        await Rig.UntilAsync(() => Array.TrueForAll(senders, static one => one.Answers >= 30));
        Task stopping = rig.Server.StopAsync(Rig.Patience);
        await Rig.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            return rig.Server.Parting != Parting.No;
        });
        await stopping.WaitAsync(Rig.Patience);
        await Task.WhenAll(running).WaitAsync(Rig.Patience);
        await answering.CancelAsync();
        await issuer;

        long late = rig.Server.EdgeCounters.AcquirerFramesLate;
        Assert.InRange(rig.Counters.ApprovedByPrimary, 30, long.MaxValue);
        Assert.All(senders, static one => Assert.Null(one.Failure));
        Assert.Equal(senders.Sum(static one => one.Sent), rig.Server.EdgeCounters.AcquirerFramesIn + late);
        Assert.Equal(senders.Sum(static one => one.Sent) - late, senders.Sum(static one => one.Answers));
    }

    /// <summary>
    /// The peer has the end of the switch's side, and sends all the same, as one does whose request crossed the end.
    /// </summary>
    [Theory]
    [InlineData("Epoll", 0, false)]
    [InlineData("Sockets", 1, false)]
    [InlineData("Epoll", 0, true)]
    public async Task Stop_RequestAfterTheEnd_IsCountedAndResetsNothing(string transport, int reactors, bool isTls)
    {
        // The clock stands still: the stop waits for the peer.
        await using Rig rig = await StartAsync(transport, reactors, isTls, new WatchedTimeProvider());
        Sender sender = await Sender.ConnectAsync(rig, isTls ? Peer() : null);
        await sender.SendAsync(new PlainMessage(800) { [7] = "0115093000", [11] = "000001", [70] = "301" });
        Assert.Equal(1, await sender.ReadAsync());

        Task stopping = rig.Server.StopAsync(TimeSpan.Zero);
        Assert.Equal(0, await sender.ReadAsync());
        await sender.SendAsync(Request());
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.AcquirerFramesLate == 1);
        Assert.False(stopping.IsCompleted);
        sender.Dispose();

        await stopping.WaitAsync(Rig.Patience);
        Assert.Equal(1, rig.Server.EdgeCounters.AcquirerFramesIn);
    }

    /// <summary>
    /// Its answers wait in the kernel, because the peer does not read. What it sends meanwhile must not destroy them.
    /// </summary>
    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Sockets", 1)]
    public async Task Stop_PeerThatReadsLate_GetsAllItsAnswers(string transport, int reactors)
    {
        const int Count = 400;
        await using Rig rig = await StartAsync(transport, reactors, isTls: false, new WatchedTimeProvider());
        using Sender sender = await Sender.ConnectAsync(rig, secure: null, receiveBuffer: 4_096);
        for (int i = 0; i < Count; i++)
        {
            await sender.SendAsync(new PlainMessage(800) { [7] = "0115093000", [11] = $"{i:D6}", [70] = "301" });
        }

        await Rig.UntilAsync(() => rig.Server.EdgeCounters.AcquirerFramesOut == Count);
        Task stopping = rig.Server.StopAsync(TimeSpan.Zero);
        int more = 0;
        await Rig.UntilAsync(() =>
        {
            sender.SendAsync(Request()).GetAwaiter().GetResult();
            more++;
            return rig.Server.EdgeCounters.AcquirerFramesLate > 0;
        });
        int answers = 0;
        for (int got = 1; got > 0; answers += got)
        {
            got = await sender.ReadAsync();
        }

        sender.Dispose();
        await stopping.WaitAsync(Rig.Patience);
        Assert.Equal(Count + more - rig.Server.EdgeCounters.AcquirerFramesLate, answers);
    }

    /// <summary>A peer that never ends its side is waited for as long as is said, and no longer.</summary>
    [Fact]
    public async Task Stop_PeerThatDoesNotEnd_IsCutOff()
    {
        var clock = new WatchedTimeProvider();
        await using Rig rig = await StartAsync("Epoll", 0, isTls: false, clock);
        using Sender sender = await Sender.ConnectAsync(rig, secure: null);
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 1);

        Task stopping = rig.Server.StopAsync(TimeSpan.Zero);
        Assert.Equal(0, await sender.ReadAsync());
        await Rig.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(500));
            return stopping.IsCompleted;
        });

        Assert.InRange(clock.GetUtcNow() - WatchedTimeProvider.Begin, TimeSpan.FromSeconds(2), Rig.Patience);
    }

    /// <summary>
    /// Nothing more is durable, so no answer that is due will come: the end is not held up for it. The clock stands
    /// still, so nothing ends for want of time.
    /// </summary>
    [Fact]
    public async Task Stop_WithoutAJournal_WaitsForNoAnswer()
    {
        await using Rig rig = await StartAsync("Epoll", 0, isTls: false, new WatchedTimeProvider());
        Sender sender = await Sender.ConnectAsync(rig, secure: null);
        await sender.SendAsync(Request());
        await rig.Primary.NextAsync(); // It has no answer of the issuer, ever.
        await LoseJournalAsync(rig);

        Task stopping = rig.Server.StopAsync(TimeSpan.Zero);
        await Rig.UntilAsync(() => rig.Server.Parting == Parting.Now);
        while (await sender.ReadAsync() > 0)
        {
        }

        sender.Dispose();
        await stopping.WaitAsync(Rig.Patience);
    }

    // A record that cannot be written shows that the folder is gone.
    private static async Task LoseJournalAsync(Rig rig)
    {
        string folder = Path.Combine(rig.Folder, "journal");
        Directory.Move(folder, folder + "-gone");
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await Rig.UntilAsync(() =>
        {
            acquirer.Send(Request());
            return rig.Server.Completion.IsFaulted;
        });
    }

    // Of the clock's day: one of today would be refused as not fresh, and reach no issuer.
    private static PlainMessage Request()
    {
        PlainMessage request = Purchases.Authorization(card: TestCards.Make("40", Interlocked.Increment(ref _cards)));
        request[7] = WatchedTimeProvider.Begin.ToString("MMddHHmmss", CultureInfo.InvariantCulture);
        return request;
    }

    private static async Task AnswerAllAsync(ScriptedIssuer issuer, CancellationToken end)
    {
        var never = new TaskCompletionSource();
        await using CancellationTokenRegistration ended = end.Register(never.SetResult);
        while (true)
        {
            Task<Arrival> next = issuer.NextAsync();
            if (await Task.WhenAny(next, never.Task) != next)
            {
                return;
            }

            (await next).TryAnswer();
        }
    }

    private Func<Stream, CancellationToken, Task<Stream>> Peer()
    {
        SimulatorTls peer = _pki.Peer(_pki.Issue());
        return (plain, stop) => peer.ConnectAsync(plain, host: null, stop);
    }

    private Task<Rig> StartAsync(string transport, int reactors, bool isTls, TimeProvider clock) =>
        Rig.StartAsync(new RigSettings
        {
            Clock = clock,
            Prepare = folder => _pki.WriteTo(folder),
            Change = options =>
            {
                options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
                options.Edge.Reactors = reactors;
                options.Acquirers[0].Tls = isTls ? TestPki.Options() : null;
            },
        });

    /// <summary>
    /// A peer that sends on and on, a few requests ahead of its answers, until it sees the end of the switch's side.
    /// </summary>
    private sealed class Sender : IDisposable
    {
        private readonly Socket _socket;
        private readonly Stream _stream;
        private readonly PlainCodec _codec;
        private readonly FrameFormat _framing;
        private readonly SemaphoreSlim _places = new(4);
        private readonly byte[] _received = new byte[16_384];
        private int _answers;
        private int _begun;
        private volatile bool _isOver;

        private Sender(Socket socket, Stream stream)
        {
            _socket = socket;
            _stream = stream;
            (var dialect, _framing) = Wire.Find(Rig.AcquirerDialect, "len2");
            _codec = new PlainCodec(dialect, 8_192);
        }

        /// <summary>Requests, whole.</summary>
        public int Sent { get; private set; }

        public int Answers => Volatile.Read(ref _answers);

        public bool IsOver => _isOver;

        /// <summary>What ended it, other than an end.</summary>
        public Exception? Failure { get; private set; }

        public static async Task<Sender> ConnectAsync(
            Rig rig, Func<Stream, CancellationToken, Task<Stream>>? secure, int receiveBuffer = 0)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.ReceiveBufferSize = receiveBuffer > 0 ? receiveBuffer : socket.ReceiveBufferSize;
            await socket.ConnectAsync(rig.Server.AcquirerEndPoints["acquirer"]);
            Stream stream = new NetworkStream(socket, ownsSocket: false);
            return new Sender(socket, secure is null ? stream : await secure(stream, CancellationToken.None));
        }

        public async Task RunAsync()
        {
            Task reading = CountAsync();
            try
            {
                while (!_isOver)
                {
                    await _places.WaitAsync();
                    if (!_isOver)
                    {
                        await SendAsync(Request());
                    }
                }
            }
            catch (IOException problem)
            {
                Failure = problem;
            }

            await reading;
            Dispose();
        }

        public async Task SendAsync(PlainMessage message)
        {
            byte[] frame = new byte[8_192];
            int size = _framing.Write(frame, _codec.Encode(message), default);
            await _stream.WriteAsync(frame.AsMemory(0, size));
            Sent++;
        }

        /// <summary>The answers of one read that brought any; 0: the end.</summary>
        public async Task<int> ReadAsync()
        {
            int answers = 0;
            while (answers == 0)
            {
                int count = await _stream.ReadAsync(_received.AsMemory(_begun)).AsTask().WaitAsync(Rig.Patience);
                if (count == 0)
                {
                    return 0;
                }

                int end = _begun + count;
                int at = 0;
                while (end - at >= 2 && end - at >= 2 + SizeAt(at))
                {
                    at += 2 + SizeAt(at);
                    answers++;
                }

                _received.AsSpan(at, end - at).CopyTo(_received);
                _begun = end - at;
            }

            Interlocked.Add(ref _answers, answers);
            return answers;
        }

        public void Dispose()
        {
            _stream.Dispose();
            _socket.Dispose();
        }

        private int SizeAt(int at) => (_received[at] << 8) | _received[at + 1];

        private async Task CountAsync()
        {
            try
            {
                for (int got = 1; got > 0;)
                {
                    got = await ReadAsync();
                    _places.Release(Math.Max(got, 1));
                }
            }
            catch (IOException problem)
            {
                Failure = problem;
            }

            _isOver = true;
            _places.Release();
        }
    }
}
