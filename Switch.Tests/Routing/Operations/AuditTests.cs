using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Operations;

/// <summary>What an auditor asks is in the journal before what a command changes.</summary>
public class AuditTests
{
    private static readonly AuditEntry Entry = new()
    {
        Command = "force-standin", Arguments = "issuer=primary", Role = "operator", From = "10.0.0.7", Second = "sato",
    };

    [Fact]
    public void Change_WithAnAudit_WritesItBeforeItsOwnRecord()
    {
        CoreRig rig = new();
        CoreCommandResult result = rig.Core.Execute(Force() with { Audit = Entry });

        StoredRecord[] written = [.. rig.World.Records.Where(static one => one.Lsn > 0).TakeLast(2)];
        Assert.Equal([RecordType.Audit, RecordType.OperatorAction], written.Select(static one => one.Type));
        Assert.Equal(written[1].Lsn, result.Lsn);
        AuditFact fact = AuditFact.Of(written[0].Lsn, written[0].Type, written[0].Open)!;
        Assert.Equal(("anna", "drill", Entry), (fact.Who, fact.Why, fact.Entry));
    }

    [Fact]
    public void Change_ThatIsSoAlready_WritesNone()
    {
        CoreRig rig = new();
        rig.Core.Execute(Force() with { Audit = Entry });
        int before = rig.World.Records.Count;

        CoreCommandResult again = rig.Core.Execute(Force() with { Audit = Entry });

        Assert.Equal((CoreCommandOutcome.NothingToDo, before), (again.Outcome, rig.World.Records.Count));
    }

    [Fact]
    public void Audit_Alone_IsWrittenAndChangesNothing()
    {
        CoreRig rig = new();
        CoreCommandResult result = rig.Core.Execute(new CoreCommand
        {
            Kind = CoreCommandKind.Audit, Who = "anna", Why = "renewed",
            Audit = Entry with { Command = "reload-tls", Outcome = AuditOutcome.Begun },
        });

        StoredRecord written = rig.World.Records[^1];
        Assert.Equal((CoreCommandOutcome.Done, written.Lsn), (result.Outcome, result.Lsn));
        Assert.Equal(AuditOutcome.Begun, AuditFact.Of(written.Lsn, written.Type, written.Open)!.Entry.Outcome);
    }

    [Theory]
    [InlineData("", "why")]
    [InlineData("anna", " ")]
    [InlineData("anna", "card 4000001234567899")]
    public void Audit_WithBadText_IsNotWritten(string who, string why)
    {
        CoreRig rig = new();
        CoreCommandResult result = rig.Core.Execute(
            new CoreCommand { Kind = CoreCommandKind.Audit, Who = who, Why = why, Audit = Entry });

        Assert.Equal(CoreCommandOutcome.BadText, result.Outcome);
        Assert.DoesNotContain(rig.World.Records, static one => one.Type == RecordType.Audit);
    }

    [Fact]
    public void Audit_OfTextsThatAreTooLong_CutsThemAtACharacter()
    {
        CoreRig rig = new();
        rig.Core.Execute(Force() with
        {
            Audit = Entry with { Arguments = new string('ü', 500), From = new string('f', 500) },
        });

        StoredRecord written = rig.World.Records.Last(static one => one.Type == RecordType.Audit);
        AuditEntry read = AuditFact.Of(written.Lsn, written.Type, written.Open)!.Entry;
        Assert.Equal(new string('ü', AuditEntry.ArgumentsMax / 2), read.Arguments);
        Assert.Equal(AuditEntry.FromMax, read.From.Length);
    }

    [Fact]
    public void Fact_OfAnotherOrHalfARecord_IsNone()
    {
        CoreRig rig = new();
        rig.Core.Execute(Force() with { Audit = Entry });
        StoredRecord written = rig.World.Records.Last(static one => one.Type == RecordType.Audit);

        Assert.Null(AuditFact.Of(1, RecordType.OperatorAction, written.Open));
        for (int size = 0; size < written.Open.Length; size++)
        {
            Assert.Null(AuditFact.Of(1, RecordType.Audit, written.Open.AsSpan(0, size)));
        }
    }

    private static CoreCommand Force() =>
        new() { Kind = CoreCommandKind.ForceStandIn, Issuer = 0, Who = "anna", Why = "drill" };
}
