using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Recovery;

/// <summary>A core that is restored and replays the rest is the core that replayed everything.</summary>
public sealed class CoreStateTests
{
    private static readonly (CoreConfiguration Configuration, IReadOnlyList<StoredRecord> Records) History =
        RichHistory.Make(isMixed: true);

    private static readonly (CoreConfiguration Configuration, IReadOnlyList<StoredRecord> Records) Plain =
        RichHistory.Make(isMixed: false);

    [Fact]
    public void Restore_AtEveryPosition_StandsAsAfterAFullReplay()
    {
        List<SavedRecord> full = StateAfter(History.Records);
        for (int cut = 0; cut <= History.Records.Count; cut++)
        {
            AuthorizationCore core = Restored(StateAfter(History.Records.Take(cut)), new NoEffects());
            Replay(core, History.Records.Skip(cut));

            Assert.Equal(full, StateOf(core));
        }
    }

    /// <summary>What no comparison of states sees, because both forget to save it, shows in what they do.</summary>
    [Fact]
    public void Restore_AtEveryPosition_ActsAsAfterAFullReplay()
    {
        List<string> expected = ActsAfter(History.Records.Count);
        Assert.True(expected.Count > 10, string.Join('\n', expected));
        for (int cut = 0; cut < History.Records.Count; cut++)
        {
            Assert.Equal(expected, ActsAfter(cut));
        }
    }

    [Fact]
    public void Save_OfARichHistory_HasEveryKindOfRow()
    {
        var core = new AuthorizationCore(Plain.Configuration, new NoEffects());
        Replay(core, Plain.Records);
        var types = StateAfter(History.Records).Concat(StateOf(core)).Select(record => (StateType)record.Type)
            .ToHashSet();

        StateType[] earlier = [StateType.None, StateType.Remembered, StateType.RememberedWithTimes];
        Assert.Equal(Enum.GetValues<StateType>().Except(earlier).Order(), types.Order());
    }

    [Fact]
    public void Restore_WithoutOneOfItsRecords_IsNotTheSame()
    {
        List<SavedRecord> full = StateAfter(History.Records);
        for (int missing = 0; missing < full.Count - 1; missing++)
        {
            List<SavedRecord> less = [.. full];
            less.RemoveAt(missing);

            Assert.Throws<RecordFormatException>(() => Restored(less, new NoEffects()));
            if (missing > 0)
            {
                less.RemoveAt(less.Count - 1); // Without the record that counts them it shows in what is not there.
                List<SavedRecord> state = [];
                Exception? refused = Record.Exception(() => state = StateOf(Restored(less, new NoEffects())));
                Assert.True(refused is null or RecordFormatException, $"{refused}");
                Assert.NotEqual(full, state);
            }
        }
    }

    [Fact]
    public void Restore_RecordCutShort_Refuses()
    {
        foreach (SavedRecord record in StateAfter(History.Records))
        {
            byte[] open = Convert.FromHexString(record.Open);
            AuthorizationCore core = Restored(StateAfter(History.Records), new NoEffects());
            Assert.Throws<RecordFormatException>(() =>
                core.RestoreState(record.Type, open.AsSpan(0, open.Length - 1), Convert.FromHexString(record.Secret)));
        }
    }

    [Fact]
    public void Restore_IssuerOwedAndGone_NamesWhatIsMissing()
    {
        List<SavedRecord> state = StateAfter(History.Records);
        CoreConfiguration other = History.Configuration with
        {
            Issuers = [.. History.Configuration.Issuers.Select(issuer => issuer with { Name = "new-" + issuer.Name })],
        };

        RecordFormatException refused = Assert.Throws<RecordFormatException>(() =>
        {
            var core = new AuthorizationCore(other, new NoEffects());
            state.ForEach(record => record.GiveTo(core));
        });

        Assert.Contains("not configured", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Else approvals after a jump of the clock would be dated otherwise than by a core that replayed everything: what
    /// was counted in a later hour may be held no more.
    /// </summary>
    [Fact]
    public void Restore_LatestMomentOfStandIn_IsKept()
    {
        const int At = 2 * (1 + sizeof(long) + sizeof(long)); // Behind layout, durable LSN and epoch, in hexadecimal.
        List<SavedRecord> state = StateAfter(History.Records);
        Assert.NotEqual(new string('0', 16), state[0].Open.Substring(At, 16));
        string later = Convert.ToHexString(BitConverter.GetBytes(4_102_444_800_000L)); // The year 2100.
        state[0] = state[0] with { Open = state[0].Open.Remove(At, later.Length).Insert(At, later) };

        Assert.Equal(state[0], StateOf(Restored(state, new NoEffects()))[0]);
    }

    /// <summary>Each row must be the named issuer's again: the issuer at the same position is another one.</summary>
    [Fact]
    public void Restore_IssuersInAnotherOrder_AreFoundByName()
    {
        List<SavedRecord> state = StateAfter(History.Records);
        IReadOnlyList<IssuerSettings> issuers = History.Configuration.Issuers;
        IssuerSettings[] turned = [issuers[1], issuers[0]];

        var core = new AuthorizationCore(History.Configuration with { Issuers = turned }, new NoEffects());
        state.ForEach(record => record.GiveTo(core));

        string[] expected = RowsOf(state, issuers);
        Assert.Equal(expected, RowsOf(StateOf(core), turned));

        // Rows that name no issuer, or both alike, could not tell a position from a name: so such a mistake must show.
        Assert.NotEqual(expected, RowsOf(StateOf(core), issuers));
        Assert.All(
            [StateType.RememberedWithName, StateType.Approval, StateType.Owed, StateType.LiveStan, StateType.Issuer],
            type => Assert.NotEqual(RowsOf(state, issuers, type), RowsOf(state, turned, type)));
    }

    /// <summary>A message that an operator let go next goes next: by its amount alone it would be the last.</summary>
    [Fact]
    public void Restore_MessageInFrontOfAllOthers_StillGoesNext()
    {
        var rig = new CoreRig(static configuration => configuration with
        {
            Issuers = [.. configuration.Issuers.Select(static issuer => issuer with
            {
                Advices = new AdviceSettings { Order = AdviceOrder.LargestFirst, Window = 1 },
            })],
        });
        rig.Request(stan: 1, amount: 10);
        rig.LinksUp();
        rig.Advance(TimeSpan.FromSeconds(1));
        rig.Reply(rig.World.ToLinks[^1], code: "30");
        ulong parked = (ulong)rig.World.Incidents.Last(one => one.Incident == Incident.AdviceParked).Subject;
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        rig.Request(stan: 2, amount: 4_000, card: CoreRig.OtherCard);
        rig.Core.Execute(RichHistory.Command(CoreCommandKind.ReleaseParked, issuer: 0) with { Item = parked });
        rig.Commit();

        var core = new AuthorizationCore(rig.Configuration, new NoEffects());
        Replay(core, rig.World.Records);
        var world = new FakeWorld(rig.Configuration);
        var second = new AuthorizationCore(rig.Configuration, world);
        StateOf(core).ForEach(record => record.GiveTo(second));
        var restored = new CoreRig(second, world, rig.Configuration, rig.World.Records);
        restored.Settle();
        restored.LinksUp();
        restored.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("000000000010", restored.World.ToLinks[0][4]);
    }

    private static string[] RowsOf(
        List<SavedRecord> state, IReadOnlyList<IssuerSettings> issuers, StateType? only = null) =>
    [
        .. state.Where(record => only is null || (StateType)record.Type == only)
            .SelectMany(record => SavedRows.ByName(
                (StateType)record.Type, Convert.FromHexString(record.Open), record.Secret, issuers))
            .Order(StringComparer.Ordinal),
    ];

    private static List<SavedRecord> StateAfter(IEnumerable<StoredRecord> records)
    {
        var core = new AuthorizationCore(History.Configuration, new NoEffects());
        Replay(core, records);
        return StateOf(core);
    }

    internal static List<SavedRecord> StateOf(AuthorizationCore core)
    {
        var records = new List<SavedRecord>();
        core.SaveState((type, open, secret) =>
            records.Add(new SavedRecord(type, Convert.ToHexString(open), Convert.ToHexString(secret))));
        return records;
    }

    private static AuthorizationCore Restored(List<SavedRecord> state, IEffects effects)
    {
        var core = new AuthorizationCore(History.Configuration, effects);
        state.ForEach(record => record.GiveTo(core));
        return core;
    }

    private static void Replay(AuthorizationCore core, IEnumerable<StoredRecord> records)
    {
        foreach (StoredRecord record in records)
        {
            core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }
    }

    // Everything that leaves the core when it comes up and life goes on.
    private static List<string> ActsAfter(int cut)
    {
        var world = new FakeWorld(History.Configuration);
        AuthorizationCore core = Restored(StateAfter(History.Records.Take(cut)), world);
        Replay(core, History.Records.Skip(cut));
        var rig = new CoreRig(core, world, History.Configuration, History.Records);
        rig.Core.Execute(RichHistory.Command(CoreCommandKind.ResumeAdvices, issuer: 0));
        rig.Settle();
        rig.LinksUp();
        rig.Advance(TimeSpan.FromSeconds(2));
        for (int stan = 1; stan <= 11; stan++)
        {
            rig.Request(stan: stan, mti: "0101", card: stan is 8 or 9 ? CoreRig.CardWithoutStandIn : CoreRig.Card);
        }

        rig.Reversal(originalStan: 2, stan: 20, amount: 4_000);
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        for (int stan = 30; stan < 36; stan++)
        {
            rig.Request(stan: stan, amount: 9_000);
        }

        rig.Advance(TimeSpan.FromSeconds(5));
        return [.. world.Records.Select(record =>
            $"{record.Lsn} {record.Type} {Convert.ToHexString(record.Open)} {Convert.ToHexString(record.Secret)}")
            .Concat(world.ToLinks.Concat(world.ToSessions).Select(Describe)), rig.Counters.ToString()];
    }

    private static string Describe(SentMessage sent) =>
        $"{sent.Target} {sent.Mti} " + string.Join(' ', Enumerable.Range(2, 120).Where(sent.Has).Select(
            field => $"{field}={sent[field]}"));

    internal sealed record SavedRecord(byte Type, string Open, string Secret)
    {
        public void GiveTo(AuthorizationCore core) =>
            core.RestoreState(Type, Convert.FromHexString(Open), Convert.FromHexString(Secret));
    }
}
