using Switch.Host.Security;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Who sends the keys of one party: new ones, at moments among its traffic, each again until it is answered; and what
/// must never be taken: a key whose check value is another one, one that was replaced, and one under no right MAC.
/// </summary>
internal sealed class KeyOfficer : IActor
{
    private const int Exchange = 70;
    private const int Again = 71;
    private const int StanBase = 700_000;
    private const int Changes = 161;
    private const int Approved = 0;
    private const int NotSupported = 40;
    private const int Refused = 63;
    private const int Duplicate = 94;

    // Later editions have a word of their own for a key that is none, which is read as a malfunction.
    private const int RefusalsMax = 3;

    private readonly WorldContext _context;
    private readonly bool _isIssuer;
    private readonly int _party;
    private readonly int _field;
    private readonly int _codes;
    private readonly KeyKind[] _kinds;
    private readonly Func<Line?> _findLine;
    private readonly RandomSource _random;
    private readonly PartyCodec _codec;
    private readonly PartyCodec? _forger;
    private readonly ulong _forged;
    private Case _case;
    private KeyKind _kind;
    private string _text = "";
    private int _stan = StanBase;
    private int _firstStan;
    private int _refusals;
    private long _restUntil;

    public KeyOfficer(WorldContext context, bool isIssuer, int party, Dialect dialect, Func<Line?> findLine)
    {
        _context = context;
        _isIssuer = isIssuer;
        _party = party;
        _findLine = findLine;
        _codes = dialect.IsoVersion == IsoVersion.Iso1987 ? 2 : 1; // Later editions have one word for both.
        _field = context.Books.FieldOf(isIssuer, party);
        _kinds = context.Books.KindsOf(isIssuer, party);
        PartyMac? mac = isIssuer ? context.Macs.OfIssuer(party) : context.Macs.OfAcquirer(party);
        _codec = MacCodec.Of(context, dialect, mac);
        _random = new RandomSource(context.Plan.Seed ^ 0x4B4F ^ ((ulong)party << 32) ^ (isIssuer ? 1UL << 48 : 0));
        _forged = _random.Next();
        _forger = mac is null ? null : new PartyCodec(dialect) { Mac = new PartyMac(dialect, OfForger) };
        int count = _kinds.Length == 0 ? 0 : 1 + _random.Below(context.Books.CountMax);
        for (int i = 0; i < count; i++)
        {
            context.Scheduler.At(_random.Between(0, context.Plan.FaultsEnd), this, Exchange);
        }
    }

    private enum Case
    {
        None,
        New,
        OtherCheckValue,
        Replayed,
        Forged,
    }

    /// <summary>Whether nothing waits for its answer.</summary>
    public bool IsDone => _case == Case.None;

    private KeyBook Book => _context.Books.Of(_isIssuer, _party, _kind);

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Kind == Exchange)
        {
            BeginOrWait();
        }
        else if (scheduled.Value == _firstStan && _case != Case.None)
        {
            Send();
        }
    }

    /// <summary>Takes an answer to a network message.</summary>
    public void OnAnswer(PartyCodec heard)
    {
        long stan = heard.Number(Field.Stan);
        if (_case == Case.None || stan < _firstStan || stan > _stan)
        {
            return;
        }

        int code = (int)heard.Number(Field.ResponseCode);
        Note($"hears {code:D2} of its {_case} key, STAN {stan} of {_firstStan} to {_stan}");
        switch (_case)
        {
            case Case.New when code == Approved:
                _context.Count(Fault.KeyExchanged);
                Book.Take(_context.Now);
                Note($"key {KeyBook.CheckOf(Book.Current)} is in force");
                End();
                break;
            case Case.New when code is NotSupported or Duplicate:
                Complain($"a new key was answered {code:D2}");
                End();
                break;
            case not Case.New when code == Approved:
                Complain($"a key that is {_case} was answered 00");
                End();
                break;
            case Case.OtherCheckValue when code == Refused || (_codes == 1 && ++_refusals == RefusalsMax):
                _context.Count(Fault.KeyOfOtherCheckValue);
                End();
                break;
            case Case.Replayed when code == Duplicate:
                _context.Count(Fault.KeyReplayed);
                End();
                break;
            case Case.Forged:
                _context.Count(Fault.KeyForged);
                End();
                break;
        }
    }

    private void BeginOrWait()
    {
        if (_case != Case.None || _context.Now < _restUntil)
        {
            long later = _context.Now + _random.Ms(500, 2_000);
            if (later < _context.Plan.FaultsEnd)
            {
                _context.Scheduler.At(later, this, Exchange);
            }

            return;
        }

        Begin();
        Send();
    }

    private void Begin()
    {
        _kind = _random.Pick<KeyKind>(_kinds);
        _firstStan = _stan + 1;
        _refusals = 0;
        int draw = _random.Below(10);
        bool hasEarlier = Book.Earlier.Count > 0;
        _case = draw < 2 ? Case.OtherCheckValue
            : draw < 4 && hasEarlier ? Case.Replayed
            : draw == 4 && _forger is not null ? Case.Forged
            : Case.New;
        ulong key = _case switch
        {
            Case.Replayed => Book.Earlier[_random.Below(Book.Earlier.Count)],
            Case.Forged => _forged,
            _ => _random.Next(),
        };
        _text = (_kind == KeyKind.Zpk ? "P" : "M") + KeyBook.TextOf(key, 'X') + KeyBook.CheckOf(key);
        if (_case == Case.OtherCheckValue)
        {
            // Another key, sound in itself, with the check value of the one that is meant.
            ulong other = _random.Next();
            _text = _text[..1] + KeyBook.TextOf(other, 'X') + KeyBook.CheckOf(key);
        }
        else if (_case == Case.New)
        {
            Book.Begin(key);
        }

        Note($"sends key {KeyBook.CheckOf(key)}, {_kind}, which is {_case}");
    }

    private void Send()
    {
        if (_findLine() is { } line)
        {
            PartyCodec codec = _case == Case.Forged ? _forger! : _codec;
            codec.Start(800, _context.WallMs);
            codec.Set(Field.TransmissionDateTime, _context.TransmissionTime, 10);
            codec.Set(Field.Stan, ++_stan, 6);
            codec.Set(Field.NetworkCode, Changes + _random.Below(_codes), 3);
            codec.Set(_field, System.Text.Encoding.ASCII.GetBytes(_text));
            _context.Network.Send(line, toNode: true, _context.Network.Take(codec.Write()));
        }

        _context.Scheduler.In(_random.Ms(500, 4_000), this, Again, _firstStan);
    }

    private void End()
    {
        _case = Case.None;
        _restUntil = _context.Now + _random.Ms(1_000, 5_000);
    }

    private ulong OfForger(int place) => place == 0 ? _forged : 0;

    private void Complain(string what) => _context.Report("I27", 0, $"{Name}: {what}");

    private void Note(string what)
    {
        if (_context.IsWatched(0))
        {
            _context.Note(0, $"{Name} {what}");
        }
    }

    private string Name => $"{(_isIssuer ? "issuer" : "acquirer")} {_party}";
}
