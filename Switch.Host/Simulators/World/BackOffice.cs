using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// A party's back office. It starts the next settlement date (0800/201). When the world is at rest, it asks for the
/// totals of each date (0520 of an acquirer, 0522 of an issuer) and compares them with the party's own book.
/// </summary>
internal sealed class BackOffice(
    WorldContext context, Dialect dialect, PartyMac? mac, bool isIssuer, Func<Line?> findLine) : IActor
{
    private const int Ask = 50;
    private const int CutOver = 51;
    private const int CutoverBegins = 201;
    private const int Dates = 2;

    private readonly PartyCodec _codec = MacCodec.Of(context, dialect, mac);
    private readonly bool[] _isAnswered = new bool[Dates];
    private readonly long[] _dates = new long[Dates];
    private int _stan = 500_000;

    /// <summary>Takes the answers about keys.</summary>
    public KeyOfficer? Officer { get; set; }

    /// <summary>Debits less credits over all dates, as the switch answered.</summary>
    public long Net { get; private set; }

    public bool IsDone => Array.TrueForAll(_isAnswered, static one => one);

    /// <summary>Schedules the start of the next settlement date.</summary>
    public void PlanCutover(long time) => context.Scheduler.At(time, this, CutOver);

    /// <summary>Asks for the totals, and repeats until every date is answered.</summary>
    public void Reconcile()
    {
        DateTime day = DateTime.UnixEpoch.AddMilliseconds(context.WallMs);
        for (int i = 0; i < Dates; i++)
        {
            DateTime date = day.AddDays(i);
            _dates[i] = (date.Month * 100) + date.Day;
        }

        context.Scheduler.In(0, this, Ask);
    }

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Kind == CutOver)
        {
            context.Count(Fault.Cutover);
            Start(800);
            _codec.Set(Field.NetworkCode, CutoverBegins, 3);
            Send();
            return;
        }

        for (int i = 0; i < Dates; i++)
        {
            if (!_isAnswered[i])
            {
                Start(isIssuer ? 522 : 520);
                _codec.Set(Field.SettlementDate, _dates[i], 4);
                _codec.Set(Field.SettlementCurrency, "392"u8);
                _codec.Set(Field.NetSettlement, "C0000000000000000"u8);
                Send();
            }
        }

        if (!IsDone)
        {
            context.Scheduler.In(TimeSpan.TicksPerSecond, this, Ask);
        }
    }

    /// <summary>Takes an answer. Answers to other requests are ignored.</summary>
    public void OnAnswer(PartyCodec heard)
    {
        if (heard.Mti == 810)
        {
            Officer?.OnAnswer(heard);
        }

        int date = Array.IndexOf(_dates, heard.Number(Field.SettlementDate));
        if (heard.Mti == (isIssuer ? 532 : 530) && date >= 0 && !_isAnswered[date])
        {
            _isAnswered[date] = true;
            Net += heard.Net(); // A date that has not begun is answered 30, and has none.
        }
    }

    private void Start(int mti)
    {
        _codec.Start(mti, context.WallMs);
        _codec.Set(Field.TransmissionDateTime, context.TransmissionTime, 10);
        _codec.Set(Field.Stan, ++_stan, 6);
    }

    private void Send()
    {
        if (findLine() is { } line)
        {
            context.Network.Send(line, toNode: true, context.Network.Take(_codec.Write()));
        }
    }
}
