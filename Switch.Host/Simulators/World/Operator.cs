using Switch.Routing.Core;
using Switch.Routing.Operations;
using Switch.Routing.Records;

namespace Switch.Host.Simulators.World;

/// <summary>
/// A person with commands: forces stand-in and ends it, holds what an issuer is owed and lets it go, decides about
/// parked messages, and clears keys that are over a rule of velocity. When the world has healed, everything is put back
/// in order.
/// </summary>
internal sealed class Operator : IActor
{
    private const int Act = 70;
    private const int Tidy = 71;

    private readonly WorldContext _context;
    private readonly Node _node;
    private readonly RandomSource _random;
    private readonly List<ulong> _parked = [];
    private readonly List<VelocityListing> _over = [];
    private readonly Action<AuthorizationCore> _act;
    private readonly Action<AuthorizationCore> _tidy;
    private bool _isHealed;

    public Operator(WorldContext context, Node node, RandomSource random)
    {
        _context = context;
        _node = node;
        _random = random;
        _act = DoSomething;
        _tidy = PutInOrder;
        for (int i = 0; i < context.Plan.Commands; i++)
        {
            context.Scheduler.At(random.Between(0, context.Plan.FaultsEnd), this, Act);
        }
    }

    /// <summary>After healing: every command was taken.</summary>
    public bool IsDone { get; private set; }

    public void Heal()
    {
        _isHealed = true;
        _context.Scheduler.In(0, this, Tidy);
    }

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Kind == Act && !_isHealed)
        {
            _node.Tell(_act);
        }
        else if (scheduled.Kind == Tidy && !IsDone)
        {
            _node.Tell(_tidy);
            _context.Scheduler.In(TimeSpan.TicksPerSecond, this, Tidy);
        }
    }

    private void DoSomething(AuthorizationCore core)
    {
        if (_context.Plan.Core.Velocity.Rules.Count > 0)
        {
            ClearVelocity(core); // As well: worlds without rules stay what they were in earlier versions.
        }

        int issuer = _random.Below(_context.Plan.Issuers.Length);
        switch (_random.Below(6))
        {
            case 0 or 1:
                _context.Count(Fault.OperatorForces);
                Change(core, _random.Pick(CoreCommandKind.ForceStandIn, CoreCommandKind.RestoreIssuer), issuer);
                break;
            case 2 or 3:
                _context.Count(Fault.OperatorPauses);
                Change(core, _random.Pick(CoreCommandKind.PauseAdvices, CoreCommandKind.ResumeAdvices), issuer);
                break;
            default:
                ListParked(core, issuer);
                if (_parked.Count > 0)
                {
                    CoreCommandKind kind = _random.Pick(
                        CoreCommandKind.RetryParked, CoreCommandKind.ReleaseParked, CoreCommandKind.WriteOffParked);
                    Unpark(core, kind, _parked[_random.Below(_parked.Count)]);
                }

                break;
        }
    }

    private void PutInOrder(AuthorizationCore core)
    {
        bool isDone = true;
        for (int issuer = 0; issuer < _context.Plan.Issuers.Length; issuer++)
        {
            isDone &= Change(core, CoreCommandKind.RestoreIssuer, issuer);
            isDone &= Change(core, CoreCommandKind.ResumeAdvices, issuer);
            ListParked(core, issuer);
            foreach (ulong item in _parked)
            {
                if (item % 2 == 0)
                {
                    Unpark(core, CoreCommandKind.RetryParked, item); // The others stay with their person.
                }
            }
        }

        IsDone |= isDone;
    }

    private void ListParked(AuthorizationCore core, int issuer)
    {
        _parked.Clear();
        core.Execute(new CoreCommand
        {
            Kind = CoreCommandKind.ListOwed, Issuer = issuer, OnlyParked = true, CountMax = CoreCommand.PageMax,
            Visitor = listing => _parked.Add(listing.Id),
        });
    }

    private void ClearVelocity(AuthorizationCore core)
    {
        _over.Clear();
        core.Execute(new CoreCommand
        {
            Kind = CoreCommandKind.ListVelocity, PercentMin = 100, CountMax = CoreCommand.PageMax,
            VelocityVisitor = listing => _over.Add(listing),
        });
        _over.RemoveAll(static listing => !listing.IsOver);
        if (_over.Count > 0)
        {
            VelocityListing one = _over[_random.Below(_over.Count)];
            CoreCommandResult result = core.Execute(new CoreCommand
            {
                Kind = CoreCommandKind.ClearVelocity, Rule = one.Rule, Key = one.Key, Who = "operator",
                Why = "simulated",
            });
            if (result.Outcome == CoreCommandOutcome.Done)
            {
                _context.Count(Fault.OperatorClears);
            }
        }
    }

    private void Unpark(AuthorizationCore core, CoreCommandKind kind, ulong item)
    {
        _context.Count(Fault.OperatorUnparks);
        core.Execute(new CoreCommand { Kind = kind, Item = item, Who = "operator", Why = "simulated" });
    }

    private static bool Change(AuthorizationCore core, CoreCommandKind kind, int issuer)
    {
        var command = new CoreCommand { Kind = kind, Issuer = issuer, Who = "operator", Why = "simulated" };
        return core.Execute(command).Outcome is CoreCommandOutcome.Done or CoreCommandOutcome.NothingToDo;
    }
}
