using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.Cards;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Journal;
using Switch.Routing.Owed;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Recovery;

/// <summary>
/// Everything that recovery rebuilds, written down and read back: a core that was restored and then replays the rest of
/// the journal stands as one that replayed all of it. Tables are written in an order of their own, so that two cores
/// that stand alike write the same bytes.
/// </summary>
/// <remarks>
/// State that is added to recovery is added here too; <c>CheckpointFieldsTests</c> lists the fields of every class
/// concerned, and fails when there is a new one.
/// </remarks>
internal sealed class CoreState(
    CoreContext context, CoreReplay recovery, OwedSnapshot owed, FormerCards formers)
{
    private const int NameSizeMax = 65;
    private const int RememberedSize = 68;
    private const int TotalsSize = 7 + (4 * TotalKinds.Count * sizeof(long));

    private long _records;
    private int[] _issuers = [];
    private int[] _acquirers = [];

    /// <summary>Writes it all. Only between two records of recovery, before it is finished.</summary>
    public void Save(StateSink sink)
    {
        var writer = new StateWriter(sink);
        SaveBeginning(writer);
        SaveDuplicates(writer);
        recovery.StandIn.Save(writer);
        owed.Save(writer);
        SaveIssuers(writer);
        SaveFileChanges(writer);
        SaveTokens(writer); // Behind the limits: what they have forgotten by then bears no token.
        SaveTotals(writer);
        writer.Flush();
        RecordWriter end = writer.Row(StateType.End, sizeof(long));
        end.Number64(writer.Records);
        writer.End(end);
        writer.Flush();
    }

    /// <summary>Takes one record back in, in the order in which they were written.</summary>
    /// <exception cref="RecordFormatException">It is not of this version, or not of this configuration.</exception>
    public void Restore(StateType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        var reader = new RecordReader(open);
        if (type == StateType.Beginning)
        {
            RestoreBeginning(ref reader);
        }
        else if (type == StateType.End && (long)reader.Number64() != _records)
        {
            throw new RecordFormatException(context.DurableLsn, "the checkpoint lacks records");
        }

        while (!reader.IsAtEnd && !reader.IsShort)
        {
            RestoreRow(type, ref reader, secret);
        }

        if (reader.IsShort)
        {
            throw new RecordFormatException(context.DurableLsn, $"{type} of the checkpoint ends too soon");
        }

        _records++;
    }

    private void RestoreRow(StateType type, ref RecordReader reader, ReadOnlySpan<byte> secret)
    {
        switch (type)
        {
            case StateType.Remembered or StateType.RememberedWithTimes or StateType.RememberedWithName:
                RestoreRemembered(ref reader, type);
                break;
            case StateType.Partial:
                context.Partials.Set(reader.Number64(), (long)reader.Number64());
                break;
            case StateType.PartialApproval:
                context.PartialApprovals.Set(reader.Number64(), (long)reader.Number64());
                break;
            case StateType.Origin:
                recovery.StandIn.RestoreOrigin(ref reader);
                break;
            case StateType.Approval:
                recovery.StandIn.RestoreApproval(ref reader, _issuers);
                break;
            case StateType.Owed:
                owed.RestoreOwed(ref reader, secret, _issuers);
                break;
            case StateType.InDoubt:
                owed.RestoreInDoubt(ref reader, secret, _issuers);
                break;
            case StateType.LiveStan:
                RestoreLiveStan(ref reader);
                break;
            case StateType.Issuer:
                RestoreIssuer(ref reader);
                break;
            case StateType.FileChange:
                context.FileChanges.Put(
                    reader.Token(), (OverlayState)reader.Byte(), new ResponseCode(reader.Number16()));
                break;
            case StateType.Tokens:
                formers.Restore((CardTokenKind)reader.Byte(), reader.Byte() != 0, (long)reader.Number64());
                break;
            case StateType.TokenKeys:
                formers.Restore(new TokenKeys(
                    reader.Number64(), reader.Number64(), (long)reader.Number64(), (long)reader.Number64()));
                break;
            case StateType.FormerCard:
                formers.Await(reader.Token());
                break;
            case StateType.Totals:
                RestoreTotals(ref reader);
                break;
            case StateType.SettlementDay:
                RestoreSettlementDay(ref reader);
                break;
            default:
                throw new RecordFormatException(context.DurableLsn, $"a checkpoint's record has type {(byte)type}");
        }
    }

    private void SaveBeginning(StateWriter writer)
    {
        CoreConfiguration configuration = context.Configuration;
        int parties = configuration.Issuers.Count + configuration.Acquirers.Count;
        RecordWriter row = writer.Row(StateType.Beginning, 40 + (parties * NameSizeMax));
        row.Byte(StateLayout.Version);
        row.Number64(context.DurableLsn);
        row.Number64(recovery.Epoch);
        row.Number64(context.Ledger.TimeMs);
        row.Number16(configuration.Issuers.Count);
        foreach (IssuerSettings issuer in configuration.Issuers)
        {
            row.Name(issuer.Name);
        }

        row.Number16(configuration.Acquirers.Count);
        foreach (AcquirerSettings acquirer in configuration.Acquirers)
        {
            row.Name(acquirer.Name);
        }

        writer.End(row);
    }

    private void RestoreBeginning(ref RecordReader reader)
    {
        byte layout = reader.Byte();
        if (layout != StateLayout.Version)
        {
            throw new RecordFormatException(0, $"the checkpoint has layout version {layout}");
        }

        context.DurableLsn = (long)reader.Number64();
        recovery.Epoch = reader.Number64();
        context.Ledger.Advance((long)reader.Number64());
        _issuers = ReadNames(ref reader, TotalsRecords.IndexOf(context.Configuration.Issuers, item => item.Name));
        _acquirers = ReadNames(ref reader, TotalsRecords.IndexOf(context.Configuration.Acquirers, item => item.Name));
    }

    // Positions of today by positions of then; -1: a party that is no longer configured.
    private static int[] ReadNames(ref RecordReader reader, Dictionary<string, int> today)
    {
        var indexes = new int[reader.Number16()];
        for (int i = 0; i < indexes.Length; i++)
        {
            indexes[i] = today.GetValueOrDefault(Encoding.ASCII.GetString(reader.Text()), -1);
        }

        return indexes;
    }

    private void SaveDuplicates(StateWriter writer)
    {
        DuplicateTable table = context.Duplicates;
        for (int i = 0; i < table.Count; i++)
        {
            ref readonly Remembered entry = ref table.FromOldest(i);
            RecordWriter row = writer.Row(StateType.RememberedWithName, RememberedSize);
            row.Number64(entry.Key);
            row.Number64(entry.Answer);
            row.Number32(entry.Content);
            row.Number32(entry.Second);
            row.Number32((uint)entry.Reference);
            row.Number16(entry.Issuer);
            row.Byte(entry.Bits);
            row.Byte((byte)entry.Flags);
            row.Number64(entry.Card);
            row.Number64(entry.Amount);
            row.Number32((uint)entry.Stan);
            row.Number32(entry.Time);
            row.Number32(entry.Rrn);
            row.Number32(entry.Place);
            row.Number32((uint)table.TimesOf(in entry).Local);
            writer.End(row);
        }

        Save(writer, StateType.Partial, context.Partials);
        Save(writer, StateType.PartialApproval, context.PartialApprovals);
    }

    private void SaveTokens(StateWriter writer)
    {
        if (formers.Kind == CardTokenKind.Hmac)
        {
            return; // As version 0.1 has it.
        }

        formers.Compact(recovery.InDoubt.Cards());
        RecordWriter row = writer.Row(StateType.Tokens, 2 + sizeof(long));
        row.Byte((byte)formers.Kind);
        row.Byte(formers.HadFormer ? (byte)1 : (byte)0);
        row.Number64(formers.RememberedLeft);
        writer.End(row);
        TokenKeys keys = formers.Keys;
        if (keys.Check != 0)
        {
            RecordWriter named = writer.Row(StateType.TokenKeys, 4 * sizeof(long));
            named.Number64(keys.Check);
            named.Number64(keys.FormerCheck);
            named.Number64(keys.BeganMs);
            named.Number64(keys.OlderEndedMs);
            writer.End(named);
        }

        foreach (CardToken former in formers.InOrder())
        {
            RecordWriter card = writer.Row(StateType.FormerCard, CardToken.Size);
            card.Token(former);
            writer.End(card);
        }
    }

    private static void Save(StateWriter writer, StateType type, KeptAmounts amounts)
    {
        foreach ((ulong key, long amount) in amounts.InOrder())
        {
            RecordWriter row = writer.Row(type, 2 * sizeof(long));
            row.Number64(key);
            row.Number64(amount);
            writer.End(row);
        }
    }

    private void RestoreRemembered(ref RecordReader reader, StateType type)
    {
        ulong key = reader.Number64();
        ulong answer = reader.Number64();
        uint content = reader.Number32();
        uint second = reader.Number32();
        int reference = (int)reader.Number32();
        int issuer = IndexOf(_issuers, reader.Number16());
        byte bits = reader.Byte();
        var flags = (RememberedFlags)reader.Byte();
        PaymentName name = default;
        long local = 0;
        if (type == StateType.RememberedWithTimes)
        {
            name = name with { Time = (uint)reader.Number64() };
            local = (long)reader.Number64();
        }
        else if (type == StateType.RememberedWithName)
        {
            name = new PaymentName(
                reader.Number64(), (long)reader.Number64(), (int)reader.Number32(), reader.Number32(),
                reader.Number32(), reader.Number32());
            local = reader.Number32();
        }

        ref Remembered entry = ref context.Duplicates.Restore(key, second, name);
        entry.Answer = answer;
        entry.Content = content;
        entry.Reference = reference;
        entry.Issuer = (short)issuer;
        entry.Bits = bits;
        entry.Flags = flags;
        context.Duplicates.SetLocalTime(in entry, local);
    }

    private void SaveIssuers(StateWriter writer)
    {
        foreach (Issuers.IssuerState issuer in context.Issuers)
        {
            for (int stan = 1; stan <= issuer.Stans.Highest && issuer.Stans.LiveCount > 0; stan++)
            {
                if (issuer.Stans.IsLive(stan))
                {
                    RecordWriter live = writer.Row(StateType.LiveStan, sizeof(ushort) + sizeof(uint));
                    live.Number16(issuer.Index);
                    live.Number32((uint)stan);
                    writer.End(live);
                }
            }
        }

        foreach (Issuers.IssuerState issuer in context.Issuers)
        {
            RecordWriter row = writer.Row(StateType.Issuer, 32);
            (long outage, long last) = context.Ledger.OutagesOf(issuer.Index);
            row.Number16(issuer.Index);
            row.Byte(issuer.IsForcedToStandIn ? (byte)1 : (byte)0);
            row.Byte((byte)(issuer.Queue.PausedBy & AdvicePause.Operator));
            row.Number32((uint)issuer.Stans.Next);
            row.Number64(outage);
            row.Number64(last);
            writer.End(row);
        }
    }

    private void RestoreLiveStan(ref RecordReader reader)
    {
        int issuer = IndexOf(_issuers, reader.Number16());
        int stan = (int)reader.Number32();
        if (issuer >= 0)
        {
            context.Issuers[issuer].Stans.Restore(stan, live: true);
        }
    }

    private void RestoreIssuer(ref RecordReader reader)
    {
        int index = IndexOf(_issuers, reader.Number16());
        bool isForced = reader.Byte() != 0;
        var pause = (AdvicePause)reader.Byte();
        int nextStan = (int)reader.Number32();
        long outage = (long)reader.Number64();
        long last = (long)reader.Number64();
        if (index < 0)
        {
            return;
        }

        Issuers.IssuerState issuer = context.Issuers[index];
        issuer.IsForcedToStandIn = isForced;
        issuer.Stans.GoOnAt(nextStan);
        context.Ledger.RestoreOutages(index, outage, last);
        AdvicePauses.Change(context, issuer, pause & AdvicePause.Operator, AdvicePause.None);
    }

    private void SaveFileChanges(StateWriter writer)
    {
        foreach ((CardToken card, ResponseCode code) in context.FileChanges.InOrder())
        {
            RecordWriter row = writer.Row(StateType.FileChange, CardToken.Size + 3);
            row.Token(card);
            row.Byte((byte)(code.IsNone ? OverlayState.Struck : OverlayState.Listed));
            row.Number16(code.Value);
            writer.End(row);
        }
    }

    private void SaveTotals(StateWriter writer)
    {
        foreach ((TotalsSide side, int party, TotalsRow totals) in context.Totals.InOrder())
        {
            RecordWriter row = writer.Row(StateType.Totals, TotalsSize);
            row.Byte((byte)side);
            row.Number16(party);
            row.Number16(totals.Day);
            row.Number16(totals.Currency);
            foreach (long value in totals.Counts)
            {
                row.Number64(value);
            }

            foreach (long value in totals.Amounts)
            {
                row.Number64(value);
            }

            writer.End(row);
        }

        foreach (TotalsSide side in (ReadOnlySpan<TotalsSide>)[TotalsSide.Acquirer, TotalsSide.Issuer])
        {
            int count = side == TotalsSide.Acquirer ? context.Configuration.Acquirers.Count : context.Issuers.Length;
            for (int party = 0; party < count; party++)
            {
                RecordWriter row = writer.Row(StateType.SettlementDay, 5);
                row.Byte((byte)side);
                row.Number16(party);
                row.Number16(context.Totals.BegunDay(side, party));
                writer.End(row);
            }
        }
    }

    private void RestoreTotals(ref RecordReader reader)
    {
        var side = (TotalsSide)reader.Byte();
        int party = PartyOf(side, reader.Number16());
        TotalsRow row = context.Totals.Restore(side, party, reader.Number16(), reader.Number16());
        foreach (ref long value in row.Counts)
        {
            value = (long)reader.Number64();
        }

        foreach (ref long value in row.Amounts)
        {
            value = (long)reader.Number64();
        }
    }

    private void RestoreSettlementDay(ref RecordReader reader)
    {
        var side = (TotalsSide)reader.Byte();
        int party = PartyOf(side, reader.Number16());
        int day = reader.Number16();
        if (party >= 0)
        {
            context.Totals.CutOver(side, party, day);
        }
    }

    private int PartyOf(TotalsSide side, int saved) =>
        IndexOf(side == TotalsSide.Acquirer ? _acquirers : _issuers, saved);

    internal static int IndexOf(int[] indexes, int saved) => (uint)saved < (uint)indexes.Length ? indexes[saved] : -1;
}
