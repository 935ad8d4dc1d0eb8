using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Where an issuer blocks and unblocks its cards by file actions (0302): one at a time, repeated until it is answered.
/// What it was told is done must be what the switch knows.
/// </summary>
internal sealed class CardFileDesk : IActor
{
    private const int Begin = 60;
    private const int Send = 61;
    private const int Add = 1;
    private const int Delete = 3;

    private readonly WorldContext _context;
    private readonly IssuerActor _issuer;
    private readonly PartyCodec _codec;
    private readonly RandomSource _random;
    private readonly Card[] _cards;
    private readonly HashSet<int> _blocked = [];
    private readonly int _index;
    private Card? _card;
    private int _action;
    private int _copies;
    private int _stan = 700_000;
    private long _time;

    public CardFileDesk(WorldContext context, IssuerActor issuer, int index, RandomSource random)
    {
        _context = context;
        _issuer = issuer;
        _index = index;
        _random = random;
        WorldPlan plan = context.Plan;
        _codec = MacCodec.Of(context, plan.Issuers[index].Settings.Dialect, context.Macs.OfIssuer(index));
        _cards = [.. plan.Cards.Where(card => plan.PrimaryOf(card) == index)];
        for (int i = 0; i < plan.FileActions && _cards.Length > 0; i++)
        {
            context.Scheduler.At(random.Between(0, plan.FaultsEnd), this, Begin);
        }
    }

    /// <summary>Cards that the issuer was told are blocked.</summary>
    public IReadOnlySet<int> Blocked => _blocked;

    /// <summary>Nothing waits for its answer.</summary>
    public bool IsDone => _card is null;

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Kind == Begin && _card is null)
        {
            _card = _cards[_random.Below(_cards.Length)];
            _action = _blocked.Contains(_card.Index) ? Delete : Add;
            _copies = 0;
            _stan++;
            _time = _context.TransmissionTime;
            SendCopy();
        }
        else if (scheduled.Kind == Send && scheduled.Value == _stan && _card is not null)
        {
            SendCopy();
        }
    }

    public void OnAnswer(PartyCodec heard)
    {
        if (_card is null || heard.Mti != 312 || heard.Number(Field.Stan) != _stan)
        {
            return;
        }

        long code = heard.Number(Field.ResponseCode);
        if (code is 96)
        {
            return; // It could not be recorded: sent again.
        }

        if (code != 0)
        {
            _context.Report("I5", 0, $"issuer {_index}: file action {_action} was answered {code:D2}");
        }

        _context.Count(Fault.FileAction);
        if (_action == Add)
        {
            _blocked.Add(_card.Index);
        }
        else
        {
            _blocked.Remove(_card.Index);
        }

        _card = null;
    }

    private void SendCopy()
    {
        if (_issuer.Lines.Count > 0)
        {
            _codec.Start(_copies++ == 0 ? 302 : 303, _context.WallMs);
            _codec.Set(Field.Pan, _card!.Number);
            _codec.Set(Field.TransmissionDateTime, _time, 10);
            _codec.Set(Field.Stan, _stan, 6);
            _codec.Set(Field.FileUpdateCode, _action, 1);
            _context.Network.Send(
                _issuer.Lines[0], toNode: true, _context.Network.Take(_codec.Write()));
        }

        _context.Scheduler.In(_random.Ms(500, 3_000), this, Send, _stan);
    }
}
