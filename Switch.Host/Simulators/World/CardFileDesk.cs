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

    private readonly Ground _ground;
    private readonly IssuerActor _issuer;
    private readonly Speech _speech;
    private readonly Chance _chance;
    private readonly Card[] _cards;
    private readonly HashSet<int> _blocked = [];
    private readonly int _index;
    private Card? _card;
    private int _action;
    private int _copies;
    private int _stan = 700_000;
    private long _time;

    public CardFileDesk(Ground ground, IssuerActor issuer, int index, Chance chance)
    {
        _ground = ground;
        _issuer = issuer;
        _index = index;
        _chance = chance;
        WorldPlan plan = ground.Plan;
        _speech = new Speech(plan.Issuers[index].Settings.Dialect);
        _cards = [.. plan.Cards.Where(card => plan.PrimaryOf(card) == index)];
        for (int i = 0; i < plan.FileActions && _cards.Length > 0; i++)
        {
            ground.Scheduler.At(chance.Between(0, plan.FaultsEnd), this, Begin);
        }
    }

    /// <summary>Cards that the issuer was told are blocked.</summary>
    public IReadOnlySet<int> Blocked => _blocked;

    /// <summary>Nothing waits for its answer.</summary>
    public bool IsDone => _card is null;

    public void On(in Happening happening)
    {
        if (happening.Kind == Begin && _card is null)
        {
            _card = _cards[_chance.Below(_cards.Length)];
            _action = _blocked.Contains(_card.Index) ? Delete : Add;
            _copies = 0;
            _stan++;
            _time = _ground.TransmissionTime;
            SendCopy();
        }
        else if (happening.Kind == Send && happening.Value == _stan && _card is not null)
        {
            SendCopy();
        }
    }

    public void OnAnswer(Speech heard)
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
            _ground.Report("I5", 0, $"issuer {_index}: file action {_action} was answered {code:D2}");
        }

        _ground.Count(Fault.FileAction);
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
            _speech.Start(_copies++ == 0 ? 302 : 303, _ground.WallMs);
            _speech.Set(Field.Pan, _card!.Number);
            _speech.Set(Field.TransmissionDateTime, _time, 10);
            _speech.Set(Field.Stan, _stan, 6);
            _speech.Set(Field.FileUpdateCode, _action, 1);
            _ground.Network.Send(
                _issuer.Lines[0], toNode: true, _ground.Network.Take(_speech.Write()));
        }

        _ground.Scheduler.In(_chance.Ms(500, 3_000), this, Send, _stan);
    }
}
