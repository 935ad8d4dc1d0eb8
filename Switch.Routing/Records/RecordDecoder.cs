using System.Buffers.Binary;
using Switch.Routing.Journal;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>Reads the open part of a record into facts. Stateless: it can begin anywhere in a journal.</summary>
public static class RecordDecoder
{
    /// <summary>
    /// Says what the record says. False when it is of a type or layout that this version does not know: nothing, or
    /// not all of it, was said then.
    /// </summary>
    public static bool Read(long lsn, RecordType type, ReadOnlySpan<byte> open, IRecordFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        if (type == RecordType.Lost)
        {
            return ReadLost(lsn, open, facts);
        }

        var reader = new RecordReader(open);
        if (reader.Byte() != TransactionLog.Version)
        {
            return false;
        }

        var head = new RecordHead(lsn, type, reader.Number64(), (long)reader.Number64());
        switch (type)
        {
            case RecordType.Intent:
                IdentityBlock identity = IdentityBlock.Read(ref reader);
                LegBlock first = LegBlock.Read(ref reader);
                facts.Take(head, PaymentOf(identity, first, ReadLocalTime(ref reader)));
                break;
            case RecordType.Leg:
                LegBlock leg = LegBlock.Read(ref reader);
                facts.Take(head, new EventFact
                {
                    Type = type, Issuer = leg.Issuer, Stan = leg.Stan, Mti = leg.Mti.Value,
                });
                break;
            case RecordType.Decision:
                ReadDecision(head, ref reader, facts);
                break;
            case RecordType.Owed:
                ReadOwed(head, ref reader, facts);
                break;
            case RecordType.OwedProgress:
                ReadProgress(head, ref reader, facts);
                break;
            case RecordType.Late:
                ReadLate(head, ref reader, facts);
                break;
            case RecordType.NodeStarted:
                facts.Take(head, new EventFact { Type = type, Number = (long)reader.Number64() });
                break;
            case RecordType.FileAction:
                ReadFileAction(head, ref reader, facts);
                break;
            case RecordType.OperatorAction:
                ReadOperatorAction(head, ref reader, facts);
                break;
            case RecordType.Cutover:
                int side = reader.Byte();
                ReadOnlySpan<byte> party = reader.Text();
                facts.Take(head, new EventFact
                {
                    Type = type, Kind = side, Issuer = party, Number = reader.Number16(),
                });
                break;
            case RecordType.Recalled:
                RecalledBlock recalled = RecalledBlock.Read(ref reader);
                facts.Take(head, new EventFact
                {
                    Type = type, Key = recalled.Key, Issuer = recalled.Issuer, Stan = recalled.Stan,
                    Kind = (int)recalled.Source, Number = recalled.Remaining,
                });
                break;
            default:
                return false;
        }

        return !reader.IsShort;
    }

    // By the format's own layout: it is unknown when what was lost had been decided, so its time is the repair's.
    private static bool ReadLost(long lsn, ReadOnlySpan<byte> open, IRecordFacts facts)
    {
        var reader = new RecordReader(open);
        var last = (long)reader.Number64();
        reader.Number64(); // Where in the damaged file.
        var repairedMs = (long)reader.Number64();
        if (reader.IsShort)
        {
            return false;
        }

        facts.Take(new RecordHead(lsn, RecordType.Lost, 0, repairedMs), new EventFact
        {
            Type = RecordType.Lost, Number = last, Why = reader.Rest(),
        });
        return true;
    }

    private static PaymentFact PaymentOf(in IdentityBlock identity, in LegBlock leg, uint localTime) => new()
    {
        Acquirer = identity.Acquirer,
        Key = identity.Key,
        Content = identity.Content,
        Card = identity.Card,
        Mti = identity.Mti.Value,
        Amount = identity.Amount,
        Stan = identity.Stan,
        Time = identity.Time,
        LocalTime = localTime,
        MaskedPan = identity.MaskedPan,
        ProcessingCode = identity.ProcessingCode,
        Currency = identity.Currency,
        Institution = identity.Institution,
        RetrievalReference = identity.RetrievalReference,
        Terminal = identity.Terminal,
        Merchant = identity.Merchant,
        Issuer = leg.Issuer,
        LegStan = leg.Stan,
        LegMti = leg.Mti.Value,
    };

    private static void ReadDecision(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        bool hasIdentity = reader.Byte() != 0;
        IdentityBlock identity = hasIdentity ? IdentityBlock.Read(ref reader) : default;
        OutcomeBlock outcome = OutcomeBlock.Read(ref reader);
        var rule = (StandInRule)reader.Byte();
        StandInBlock ruled = rule == StandInRule.None ? default : StandInBlock.Read(ref reader);
        Span<byte> code = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(code, outcome.Response.Value);
        Span<byte> approval = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(approval, outcome.Approval.Value);
        long amount = (long)reader.Number64();
        reader.Token();
        reader.Number64(); // The key: the payment has it.
        ulong netted = reader.Number64();
        if (hasIdentity)
        {
            facts.Take(head, PaymentOf(identity, default, LocalTimeAfterOwed(reader)));
        }

        facts.Take(head, new DecisionFact
        {
            Source = (int)outcome.Source,
            Trigger = (int)outcome.Trigger,
            Code = code,
            IsApproval = outcome.Response.IsApproval,
            Approval = approval.TrimEnd((byte)0),
            Issuer = outcome.Issuer,
            Stan = outcome.Stan,
            Amount = amount,
            Rule = (int)rule,
            Limit = ruled.Limit,
            LimitUse = ruled.Use,
            LimitBound = ruled.Bound,
            Outage = ruled.Outage,
            Profile = ruled.Profile,
            OutageIssuer = ruled.Issuer,
            MerchantType = ruled.MerchantType,
            EntryMode = ruled.EntryMode,
        });
        TakeNetted(head, netted, facts);
        ReadOwedBlocks(head, ref reader, facts);
    }

    private static void ReadOwed(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        ulong originalKey = reader.Number64();
        int effect = reader.Byte();
        long remaining = (long)reader.Number64();
        ulong netted = reader.Number64();
        if (reader.Byte() != 0)
        {
            IdentityBlock identity = IdentityBlock.Read(ref reader);
            facts.Take(head, PaymentOf(identity, default, LocalTimeAfterOwed(reader)));
        }

        if (originalKey != 0 || effect != 0)
        {
            facts.Take(head, new EventFact
            {
                Type = head.Type, Key = originalKey, Kind = effect, Number = remaining,
            });
        }

        TakeNetted(head, netted, facts);
        ReadOwedBlocks(head, ref reader, facts);
    }

    private static void TakeNetted(in RecordHead head, ulong netted, IRecordFacts facts)
    {
        if (netted != 0)
        {
            facts.Take(head, new EventFact
            {
                Type = RecordType.OwedProgress, Kind = (int)OwedEvent.Netted, Owed = netted,
            });
        }
    }

    // What each message counts as stands behind all of them: a second reader runs ahead.
    private static void ReadOwedBlocks(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        int count = reader.Byte();
        RecordReader totals = reader;
        for (int i = 0; i < count; i++)
        {
            OwedBlock.Read(ref totals);
        }

        for (int i = 0; i < count && !totals.IsShort; i++)
        {
            OwedBlock block = OwedBlock.Read(ref reader);
            int counts = totals.Byte();
            long amount = (long)totals.Number64();
            totals.Number16();
            facts.Take(head, new OwedFact
            {
                Id = block.Id,
                Kind = (int)block.Kind,
                Issuer = block.Issuer,
                Mti = block.Mti.Value,
                Stan = block.Stan,
                Time = block.Time,
                OriginalStan = block.OriginalStan,
                Reason = (int)block.Reason,
                Card = block.Card,
                Counts = counts,
                Amount = amount,
            });
        }

        reader = totals;
    }

    // At the end of a record with an identity, where partners speak several editions: a copy of the reader runs ahead.
    private static uint LocalTimeAfterOwed(RecordReader reader)
    {
        int count = reader.Byte();
        for (int i = 0; i < count; i++)
        {
            OwedBlock.Read(ref reader);
        }

        for (int i = 0; i < count; i++)
        {
            reader.Byte();
            reader.Number64();
            reader.Number16();
        }

        TotalsRecords.SkipPostings(ref reader);
        return ReadLocalTime(ref reader);
    }

    private static uint ReadLocalTime(ref RecordReader reader) => reader.IsAtEnd ? 0 : reader.Number32();

    private static void ReadProgress(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        ulong id = reader.Number64();
        int what = reader.Byte();
        ReadOnlySpan<byte> code = reader.Bytes(ResponseCode.Size);
        uint attempts = reader.Number32();
        facts.Take(head, new EventFact
        {
            Type = head.Type, Owed = id, Kind = what, Code = code.TrimEnd((byte)0), Number = attempts,
        });
    }

    private static void ReadLate(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        LegBlock leg = LegBlock.Read(ref reader);
        facts.Take(head, new EventFact
        {
            Type = head.Type, Issuer = leg.Issuer, Stan = leg.Stan,
            Code = reader.Bytes(ResponseCode.Size).TrimEnd((byte)0),
        });
    }

    private static void ReadFileAction(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        ReadOnlySpan<byte> issuer = reader.Text();
        var card = reader.Token();
        int update = reader.Byte();
        int state = reader.Byte();
        ReadOnlySpan<byte> code = reader.Bytes(ResponseCode.Size);
        int stan = (int)reader.Number32();
        reader.Number64(); // DE 7.
        facts.Take(head, new EventFact
        {
            Type = head.Type, Issuer = issuer, Card = card, Kind = update, Number = state,
            Code = code.TrimEnd((byte)0), Stan = stan, MaskedPan = reader.Text(),
        });
    }

    private static void ReadOperatorAction(in RecordHead head, ref RecordReader reader, IRecordFacts facts)
    {
        int command = reader.Byte();
        ReadOnlySpan<byte> issuer = reader.Text();
        ulong owed = reader.Number64();
        ReadOnlySpan<byte> who = reader.Text();
        facts.Take(head, new EventFact
        {
            Type = head.Type, Kind = command, Issuer = issuer, Owed = owed, Who = who, Why = reader.Text(),
        });
    }
}
