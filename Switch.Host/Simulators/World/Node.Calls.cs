namespace Switch.Host.Simulators.World;

/// <summary>The node's connections to acquirers that wait to be called.</summary>
internal sealed partial class Node
{
    private readonly Dictionary<Line, Place> _calls = [];

    /// <summary>Those acquirers.</summary>
    public Dictionary<int, AcquirerLines> Called { get; } = [];

    private void PlanCalls()
    {
        _calls.Clear();
        for (int acquirer = 0; acquirer < _context.Plan.Acquirers.Length; acquirer++)
        {
            AcquirerPlan plan = _context.Plan.Acquirers[acquirer];
            for (int slot = 0; plan.IsCalled && slot < plan.Sessions; slot++)
            {
                _context.Scheduler.In(_random.Ms(0, 100), this, Call, _life, new Place(acquirer, slot));
            }
        }
    }

    private void CallAcquirer(Place place) => _calls.Add(Called[place.Acquirer].Answer(place.Slot)!, place);

    private void CallAgain(Line line)
    {
        if (_calls.Remove(line, out Place? place))
        {
            _context.Scheduler.In(_random.Ms(50, 600), this, Call, _life, place);
        }
    }

    private sealed record Place(int Acquirer, int Slot);
}
