using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;

namespace Switch.Host.Simulators.World;

/// <summary>A record as recovery gave it.</summary>
internal sealed record JournaledRecord(long Lsn, RecordType Type, byte[] Open, byte[] Secret)
{
    public static JournaledRecord Of(
        long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        new(lsn, type, open.ToArray(), secret.ToArray());
}

/// <summary>
/// Recovers through a checkpoint at a place that chance chooses, and compares with a core that replayed everything.
/// </summary>
internal static class NodeCheckpoints
{
    /// <summary>Brings the core up; false when it does not stand as it should.</summary>
    /// <param name="core">The node's own: it goes on from the checkpoint, so that the rest of the world is the test of
    /// what no comparison sees.</param>
    public static bool Recover(
        AuthorizationCore core, List<JournaledRecord> records, Func<IEffects, AuthorizationCore> newCore,
        RandomSource random)
    {
        int cut = (int)random.Between(0, records.Count);
        AuthorizationCore first = newCore(new NoEffects());
        Replay(first, records, 0, cut);
        first.SaveState(core.RestoreState);
        Replay(core, records, cut, records.Count);
        AuthorizationCore full = newCore(new NoEffects());
        Replay(full, records, 0, records.Count);
        return HashOf(core) == HashOf(full);
    }

    private static void Replay(AuthorizationCore core, List<JournaledRecord> records, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            JournaledRecord record = records[i];
            core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }
    }

    private static ulong HashOf(AuthorizationCore core)
    {
        var trace = new Trace();
        core.SaveState((type, open, secret) => trace.Add(Trace.Of(open, secret, type)));
        return trace.Value;
    }
}
