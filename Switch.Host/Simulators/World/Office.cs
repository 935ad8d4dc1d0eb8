using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// A party's back office. It begins the next settlement date at times (0800/201), and when the world is at rest it asks
/// for the totals of each date (0520 of an acquirer, 0522 of an issuer), to be compared with the party's own book.
/// </summary>
internal sealed class Office(Ground ground, Dialect dialect, bool isIssuer, Func<Line?> findLine) : IActor
{
    private const int Ask = 50;
    private const int CutOver = 51;
    private const int CutoverBegins = 201;
    private const int Dates = 2;

    private readonly Speech _speech = new(dialect);
    private readonly bool[] _isAnswered = new bool[Dates];
    private readonly long[] _dates = new long[Dates];
    private int _stan = 500_000;

    /// <summary>Debits less credits over all dates, as the switch answered.</summary>
    public long Net { get; private set; }

    public bool IsDone => Array.TrueForAll(_isAnswered, static one => one);

    /// <summary>Begins the next settlement date then.</summary>
    public void PlanCutover(long time) => ground.Scheduler.At(time, this, CutOver);

    /// <summary>Asks, and asks again, until every date is answered.</summary>
    public void Reconcile()
    {
        DateTime day = DateTime.UnixEpoch.AddMilliseconds(ground.WallMs);
        for (int i = 0; i < Dates; i++)
        {
            DateTime date = day.AddDays(i);
            _dates[i] = (date.Month * 100) + date.Day;
        }

        ground.Scheduler.In(0, this, Ask);
    }

    public void On(in Happening happening)
    {
        if (happening.Kind == CutOver)
        {
            ground.Count(Fault.Cutover);
            Start(800);
            _speech.Set(Field.NetworkCode, CutoverBegins, 3);
            Send();
            return;
        }

        for (int i = 0; i < Dates; i++)
        {
            if (!_isAnswered[i])
            {
                Start(isIssuer ? 522 : 520);
                _speech.Set(Field.SettlementDate, _dates[i], 4);
                _speech.Set(Field.SettlementCurrency, "392"u8);
                _speech.Set(Field.NetSettlement, "C0000000000000000"u8);
                Send();
            }
        }

        if (!IsDone)
        {
            ground.Scheduler.In(TimeSpan.TicksPerSecond, this, Ask);
        }
    }

    /// <summary>An answer came in; others than to its own questions are passed over.</summary>
    public void OnAnswer(Speech heard)
    {
        int date = Array.IndexOf(_dates, heard.Number(Field.SettlementDate));
        if (heard.Mti == (isIssuer ? 532 : 530) && date >= 0 && !_isAnswered[date])
        {
            _isAnswered[date] = true;
            Net += heard.Net(); // A date that has not begun is answered 30, and has none.
        }
    }

    private void Start(int mti)
    {
        _speech.Start(mti, ground.WallMs);
        _speech.Set(Field.TransmissionDateTime, ground.TransmissionTime, 10);
        _speech.Set(Field.Stan, ++_stan, 6);
    }

    private void Send()
    {
        if (findLine() is { } line)
        {
            ground.Network.Send(line, toNode: true, ground.Network.Take(_speech.Write()));
        }
    }
}
