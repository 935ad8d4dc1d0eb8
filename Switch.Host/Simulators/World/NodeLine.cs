using System.Diagnostics.CodeAnalysis;
using Switch.Routing.Admission;

namespace Switch.Host.Simulators.World;

/// <summary>
/// What waits for the simulated node's core, in the order of <c>Switch.Host/Core/CoreLine</c>: first what is not of an
/// acquirer, then acquirers' messages, of each in turn. Line, limits and what may be shed are the real code.
/// </summary>
internal sealed class NodeLine
{
    private const int MessagesMax = 1 << 14;

    private readonly IReadOnlyList<int> _weights;
    private readonly List<Arrival> _urgent = [];
    private readonly long _waitMax;
    private RequestLine<Arrival> _messages;
    private LineLimits _limits;
    private int _served;

    public NodeLine(WorldPlan plan)
    {
        _weights = [.. plan.Acquirers.Select(static one => one.Settings.Weight)];

        // From a source of its own, so that the worlds stay what they were.
        _waitMax = new RandomSource(plan.Seed ^ 0x11E5).Ms(5, 200);
        Clear();
    }

    public int Count => _urgent.Count + _messages.Count;

    /// <summary>Whether a request of an acquirer finds its line short enough.</summary>
    public bool Takes(int acquirer, ShedClass of) => _limits.Takes(acquirer, of, _messages.CountOf(acquirer));

    /// <summary>At its end.</summary>
    /// <param name="acquirer">Whose; not looked at where it is no acquirer's message.</param>
    public void Add(in Arrival arrival, int acquirer)
    {
        if (arrival.Line is not { IsLink: false } || arrival.Kind is not (ArrivalKind.Message or ArrivalKind.Fault))
        {
            _urgent.Add(arrival);
        }
        else if (!_messages.TryAdd(acquirer, in arrival))
        {
            throw new InvalidOperationException("More waits than a world ever brings.");
        }
    }

    /// <summary>Takes up to so many off its front, and counts what was taken.</summary>
    public int Take(int max, Action<Arrival> then)
    {
        int urgent = Math.Min(max, _urgent.Count);
        for (int i = 0; i < urgent; i++)
        {
            then(_urgent[i]);
        }

        _urgent.RemoveRange(0, urgent);
        _served = 0;
        while (urgent + _served < max && _messages.TryTake(out Arrival message))
        {
            _served++;
            then(message);
        }

        return urgent + _served;
    }

    /// <summary>The slice has ended.</summary>
    public void EndTurn(long now) => _limits.Turned(now, _served, _messages);

    /// <summary>The node has died: what waited is lost with it.</summary>
    [MemberNotNull(nameof(_messages), nameof(_limits))]
    public void Clear()
    {
        _urgent.Clear();
        _messages = new RequestLine<Arrival>(_weights, MessagesMax);
        _limits = new LineLimits(_weights, _waitMax);
    }
}
