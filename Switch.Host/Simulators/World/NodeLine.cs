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
    private readonly Action<string> _report;
    private int _served;

    // Of each acquirer: how many of others were served while one of its own stood first; and the numbers of its last
    // message that came, and of the one that is to go next.
    private readonly int[] _passed;
    private readonly long[] _came;
    private readonly long[] _goes;

    /// <param name="report">A message had to wait for more of others, or of its own, than it should.</param>
    public NodeLine(WorldPlan plan, Action<string> report)
    {
        _report = report;
        _weights = [.. plan.Acquirers.Select(static one => one.Settings.Weight)];

        // From a source of its own, so that the worlds stay what they were.
        _waitMax = new RandomSource(plan.Seed ^ 0x11E5).Ms(5, 200);
        _passed = new int[_weights.Count];
        _came = new long[_weights.Count];
        _goes = new long[_weights.Count];
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
        else if (!_messages.TryAdd(acquirer, arrival with { Number = ++_came[acquirer] }))
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
            Check(message);
            then(message);
        }

        return urgent + _served;
    }

    private void Check(in Arrival taken)
    {
        int own = taken.Line.Id % WorldContext.AcquirersMax;
        if (taken.Number != ++_goes[own])
        {
            _goes[own] = taken.Number;
            _report($"a message of acquirer {own} overtook another of it");
        }

        _passed[own] = 0;
        for (int i = 0; i < _passed.Length; i++)
        {
            _passed[i] = i != own && _messages.CountOf(i) > 0 ? _passed[i] + 1 : 0;
            if (_passed[i] > _weights.Sum() - _weights[i])
            {
                _passed[i] = 0;
                _report($"acquirer {i} waited for more of others than their weights allow");
            }
        }
    }

    /// <summary>The slice has ended.</summary>
    public void EndTurn(long now) => _limits.Turned(now, _served, _messages);

    /// <summary>The node has died: what waited is lost with it.</summary>
    [MemberNotNull(nameof(_messages), nameof(_limits))]
    public void Clear()
    {
        _urgent.Clear();
        _passed.AsSpan().Clear();
        _came.AsSpan().Clear();
        _goes.AsSpan().Clear();
        _messages = new RequestLine<Arrival>(_weights, MessagesMax);
        _limits = new LineLimits(_weights, _waitMax);
    }
}
