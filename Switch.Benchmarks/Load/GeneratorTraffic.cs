using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Numerics;
using Switch.Protocol.Fields;

namespace Switch.Benchmarks.Load;

/// <summary>What a message is to the generator.</summary>
internal enum MessageUse : byte
{
    /// <summary>The slot is free.</summary>
    None = 0,
    Request,
    Repeat,
    Reversal,
}

/// <summary>A message that waits for its answer, or to be sent.</summary>
internal struct Sent
{
    /// <summary>When it was due to be sent.</summary>
    public long DueAt;

    /// <summary>DE 7.</summary>
    public long Time;

    public int Number;
    public int Stan;
    public MessageUse Use;

    /// <summary>Of a reversal: what it takes back.</summary>
    public int OriginalStan;
    public long OriginalTime;
}

/// <summary>A connection and what is in flight on it, by trace number.</summary>
internal sealed class GeneratorConnection(Epoll epoll, Socket socket, int index, int ringSize)
    : LeanConnection(epoll, socket, index)
{
    private readonly Sent[] _ring = new Sent[BitOperations.RoundUpToPowerOf2((uint)ringSize)];

    /// <summary>DE 41.</summary>
    public int Terminal { get; init; } = index + 1;

    public int LastStan { get; set; }

    /// <summary>Repeats and reversals to be sent.</summary>
    public Queue<Sent> FollowUps { get; } = new();

    public ref Sent Slot(int stan) => ref _ring[stan & (_ring.Length - 1)];
}

/// <summary>
/// The acquirer's side of a phase: what is sent next, whether the answer is the right one, and how long it took.
/// </summary>
internal sealed class GeneratorTraffic
{
    private const int StanMax = 999_999;

    // Trace numbers that are passed over because they wait for an answer.
    private const int PassedOverMax = 64;

    private readonly GeneratorBook _book;
    private readonly WireShape _shape;
    private readonly FieldPlaces _places = new();
    private readonly MessageTemplate _request;
    private readonly MessageTemplate _repeat;
    private readonly MessageTemplate _reversal;
    private readonly long[][] _cards;
    private readonly LoadRecorder _recorder;
    private long _timeFrom = long.MinValue;
    private long _time;
    private long _held;

    public GeneratorTraffic(LoadPhase phase, GeneratorBook book, long started)
    {
        _book = book;
        _shape = WireShape.Of(phase.Dialect);
        _request = MessageTemplate.Request(_shape, phase.HeaderSize, isRepeat: false, phase.Padding);
        _repeat = MessageTemplate.Request(_shape, phase.HeaderSize, isRepeat: true, phase.Padding);
        _reversal = MessageTemplate.Reversal(_shape, phase.HeaderSize);
        _cards = book.CardsOf(phase.Issuers);
        _recorder = new LoadRecorder(started);
    }

    public int InFlight { get; private set; }

    /// <summary>
    /// Of them, repeats: a copy that finds no room is not answered, and its first was.
    /// </summary>
    public int RepeatsInFlight { get; private set; }

    /// <summary>The next follow-up, or the next request; false when the slot of its trace number is taken.</summary>
    public bool TryWriteNext(GeneratorConnection connection, long due, byte[] into, ref int size)
    {
        if (connection.FollowUps.Count > 0 && TryWriteFollowUp(connection, due, into, ref size))
        {
            return true;
        }

        int stan = FreeStan(connection);
        if (stan == 0 || size > into.Length - LeanConnection.BufferSize / 8)
        {
            return false;
        }

        ref Sent slot = ref connection.Slot(stan);

        connection.LastStan = stan;
        slot = new Sent
        {
            Use = MessageUse.Request, Stan = stan, Number = _book.Next(), DueAt = due, Time = TimeAt(due),
        };
        InFlight++;
        size += _request.Write(into.AsSpan(size), FactsOf(connection, in slot));
        return true;
    }

    public void WriteFollowUps(GeneratorConnection connection, long due, byte[] into, ref int size)
    {
        while (connection.FollowUps.Count > 0 && TryWriteFollowUp(connection, due, into, ref size))
        {
        }
    }

    /// <summary>Checks an answer against what was sent, and enters it.</summary>
    public void OnAnswer(GeneratorConnection connection, ReadOnlySpan<byte> answer, long now, bool isCounted)
    {
        if (!_shape.TryIndex(answer, _places) || !_places.Has(Field.Stan) || !_places.Has(Field.ResponseCode))
        {
            throw new InvalidDataException($"The answer is no answer: {Convert.ToHexString(answer)}");
        }

        int stan = (int)_shape.ReadDigits(answer[_places.StartOf(Field.Stan)..], 6);
        ref Sent slot = ref connection.Slot(stan);
        long number = _places.Has(Field.RetrievalReference)
            ? WireShape.ReadText(answer[_places.StartOf(Field.RetrievalReference)..], 12) : slot.Number;
        if (slot.Use == MessageUse.None || slot.Stan != stan || slot.Number != number)
        {
            _book.EnterWrong();
            return;
        }

        Sent sent = slot;
        slot.Use = MessageUse.None;
        InFlight--;
        RepeatsInFlight -= sent.Use == MessageUse.Repeat ? 1 : 0;
        ReadOnlySpan<byte> code = answer.Slice(_places.StartOf(Field.ResponseCode), 2);
        bool isApproved = code.SequenceEqual("00"u8);
        bool isDeclined = code.SequenceEqual("05"u8);
        bool isRefused = !isApproved && !isDeclined;
        if (isRefused)
        {
            _book.CountOther(code);
        }

        if (isCounted && isRefused)
        {
            _recorder.RecordRefusal(now - sent.DueAt);
        }
        else if (isCounted)
        {
            _recorder.Record(now, now - sent.DueAt);
        }

        long amount = _places.Has(Field.Amount)
            ? _shape.ReadDigits(answer[_places.StartOf(Field.Amount)..], 12) : LoadMix.AmountOf(sent.Number);
        _book.Enter(sent.Number, sent.Use, isApproved, amount);
        if (isApproved || isDeclined)
        {
            FollowUp(connection, in sent, isApproved);
        }
    }

    /// <summary>So many were due on a connection that TCP held back, and are not sent.</summary>
    public void OnHeld(long count) => _held += count;

    public PhaseFigures Figures(LoadPhase phase, double seconds) =>
        _recorder.Figures(phase, seconds, InFlight, _request.MessageSize) with { Held = _held };

    private static void FollowUp(GeneratorConnection connection, in Sent sent, bool isApproved)
    {
        if (sent.Use != MessageUse.Request)
        {
            return;
        }

        if (LoadMix.IsRepeated(sent.Number))
        {
            connection.FollowUps.Enqueue(sent with { Use = MessageUse.Repeat });
        }
        else if (isApproved && LoadMix.IsReversed(sent.Number))
        {
            connection.FollowUps.Enqueue(sent with
            {
                Use = MessageUse.Reversal,
                OriginalStan = sent.Stan,
                OriginalTime = sent.Time,
            });
        }
    }

    // The next whose slot is free; 0: the peer is far behind.
    private static int FreeStan(GeneratorConnection connection)
    {
        int stan = connection.LastStan;
        for (int i = 0; i < PassedOverMax; i++)
        {
            stan = stan % StanMax + 1;
            if (connection.Slot(stan).Use == MessageUse.None)
            {
                return stan;
            }
        }

        return 0;
    }

    private bool TryWriteFollowUp(GeneratorConnection connection, long due, byte[] into, ref int size)
    {
        Sent next = connection.FollowUps.Peek();
        if (next.Use == MessageUse.Reversal)
        {
            next.Stan = FreeStan(connection);
            next.Time = TimeAt(due);
        }

        if (next.Stan == 0 || connection.Slot(next.Stan).Use != MessageUse.None)
        {
            return false;
        }

        ref Sent slot = ref connection.Slot(next.Stan);

        connection.FollowUps.Dequeue();
        connection.LastStan = next.Use == MessageUse.Reversal ? next.Stan : connection.LastStan;
        slot = next with { DueAt = due };
        InFlight++;
        RepeatsInFlight += next.Use == MessageUse.Repeat ? 1 : 0;
        MessageTemplate template = next.Use == MessageUse.Reversal ? _reversal : _repeat;
        size += template.Write(into.AsSpan(size), FactsOf(connection, in slot));
        return true;
    }

    private MessageFacts FactsOf(GeneratorConnection connection, in Sent sent)
    {
        long[] cards = _cards[LoadMix.IssuerOf(sent.Number, _cards.Length)];
        return new MessageFacts(
            cards[LoadMix.CardOf(sent.Number)], LoadMix.AmountOf(sent.Number), sent.Time, sent.Stan, sent.Number,
            connection.Terminal)
        {
            OriginalStan = sent.OriginalStan, OriginalTime = sent.OriginalTime,
        };
    }

    /// <summary>DE 7: MMDDhhmmss, universal time, made once a second.</summary>
    private long TimeAt(long ticks)
    {
        if (ticks - _timeFrom >= Stopwatch.Frequency || _timeFrom == long.MinValue)
        {
            _timeFrom = ticks;
            _time = long.Parse(
                DateTime.UtcNow.ToString("MMddHHmmss", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        }

        return _time;
    }
}
