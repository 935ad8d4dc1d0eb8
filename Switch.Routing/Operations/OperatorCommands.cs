using System.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Records;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Transactions;

namespace Switch.Routing.Operations;

/// <summary>
/// What people tell the switch to do. Every change is recorded with who and why before it takes effect, and recovery
/// applies the record by the same code. A cold path: it may allocate.
/// </summary>
internal sealed class OperatorCommands(
    CoreContext context, OwedTable table, SafDelivery forward, TransactionLog log, StandInRules rules,
    VelocityCheck velocity)
{
    private const int WhoMax = 64;
    private const int WhyMax = 200;

    // The shortest card number in use has 13 digits (docs/domain.md section 1.3); a shorter run is a reference or a
    // telephone.
    private const int CardDigitsMin = 13;

    // Places looked at for one page: the core's thread has payments to do. Under half a millisecond.
    private const int PlacesMax = 4_000;

    // Where a list goes on: a place, or from here on a row of a backlog.
    private const int FirstRow = 1 << 30;

    private readonly OwedItem _resting = new(-1);
    private readonly VelocityCommands _velocity = new(context, velocity);

    private long _auditLsn;

    /// <summary>Does what a person asks, or says why not.</summary>
    public CoreCommandResult Execute(in CoreCommand command)
    {
        _auditLsn = 0;
        return Do(command) with { AuditLsn = _auditLsn };
    }

    private CoreCommandResult Do(in CoreCommand command)
    {
        if (command.Kind == CoreCommandKind.FindParked)
        {
            return new CoreCommandResult(forward.FindParked(command.Item) is null
                ? CoreCommandOutcome.NotFound : CoreCommandOutcome.Done);
        }

        if (command.Kind == CoreCommandKind.ListOwed)
        {
            return List(command);
        }

        if (command.Kind == CoreCommandKind.ListIssuers)
        {
            return ListIssuers(command);
        }

        if (command.Kind == CoreCommandKind.ListVelocity)
        {
            return _velocity.List(command);
        }

        if (!IsText(command.Who, WhoMax) || !IsText(command.Why, WhyMax))
        {
            return new CoreCommandResult(CoreCommandOutcome.BadText);
        }

        if (command.Kind == CoreCommandKind.Audit)
        {
            return context.JournalFailed || command.Audit is null
                ? new CoreCommandResult(CoreCommandOutcome.Unavailable)
                : new CoreCommandResult(CoreCommandOutcome.Done, RecordAudit(command));
        }

        if (command.Kind == CoreCommandKind.ReplaceCardLists)
        {
            return ReplaceCardLists(command);
        }

        if (command.Kind == CoreCommandKind.ClearVelocity)
        {
            return ClearVelocity(command);
        }

        bool isAboutItem = IsAboutItem(command.Kind);
        OwedItem? item = isAboutItem ? forward.FindParked(command.Item) : null;
        int issuer = item?.Issuer ?? command.Issuer;
        bool isKnown = command.Kind is (>= CoreCommandKind.RetryParked and <= CoreCommandKind.ResumeAdvices)
            or CoreCommandKind.ReconnectIssuer;
        if (!isKnown || (uint)issuer >= (uint)context.Issuers.Length || (isAboutItem && item is null))
        {
            return new CoreCommandResult(CoreCommandOutcome.NotFound);
        }

        if (!isAboutItem && !Changes(command.Kind, context.Issuers[issuer]))
        {
            return new CoreCommandResult(CoreCommandOutcome.NothingToDo);
        }

        if (context.JournalFailed)
        {
            return new CoreCommandResult(CoreCommandOutcome.Unavailable);
        }

        long lsn = Record(command, context.Configuration.Issuers[issuer].Name);
        Report(command.Kind, issuer, command.Item);
        Apply(command.Kind, issuer, item, lsn);
        return new CoreCommandResult(CoreCommandOutcome.Done, lsn);
    }

    /// <summary>Makes a recorded command so: now, or from the journal.</summary>
    public void Apply(CoreCommandKind kind, int index, OwedItem? item, long lsn)
    {
        IssuerState issuer = context.Issuers[index];
        switch (kind)
        {
            case CoreCommandKind.RetryParked when item is { State: OwedState.Parked }:
                forward.Unpark(item, lsn, goesNext: false);
                break;
            case CoreCommandKind.ReleaseParked when item is { State: OwedState.Parked }:
                forward.Unpark(item, lsn, goesNext: true);
                break;
            case CoreCommandKind.WriteOffParked when item is { State: OwedState.Parked }:
                forward.WriteOff(item);
                break;
            case CoreCommandKind.ForceStandIn:
                issuer.IsForcedToStandIn = true;
                break;
            case CoreCommandKind.RestoreIssuer:
                issuer.IsForcedToStandIn = false;
                break;
            case CoreCommandKind.PauseAdvices:
                AdvicePauses.Change(context, issuer, AdvicePause.Operator, AdvicePause.None);
                break;
            case CoreCommandKind.ResumeAdvices:
                AdvicePauses.Change(context, issuer, AdvicePause.None, AdvicePause.Operator);
                break;
        }
    }

    // Who ordered it before what it does: a crash between the two leaves an order without effect, never the reverse.
    private long Record(in CoreCommand command, string issuer)
    {
        if (command.Audit is not null)
        {
            RecordAudit(command);
        }

        return log.Append(transaction: 0, new OperatorActionRecord
        {
            Kind = command.Kind,
            Issuer = Encoding.ASCII.GetBytes(issuer),
            Item = command.Item,
            Who = Encoding.UTF8.GetBytes(command.Who!),
            Why = Encoding.UTF8.GetBytes(command.Why!),
        });
    }

    private long RecordAudit(in CoreCommand command)
    {
        AuditEntry audit = command.Audit!;
        return _auditLsn = log.Append(transaction: 0, new AuditRecord
        {
            Outcome = audit.Outcome,
            Command = Bounded(audit.Command, AuditEntry.CommandMax),
            Arguments = Bounded(audit.Arguments, AuditEntry.ArgumentsMax),
            Who = Encoding.UTF8.GetBytes(command.Who!),
            Role = Bounded(audit.Role, AuditEntry.CommandMax),
            From = Bounded(audit.From, AuditEntry.FromMax),
            Why = Encoding.UTF8.GetBytes(command.Why!),
            Second = Bounded(audit.Second, WhoMax),
        });
    }

    // What does not fit is cut at a character: half an argument says more than no record.
    private static byte[] Bounded(string text, int sizeMax)
    {
        string cut = text;
        while (Encoding.UTF8.GetByteCount(cut) > sizeMax)
        {
            cut = cut[..^1];
        }

        return Encoding.UTF8.GetBytes(cut);
    }

    private CoreCommandResult ReplaceCardLists(in CoreCommand command)
    {
        if (command.CardLists is not { } lists || lists.Count != context.CardLists.Length)
        {
            return new CoreCommandResult(CoreCommandOutcome.NotFound);
        }

        if (context.JournalFailed)
        {
            return new CoreCommandResult(CoreCommandOutcome.Unavailable);
        }

        long lsn = Record(command, issuer: "");
        for (int profile = 0; profile < lists.Count; profile++)
        {
            rules.Replace(profile, lists[profile]);
        }

        return new CoreCommandResult(CoreCommandOutcome.Done, lsn);
    }

    private CoreCommandResult ClearVelocity(in CoreCommand command)
    {
        if (context.JournalFailed)
        {
            return new CoreCommandResult(CoreCommandOutcome.Unavailable);
        }

        return _velocity.TryClear(command, out string what)
            ? new CoreCommandResult(CoreCommandOutcome.Done, Record(command, what))
            : new CoreCommandResult(CoreCommandOutcome.NotFound);
    }

    private CoreCommandResult ListIssuers(in CoreCommand command)
    {
        if (command.IssuerVisitor is null)
        {
            return new CoreCommandResult(CoreCommandOutcome.NotFound);
        }

        foreach (IssuerState issuer in context.Issuers)
        {
            int ready = 0;
            foreach (LinkRecord link in issuer.Links)
            {
                ready += link.State == LinkState.Ready ? 1 : 0;
            }

            command.IssuerVisitor(new IssuerListing
            {
                Name = issuer.Settings.Name,
                Links = issuer.Links.Length,
                LinksReady = ready,
                InFlight = issuer.InFlight,
                IsSignedOff = issuer.IsSignedOff,
                IsForcedToStandIn = issuer.IsForcedToStandIn,
                IsBreakerOpen = issuer.Breaker.IsOpen,
                Health = issuer.Health.Whole.State.ToString(),
                TrafficPercent = issuer.Health.Whole.Percent,
                Sick = SickPartsOf(issuer),
                AdvicesPausedBy = issuer.Queue.PausedBy.ToString(),
                AdvicesPerSecond = issuer.Queue.Rate.PerSecond,
                AdvicesDoneInSeconds = DoneInSeconds(issuer),
                Owed = issuer.Queue.Count,
                OwedOnDisk = issuer.Queue.Backlog?.Count ?? 0,
                Parked = issuer.Queue.ParkedCount,
                StandInExposure = context.Ledger.Exposure(issuer.Index),
                TraceNumbersFree = issuer.Stans.FreeCount,
            });
        }

        return new CoreCommandResult(CoreCommandOutcome.Done, 0, context.Issuers.Length);
    }

    private static long DoneInSeconds(IssuerState issuer)
    {
        int left = issuer.Queue.Count;
        bool isGoing = issuer.HasReadyLink && issuer.Queue.PausedBy == AdvicePause.None && issuer.Queue.Backoff == 0;
        return left == 0 ? 0 : isGoing ? 1 + (left / issuer.Queue.Rate.PerSecond) : -1;
    }

    private string SickPartsOf(IssuerState issuer)
    {
        IEnumerable<string> links = issuer.Health.Links.Where(static link => !link.IsGood)
            .Select(static link => $"link {link.Place} {link.State}");
        IEnumerable<string> routes = issuer.Health.Routes.Where(static route => !route.IsGood)
            .Select(route => $"route {context.Configuration.Routes.Routes[route.Place].Prefix} {route.State}");
        return string.Join(", ", links.Concat(routes)).ToLowerInvariant();
    }

    private void Report(CoreCommandKind kind, int issuer, ulong item)
    {
        if (kind is CoreCommandKind.ForceStandIn or CoreCommandKind.RestoreIssuer)
        {
            context.Effects.Raise(Incident.StandInForced, issuer, kind == CoreCommandKind.ForceStandIn ? 1 : 0);
        }
        else if (kind == CoreCommandKind.WriteOffParked)
        {
            context.Effects.Raise(Incident.OwedWrittenOff, (long)item, issuer);
        }
    }

    private CoreCommandResult List(in CoreCommand command)
    {
        if ((uint)command.Issuer >= (uint)context.Issuers.Length || command.After < 0 || command.Visitor is null)
        {
            return new CoreCommandResult(CoreCommandOutcome.NotFound);
        }

        int countMax = Math.Clamp(command.CountMax, 1, CoreCommand.PageMax);
        int end = (int)Math.Min(table.Places, (long)command.After + PlacesMax);
        int count = 0;
        int place = command.After;
        for (; place < end && count < countMax; place++)
        {
            OwedItem item = table[place];
            bool isMeant = item.State != OwedState.Free && item.Issuer == command.Issuer
                && (!command.OnlyParked || item.State == OwedState.Parked);
            if (isMeant)
            {
                command.Visitor(ListingOf(item));
                count++;
            }
        }

        int next = place < table.Places ? place : -1;
        if (place >= table.Places && !command.OnlyParked)
        {
            next = ListResting(command, countMax, ref count);
        }

        return new CoreCommandResult(CoreCommandOutcome.Done, 0, count, next);
    }

    // Behind all places come those that rest on the disk. A page ends where one is not in memory: the next call goes on
    // there.
    private int ListResting(in CoreCommand command, int countMax, ref int count)
    {
        if (context.Issuers[command.Issuer].Queue.Backlog is not { Count: > 0 } backlog)
        {
            return -1;
        }

        long row = backlog.After(Math.Max(backlog.First, command.After - FirstRow) - 1);
        while (row != 0 && count < countMax && backlog.TryPeek(row, _resting, mayWait: false))
        {
            command.Visitor!(ListingOf(_resting));
            _resting.Reset();
            count++;
            row = backlog.After(row);
        }

        return row == 0 ? -1 : FirstRow + (int)row;
    }

    private static OwedListing ListingOf(OwedItem item)
    {
        ReadOnlySpan<byte> image = item.Image.AsSpan(0, item.ImageSize);
        bool hasCard = FieldImage.TryRead(image, Field.Pan, out ReadOnlySpan<byte> digits);
        bool hasAmount = FieldImage.TryRead(image, Field.Amount, out ReadOnlySpan<byte> amount);
        return new OwedListing
        {
            Id = item.Id,
            Transaction = item.Transaction,
            Kind = item.Kind.ToString(),
            State = item.State.ToString(),
            Mti = item.Mti.ToString(),
            Stan = item.Stan,
            Card = hasCard && Pan.TryParse(digits, out Pan pan) ? pan.ToString() : "",
            Amount = hasAmount ? Encoding.ASCII.GetString(amount) : "",
            Reason = (int)item.Reason,
            Attempts = item.Attempts,
            Refusals = item.Refusals,
        };
    }

    private static bool IsAboutItem(CoreCommandKind kind) =>
        kind is CoreCommandKind.RetryParked or CoreCommandKind.ReleaseParked or CoreCommandKind.WriteOffParked;

    private static bool Changes(CoreCommandKind kind, IssuerState issuer) => kind switch
    {
        CoreCommandKind.ForceStandIn => !issuer.IsForcedToStandIn,
        CoreCommandKind.RestoreIssuer => issuer.IsForcedToStandIn,
        CoreCommandKind.ReconnectIssuer => Array.Exists(issuer.Links, static link => link.State == LinkState.Down),
        CoreCommandKind.PauseAdvices => (issuer.Queue.PausedBy & AdvicePause.Operator) == 0,
        _ => (issuer.Queue.PausedBy & AdvicePause.Operator) != 0,
    };

    // The record's open part is not encrypted, so what people write must hold no card number, spaced or not.
    private static bool IsText(string? text, int sizeMax)
    {
        if (string.IsNullOrWhiteSpace(text) || Encoding.UTF8.GetByteCount(text) > sizeMax
            || !ReferenceEquals(FreeText.Mask(text), text))
        {
            return false;
        }

        int digits = 0;
        foreach (char character in text)
        {
            if (char.IsControl(character))
            {
                return false;
            }

            if (char.IsDigit(character))
            {
                digits++;
            }
            else if (character is not (' ' or '-' or '.'))
            {
                digits = 0;
            }

            if (digits >= CardDigitsMin)
            {
                return false;
            }
        }

        return true;
    }
}
