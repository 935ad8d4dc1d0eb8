using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Connections;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Loop;

namespace Switch.Host.Acquirers;

/// <summary>
/// One connection of an acquirer. Frames become indexed messages on the socket's thread and go to the core in one push
/// per read; a message that finds no room, and has had no effect yet, is answered 96 here.
/// </summary>
internal sealed class Session : FramedConnection
{
    private const string NoObject = "no message object is free: too many messages are in progress";
    private const string WindowFull = "too many requests of this connection wait for their answers (MaxInFlight)";

    private readonly AcquirerListener _acquirer;
    private readonly MessagePool _pool;
    private readonly Inbox _inbox;
    private readonly InFlightWindow _window;
    private readonly long _openedAt;
    private readonly DoubtfulAnswers _doubtful = new();
    private bool _hasSpoken;
    private readonly ReadingTurns _turns;
    private readonly UnjudgedMessages _unjudged = new();
    private bool _mustTakeTurn;
    private bool _hasRefused;
    private int _shed;
    private int _faults;

    public Session(int id, AcquirerListener acquirer, ConnectionContext transport, EdgeShared shared)
        : base(id, transport, acquirer.Format, acquirer.ConnectionLimits, shared.Meters, shared.Clock, shared.Owner)
    {
        _acquirer = acquirer;
        _pool = shared.Pool;
        _inbox = shared.Inbox;
        _turns = shared.Turns;
        Trace = shared.Trace.Of("acquirer", acquirer.Name, $"session {id} from {transport.RemoteEndPoint}");
        _window = new InFlightWindow(acquirer.SessionInFlightMax, acquirer.SessionBeats);
        _openedAt = shared.Clock.Ticks;
        Mac = acquirer.Mac;
        transport.Features.Get<IReadingThread>()?.ReadInTurn(acquirer.Index, acquirer.Weight);
    }

    /// <summary>Its place among the listener's connections, where it has one.</summary>
    public RollEntry? Entry { get; init; }

    /// <summary>The index of its acquirer.</summary>
    public int Acquirer => _acquirer.Index;

    /// <summary>Carries frames until either side ends it.</summary>
    public async Task RunAsync()
    {
        InboxEvent change = new()
        {
            Kind = InboxKind.SessionOpened, Id = Id, Acquirer = _acquirer.Index, Connection = this,
        };
        await _inbox.PushCertainlyAsync(change).ConfigureAwait(false);
        await CarryAsync().ConfigureAwait(false);
        change.Kind = InboxKind.SessionClosed;
        await _inbox.PushCertainlyAsync(change).ConfigureAwait(false);
    }

    /// <summary>Until its answers are out: the window forgets what will never be answered.</summary>
    protected override bool IsAnswerDue => _window.Count > 0;

    public override bool TryDoubt(long tag)
    {
        bool canTell = tag != 0 && (Socket is not null || Acknowledged is not null);
        if (canTell)
        {
            _doubtful.Add(tag, Writer.Taken, Clock.Ticks);
        }

        return canTell;
    }

    public override void OnSent()
    {
        _window.Leave();
        Meters.Live.AcquirerFramesOut++;
        if (IsParting && _window.Count == 0)
        {
            LookAgain();
        }
    }

    protected override bool PartsInOrder => true;

    protected override void OnLate(int frames) => EdgeMeters.Add(ref Meters.Live.AcquirerFramesLate, frames);

    public override void OnAsked() => _window.Stay();

    /// <summary>A peer that does not read its answers is cut off: its memory is ours.</summary>
    public override void OnWriterFull() => Abort(EndCause.WriteBufferFull);

    public override void CloseByCore(CloseReason why)
    {
        CoreReason = why;
        CloseGently(EndCause.ClosedByCore);
    }

    public override bool OnHeartbeat(long nowTicks)
    {
        _window.OnBeat();
        if (Cause == EndCause.None)
        {
            EndIfSilent(nowTicks);
        }
        else if (IsHalfClosed && _doubtful.Settle(Socket, Acknowledged, _inbox, nowTicks)
            && _window.Count == 0)
        {
            EndHalf();
        }

        return base.OnHeartbeat(nowTicks);
    }

    private void EndIfSilent(long nowTicks)
    {
        long firstMessage = _acquirer.FirstMessage.Ticks;
        long idle = _acquirer.Idle.Ticks;
        if (!Volatile.Read(ref _hasSpoken) && firstMessage > 0 && nowTicks - _openedAt >= firstMessage)
        {
            Abort(EndCause.NoMessage);
        }
        else if (idle > 0 && nowTicks - Math.Max(_openedAt, ReceivedAt) >= idle && _window.Count == 0)
        {
            CloseGently(EndCause.Idle);
        }
    }

    protected override void OnFrame(in ReadOnlySequence<byte> frame)
    {
        ReadBatch batch = ReadBatch.Current;
        Message? message = batch.Rent(_pool, (int)frame.Length);
        bool isPoolLow = message is null;
        message ??= RentReserved((int)frame.Length);
        if (message is null)
        {
            bool isRefused = _acquirer.Refusals.TryRefuse(in frame, ReplyHeader, Writer, out bool wasCopy, Mac);
            Shed(isRefused, wasCopy, ref Meters.Live.ShedPool);
            Trace?.Add(NoObject, isRefused ? "96" : "");
            return;
        }

        bool isLoaded = message.TryLoad(_acquirer.Dialect, in frame, out ParseFault fault);
        if (!isLoaded)
        {
            EdgeMeters.Add(ref Meters.Live.AcquirerParseFaults);
            _faults++;
        }
        else if (_faults > 0)
        {
            _faults = 0;
        }

        message.ReceivedAt = ReceivedAt;
        message.Origin = Id;
        message.ReplyHeader = ReplyHeader;
        if (Mac is null)
        {
            Take(batch, message, isLoaded, fault, isPoolLow, MacState.NotRequired);
            return;
        }

        // A message that waits for its verdict holds back those behind it: they keep their order.
        var waiting = new UnjudgedMessage(message, isLoaded, fault, isPoolLow);
        ValueTask<MacState> verdict = isLoaded ? Mac.VerifyAsync(message) : new(MacState.NotRequired);
        if (_unjudged.TryJudge(waiting, verdict, out MacState mac))
        {
            Take(batch, message, isLoaded, fault, isPoolLow, mac);
        }
    }

    private void Take(
        ReadBatch batch, Message message, bool isLoaded, ParseFault fault, bool isPoolLow, MacState mac)
    {
        bool isSheddable = !isLoaded || InboxBounds.IsSheddable(message.Mti);
        if (isLoaded && !_hasSpoken)
        {
            Volatile.Write(ref _hasSpoken, true);
            _acquirer.HasSpoken(Entry);
        }

        // What is not believed leaves no trace: the true one may still come.
        RequestArrival arrival = isLoaded && mac.IsTrusted() ? _acquirer.Arrive(message) : RequestArrival.First;
        if (isSheddable && !IsAdmitted(message, isLoaded, arrival, isPoolLow))
        {
            return;
        }

        if (isLoaded)
        {
            _acquirer.Cards.Stamp(message);
        }

        if (!isSheddable && !(isLoaded && message.Mti.IsResponse))
        {
            _window.Enter();
        }

        ref InboxEvent item = ref batch.Add();
        item.Kind = isLoaded ? InboxKind.AcquirerMessage : InboxKind.AcquirerFault;
        item.Message = message;
        item.Id = Id;
        item.Acquirer = _acquirer.Index;
        item.Fault = fault;
        item.IsSheddable = isSheddable;
        item.IsCopy = arrival != RequestArrival.First;
        item.Mac = mac;
        if (batch.IsFull)
        {
            Push(batch);
        }
    }

    protected override bool OnReadEnd(int frames)
    {
        ReadBatch batch = ReadBatch.Current;
        Push(batch);
        batch.End(_pool);
        if (_hasRefused)
        {
            _hasRefused = false;
            Writer.Flush();
        }

        if (frames > 0)
        {
            EdgeMeters.Add(ref Meters.Live.AcquirerFramesIn, frames);
        }

        if (_faults > 0 && _faults >= _acquirer.FormatErrors && _acquirer.FormatErrors > 0)
        {
            CloseGently(EndCause.NotMessages);
        }

        int shed = _shed;
        _shed = 0;
        bool mustWait = shed > 0 && _turns.MustWait(shed);
        _mustTakeTurn |= mustWait;
        return !mustWait && _unjudged.Count == 0;
    }

    protected override async Task WaitAsync()
    {
        while (_unjudged.Count > 0)
        {
            (UnjudgedMessage next, MacState mac) = await _unjudged.NextAsync().ConfigureAwait(false);
            ReadBatch batch = ReadBatch.Current;
            Take(batch, next.Message, next.IsLoaded, next.Fault, next.IsPoolLow, mac);
            OnReadEnd(frames: 0);
        }

        if (_mustTakeTurn)
        {
            _mustTakeTurn = false;
            EdgeMeters.Add(ref Meters.Live.ReadsHeldBack);
            await _turns.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks the three bounds that the session itself knows; sheds and returns false at one of them, and for a copy of
    /// what was refused.
    /// </summary>
    private bool IsAdmitted(Message message, bool isLoaded, RequestArrival arrival, bool isPoolLow)
    {
        bool isCopy = arrival != RequestArrival.First;
        if (arrival == RequestArrival.CopyOfRefused)
        {
            Shed(message, isLoaded, isCopy, ref Meters.Live.ShedCopies, "an earlier copy of this request was refused");
            return false;
        }

        if (isPoolLow)
        {
            Shed(message, isLoaded, isCopy, ref Meters.Live.ShedPool, NoObject);
            return false;
        }

        if (!_window.TryEnter())
        {
            Shed(message, isLoaded, isCopy, ref Meters.Live.ShedInFlight, WindowFull);
            return false;
        }

        if (isLoaded && !_acquirer.Rate.TryTake(ReceivedAt))
        {
            _window.Withdraw();
            Shed(message, isLoaded, isCopy, ref Meters.Live.ShedRate, "more requests per second than RatePerSecond");
            return false;
        }

        return true;
    }

    private void Push(ReadBatch batch)
    {
        int refused = _inbox.Push(batch.Events);
        for (int i = 0; i < refused; i++)
        {
            ref InboxEvent item = ref batch.Events[i];
            _window.Withdraw();
            Shed(
                item.Message!, item.Kind == InboxKind.AcquirerMessage, item.IsCopy, ref Meters.Live.ShedInbox,
                "too many messages wait for the core (Limits:InboxMax), or the journal is behind");
        }

        batch.Clear();
    }

    private void Shed(Message message, bool isLoaded, bool isCopy, ref long counter, string why)
    {
        isCopy = isCopy || (isLoaded && !_acquirer.MayRefuse(message)); // A copy of it was taken in meanwhile.
        bool isSaid = isLoaded && !isCopy && !message.Mti.IsResponse
            && _acquirer.Refusals.TryRefuse(message, Writer, Mac);
        Shed(isSaid, isCopy, ref counter);
        string answer = isSaid ? "96" : "";
        if (isLoaded)
        {
            Trace?.Add(why, message, field: 0, answer);
        }
        else
        {
            Trace?.Add(why, answer);
        }

        _pool.Return(message);
    }

    private void Shed(bool isSaid, bool isCopy, ref long counter)
    {
        ref long silent = ref isCopy ? ref Meters.Live.ShedCopies : ref Meters.Live.ShedSilently;
        EdgeMeters.Add(ref isSaid ? ref counter : ref silent);
        _hasRefused |= isSaid;
        _shed++;
    }

    private Message? RentReserved(int size)
    {
        Message? message = null;
        _pool.Rent(size, new Span<Message?>(ref message), isSheddable: false);
        return message;
    }
}
