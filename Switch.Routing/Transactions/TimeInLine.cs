using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>For how long requests stand in line before the core, and which are refused for that.</summary>
/// <remarks>
/// Bounded by number alone, the line of a core that is behind grows until issuers' replies stand in it for longer than
/// their time-outs: then each request costs a reversal as well, and nothing is approved any more. So what stood in it
/// for too long is refused; but not after a mere stall of the process, whose backlog is gone at once.
/// </remarks>
internal sealed class TimeInLine(CoreContext context)
{
    // How long every request must have stood in line for too long before any is refused for that, and for how long it
    // stays so after the last.
    private const long BehindMin = 500 * Instant.TicksPerMs;
    private const long ShedSpan = 10 * TimeSpan.TicksPerSecond;

    private long _behindSince;
    private long _lateAt;
    private long _shedsUntil;

    /// <summary>It waited until no answer can be with its sender in time: also none that needs a MAC yet.</summary>
    public bool IsExpired(int acquirer, Message request) =>
        request.ReceivedAt != 0 && context.Now.Ticks >= context.DeadlineOf(acquirer, request);

    /// <summary>It is to be refused for how long it waited.</summary>
    public bool MustShed(int acquirer, Message request)
    {
        long now = context.Now.Ticks;
        if (request.ReceivedAt == 0 || now - request.ReceivedAt <= context.WaitMax(acquirer))
        {
            _behindSince = 0;
            return false;
        }

        bool wasLate = _behindSince != 0 && now - _lateAt <= BehindMin; // Else it may have been idle in between.
        _behindSince = wasLate ? _behindSince : now;
        _lateAt = now;
        if (now - _behindSince < BehindMin && now >= _shedsUntil)
        {
            return false;
        }

        _shedsUntil = now + ShedSpan; // Once behind, it soon will be again.
        return true;
    }
}
