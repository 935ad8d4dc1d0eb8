namespace Switch.Host.Simulators.World;

/// <summary>
/// An acquirer's connections to the node, each made anew when it is lost: by the acquirer, or by the node that calls
/// it.
/// </summary>
internal sealed class AcquirerLines : IActor
{
    private const int Connect = 15;

    private readonly WorldContext _context;
    private readonly Node _node;
    private readonly ILineEnd _owner;
    private readonly RandomSource _random;
    private readonly Line?[] _lines;
    private readonly long _delay;
    private readonly int _acquirer;
    private readonly bool _isCalled;
    private readonly SignOnDesk _signOns;

    public AcquirerLines(
        WorldContext context, Node node, int acquirer, ILineEnd owner, PartyCodec codec, RandomSource random)
    {
        _signOns = new SignOnDesk(context, acquirer, codec, random);
        _context = context;
        _node = node;
        _owner = owner;
        _random = random;
        _acquirer = acquirer;
        _delay = context.Plan.Acquirers[acquirer].Delay;
        _lines = new Line?[context.Plan.Acquirers[acquirer].Sessions];
        _isCalled = context.Plan.Acquirers[acquirer].IsCalled;
        if (_isCalled)
        {
            node.Called[acquirer] = this;
            return;
        }

        for (int slot = 0; slot < _lines.Length; slot++)
        {
            context.Scheduler.In(random.Ms(0, 50), this, Connect, slot);
        }
    }

    /// <summary>One that is open as far as the acquirer knows; null: none is.</summary>
    public Line? Any()
    {
        int first = _random.Below(_lines.Length);
        for (int i = 0; i < _lines.Length; i++)
        {
            if (_lines[(first + i) % _lines.Length] is { IsOpenAtPeer: true } line)
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Where the node signs on: it has, on all of them.</summary>
    public bool AreSignedOn =>
        !_isCalled || Array.TrueForAll(_lines, one => one is not null && _signOns.IsSettled(one));

    /// <inheritdoc cref="SignOnDesk.Takes"/>
    public bool TakesSignOn(Line line) => _signOns.Takes(line);

    /// <summary>The node calls, in place of a connection that it has lost.</summary>
    public Line? Answer(int slot) => _lines[slot] = _node.TryAccept(_acquirer, _owner, _delay);

    /// <summary>The acquirer has noticed that a connection is gone.</summary>
    public void OnClosed(Line line)
    {
        _signOns.OnClosed(line);
        int slot = Array.IndexOf(_lines, line);
        if (slot >= 0)
        {
            _lines[slot] = null;
        }

        if (slot >= 0 && !_isCalled)
        {
            _context.Scheduler.In(_random.Ms(20, 800), this, Connect, slot);
        }
    }

    public void On(in ScheduledEvent scheduled)
    {
        var slot = (int)scheduled.Value;
        if (Answer(slot) is null)
        {
            _context.Scheduler.In(_random.Ms(20, 500), this, Connect, slot);
        }
    }
}
