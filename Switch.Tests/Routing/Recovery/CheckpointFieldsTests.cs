using System.Reflection;
using Switch.Routing.Cards;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Recovery;
using Switch.Routing.StandIn;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Totals;

namespace Switch.Tests.Routing.Recovery;

/// <summary>
/// Goal: state that is added to recovery is added to the checkpoint. Method: the fields of every class that recovery
/// fills, counted when the checkpoint was last looked through. If this fails: is the new field rebuilt from records?
/// Then save and restore it in Switch.Routing/Recovery, and let RichHistory reach it. If not, only change the count.
/// </summary>
public sealed class CheckpointFieldsTests
{
    [Theory]
    [InlineData(typeof(CoreReplay), 14)]
    [InlineData(typeof(InDoubt), 6)]
    [InlineData(typeof(InDoubtTable), 2)]
    [InlineData(typeof(CoreContext), 27)]
    [InlineData(typeof(IssuerState), 20)]
    [InlineData(typeof(StanAllocator), 5)]
    [InlineData(typeof(IssuerQueue), 15)]
    [InlineData(typeof(OwedItem), 33)]
    [InlineData(typeof(ReadyLines), 4)]
    [InlineData(typeof(Backlog), 12)]
    [InlineData(typeof(BacklogEntry), 17)]
    [InlineData(typeof(BacklogMoves), 7)]
    [InlineData(typeof(ParkedMessages), 3)]
    [InlineData(typeof(OwedTable), 6)]
    [InlineData(typeof(SafDelivery), 5)]
    [InlineData(typeof(DuplicateTable), 9)]
    [InlineData(typeof(FormerCards), 9)]
    [InlineData(typeof(RememberedIndex<ByKey>), 7)]
    [InlineData(typeof(Remembered), 14)]
    [InlineData(typeof(KeptAmounts), 3)]
    [InlineData(typeof(StandInLedger), 11)]
    [InlineData(typeof(StandInRecovery), 3)]
    [InlineData(typeof(NegativeFileOverlay), 2)]
    [InlineData(typeof(SettlementTotals), 9)]
    [InlineData(typeof(TotalsRow), 4)]
    public void Type_Fields_AreThoseThatTheCheckpointKnows(Type type, int count)
    {
        FieldInfo[] fields = type.GetFields(
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

        Assert.True(fields.Length == count, $"{fields.Length}: " + string.Join(", ", fields.Select(one => one.Name)));
    }
}
