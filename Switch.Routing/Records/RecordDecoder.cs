using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>Reads the open part of a record into facts. Stateless: it can begin anywhere in a journal.</summary>
public static class RecordDecoder
{
    /// <summary>
    /// Says what the record says. False when it is of a type or layout that this version does not know, or ends too
    /// soon: nothing was said then.
    /// </summary>
    public static bool Read(long lsn, RecordType type, ReadOnlySpan<byte> open, IRecordFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return RecordParser.Parse(lsn, type, open, default, new FactVisitor(facts)) == RecordParse.Done;
    }

    /// <summary>What each record type says to stores and tools.</summary>
    private readonly struct FactVisitor(IRecordFacts facts) : IRecordVisitor
    {
        public void Intent(in RecordHead head, in IntentRecord record, ReadOnlySpan<byte> secret) =>
            facts.Take(head, PaymentOf(record.Identity, record.Leg, record.LocalTime));

        public void Leg(in RecordHead head, in LegBlock record) => facts.Take(head, new EventFact
        {
            Type = head.Type, Issuer = record.Issuer, Stan = record.Stan, Mti = record.Mti.Value,
        });

        public void Decision(in RecordHead head, in DecisionRecord record, ReadOnlySpan<byte> secret)
        {
            if (record.HasIdentity)
            {
                facts.Take(head, PaymentOf(record.Identity, default, record.LocalTime));
            }

            OutcomeBlock outcome = record.Outcome;
            StandInBlock ruled = record.Ruled;
            Span<byte> approval = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(approval, outcome.Approval.Value);
            Span<byte> code = stackalloc byte[ResponseCode.Size];
            BinaryPrimitives.WriteUInt16LittleEndian(code, outcome.Response.Value);
            facts.Take(head, new DecisionFact
            {
                Source = (int)outcome.Source,
                Trigger = (int)outcome.Trigger,
                Code = code,
                IsApproval = outcome.Response.IsApproval,
                Approval = approval.TrimEnd((byte)0),
                Issuer = outcome.Issuer,
                Stan = outcome.Stan,
                Amount = record.Amount,
                Rule = (int)record.Rule,
                Limit = ruled.Limit,
                LimitUse = ruled.Use,
                LimitBound = ruled.Bound,
                Outage = ruled.Outage,
                Profile = ruled.Profile,
                OutageIssuer = ruled.Issuer,
                MerchantType = ruled.MerchantType,
                EntryMode = ruled.EntryMode,
            });
            TakeOwed(head, record.Netted, record.Owed);
        }

        public void Owed(in RecordHead head, in OwedRecord record, ReadOnlySpan<byte> secret)
        {
            if (record.HasIdentity)
            {
                facts.Take(head, PaymentOf(record.Identity, default, record.LocalTime));
            }

            if (record.OriginalKey != 0 || record.Effect != OwedEffect.None)
            {
                facts.Take(head, new EventFact
                {
                    Type = head.Type, Key = record.OriginalKey, Kind = (int)record.Effect, Number = record.Remaining,
                });
            }

            TakeOwed(head, record.Netted, record.Owed);
        }

        public void Progress(in RecordHead head, in ProgressRecord record)
        {
            Span<byte> code = stackalloc byte[ResponseCode.Size];
            facts.Take(head, new EventFact
            {
                Type = head.Type, Owed = record.Id, Kind = (int)record.What, Code = TextOf(record.Code, code),
                Number = record.Attempts,
            });
        }

        public void Late(in RecordHead head, in LateRecord record)
        {
            Span<byte> code = stackalloc byte[ResponseCode.Size];
            facts.Take(head, new EventFact
            {
                Type = head.Type, Issuer = record.Leg.Issuer, Stan = record.Leg.Stan, Code = TextOf(record.Code, code),
            });
        }

        public void NodeStarted(in RecordHead head, in NodeStartedRecord record) =>
            facts.Take(head, new EventFact { Type = head.Type, Number = (long)record.Epoch });

        public void FileAction(in RecordHead head, in FileActionRecord record)
        {
            Span<byte> code = stackalloc byte[ResponseCode.Size];
            facts.Take(head, new EventFact
            {
                Type = head.Type, Issuer = record.Issuer, Card = record.Card, Kind = (int)record.Update,
                Number = (int)record.State, Code = TextOf(record.Code, code), Stan = record.Stan,
                MaskedPan = record.MaskedPan,
            });
        }

        public void OperatorAction(in RecordHead head, in OperatorActionRecord record) =>
            facts.Take(head, new EventFact
            {
                Type = head.Type, Kind = (int)record.Kind, Issuer = record.Issuer, Owed = record.Item,
                Who = record.Who, Why = record.Why,
            });

        public void Audit(in RecordHead head, in AuditRecord record) => facts.Take(head, new EventFact
        {
            Type = head.Type, Kind = (int)record.Outcome, Issuer = record.Command, Who = record.Who, Why = record.Why,
        });

        public void Cutover(in RecordHead head, in CutoverRecord record) => facts.Take(head, new EventFact
        {
            Type = head.Type, Kind = (int)record.Side, Issuer = record.Party, Number = record.Day,
        });

        public void Recalled(in RecordHead head, in RecalledBlock record) => facts.Take(head, new EventFact
        {
            Type = head.Type, Key = record.Key, Issuer = record.Issuer, Stan = record.Stan,
            Kind = (int)record.Source, Number = record.Remaining,
        });

        public void CardRetokened(in RecordHead head, in CardRetokenedRecord record)
        {
            Span<byte> former = stackalloc byte[2 * CardToken.Size];
            Span<byte> token = stackalloc byte[CardToken.Size];
            record.Former.Write(token);
            Convert.TryToHexStringLower(token, former, out int size);
            facts.Take(head, new EventFact { Type = head.Type, Card = record.Current, Why = former[..size] });
        }

        public void Health(in RecordHead head, in HealthRecord record)
        {
            string place = record.Change.Scope switch
            {
                HealthScope.Route => $"route {Encoding.ASCII.GetString(record.Prefix)}",
                HealthScope.Link => string.Create(CultureInfo.InvariantCulture, $"link {record.Change.Place}"),
                _ => "",
            };
            facts.Take(head, new EventFact
            {
                Type = head.Type, Kind = (int)record.Change.To, Issuer = record.Issuer, Number = record.Change.Percent,
                Who = Encoding.ASCII.GetBytes(place), Why = Encoding.ASCII.GetBytes(record.Change.Reason),
            });
        }

        public void Lost(in RecordHead head, in LostRecord record) =>
            facts.Take(head, new EventFact { Type = head.Type, Number = record.Last, Why = record.Why });

        private void TakeOwed(in RecordHead head, ulong netted, OwedList owed)
        {
            if (netted != 0)
            {
                facts.Take(head, new EventFact
                {
                    Type = RecordType.OwedProgress, Kind = (int)OwedEvent.Netted, Owed = netted,
                });
            }

            while (owed.MoveNext())
            {
                OwedBlock block = owed.Block;
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
                    Counts = (int)owed.Counts,
                    Amount = owed.Amount,
                });
            }
        }
    }

    private static PaymentFact PaymentOf(in IdentityBlock identity, in LegBlock leg, LocalTimeBlock localTime) => new()
    {
        Acquirer = identity.Acquirer,
        Key = identity.Key,
        Content = identity.Content,
        Card = identity.Card,
        Mti = identity.Mti.Value,
        Amount = identity.Amount,
        Stan = identity.Stan,
        Time = identity.Time,
        LocalTime = localTime.Value,
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

    // A code of one character, or none, has zeros behind it.
    private static ReadOnlySpan<byte> TextOf(ResponseCode code, Span<byte> text)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(text, code.Value);
        return text.TrimEnd((byte)0);
    }
}
