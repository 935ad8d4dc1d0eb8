using System.Diagnostics.CodeAnalysis;
using Switch.Routing.Admission;
using Switch.Routing.Loop;

namespace Switch.Host.Simulators.World;

/// <summary>
/// What waits for the simulated node's core, in the order of <c>Switch.Host/Core/CoreLine</c>: first what must not be
/// shed, then requests of each acquirer in turn. Line, limits and what may be shed are the real code.
/// </summary>
internal sealed class NodeLine
{
    private const int RequestsMax = 4_096;

    private readonly IReadOnlyList<int> _weights;
    private readonly List<Arrival> _urgent = [];
    private readonly long _waitMax;
    private RequestLine<Arrival> _requests;
    private LineLimits _limits;
    private int _served;

    public NodeLine(WorldPlan plan)
    {
        _weights = [.. plan.Acquirers.Select(static one => one.Settings.Weight)];

        // From a source of its own, so that the worlds stay what they were.
        _waitMax = new RandomSource(plan.Seed ^ 0x11E5).Ms(5, 200);
        Clear();
    }

    public int Count => _urgent.Count + _requests.Count;

    /// <summary>Whether a request of an acquirer finds its line short enough.</summary>
    public bool Takes(int acquirer, ShedClass of) => _limits.Takes(acquirer, of, _requests.CountOf(acquirer));

    /// <summary>At its end.</summary>
    /// <param name="acquirer">Whose; not looked at where it may not be shed.</param>
    public void Add(in Arrival arrival, int acquirer)
    {
        bool isRequest = arrival.Line is { IsLink: false }
            && (arrival.Kind == ArrivalKind.Fault
                || (arrival.Kind == ArrivalKind.Message && InboxBounds.IsSheddable(arrival.Message!.Mti)));
        if (!isRequest || !_requests.TryAdd(acquirer, in arrival))
        {
            _urgent.Add(arrival);
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
        int requests = 0;
        while (urgent + requests < max && _requests.TryTake(out Arrival request))
        {
            requests++;
            then(request);
        }

        _served = requests;
        return urgent + requests;
    }

    /// <summary>The slice has ended.</summary>
    public void EndTurn(long now) => _limits.Turned(now, _served, _requests);

    /// <summary>The node has died: what waited is lost with it.</summary>
    [MemberNotNull(nameof(_requests), nameof(_limits))]
    public void Clear()
    {
        _urgent.Clear();
        _requests = new RequestLine<Arrival>(_weights, RequestsMax);
        _limits = new LineLimits(_weights, _waitMax);
    }
}
