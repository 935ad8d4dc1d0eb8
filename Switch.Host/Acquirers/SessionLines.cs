using System.Net;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;

namespace Switch.Host.Acquirers;

/// <summary>What a line of a listener is about; each has a budget of its own.</summary>
internal enum SessionLine
{
    Opened,
    Ended,
    CutOff,
    ClosedByCore,
    Failed,
    RefusedAddress,
    RefusedCap,
    OwnLink,
    RefusedTls,
    RefusedRate,
}

/// <summary>
/// Which lines one listener may log. Connections come and go as their peers like, so each kind of line has its budget
/// by the minute, of all peers and of each; what it leaves out is one line at the end of the minute.
/// </summary>
internal sealed class SessionLines
{
    private readonly LineBudget<IPAddress>[] _budgets =
        [.. Enum.GetValues<SessionLine>().Select(static _ => new LineBudget<IPAddress>())];

    private readonly ILogger _logger;
    private readonly string _acquirer;
    private readonly EdgeMeters _meters;

    public SessionLines(ILogger logger, string acquirer, EdgeMeters meters)
    {
        _logger = logger;
        _acquirer = acquirer;
        _meters = meters;
    }

    /// <summary>True: log it.</summary>
    public bool MaySay(SessionLine line, EndPoint? peer, long now)
    {
        IPAddress address = (peer as IPEndPoint)?.Address ?? IPAddress.None;
        bool maySay = _budgets[(int)line].TrySpend(address, now, out LinesLeftOut left);
        Sum(line, left);
        if (!maySay)
        {
            EdgeMeters.Add(ref _meters.Live.IncidentsNotLogged);
        }

        return maySay;
    }

    /// <summary>Says what was left out, once a minute is over. A few times a second.</summary>
    public void OnBeat(long now)
    {
        for (int line = 0; line < _budgets.Length; line++)
        {
            Sum((SessionLine)line, _budgets[line].TakeLeftOut(now));
        }
    }

    private void Sum(SessionLine line, LinesLeftOut left)
    {
        if (left.Count > 0)
        {
            SessionLog.LeftOut(_logger, _acquirer, left.Count, line, left.Peers, left.Most);
        }
    }
}
