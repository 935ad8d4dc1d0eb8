using Switch.Protocol.Fields;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>A request is about to be sent to its first issuer. Its image is in the secret part.</summary>
internal readonly ref struct IntentRecord
{
    public IdentityBlock Identity { get; private init; }

    public LegBlock Leg { get; private init; }

    public LocalTimeBlock LocalTime { get; private init; }

    public static IntentRecord Read(ref RecordReader reader) => new()
    {
        Identity = IdentityBlock.Read(ref reader),
        Leg = LegBlock.Read(ref reader),
        LocalTime = LocalTimeBlock.Read(ref reader),
    };
}

/// <summary>A request is decided.</summary>
internal readonly ref struct DecisionRecord
{
    /// <summary>Whether it had no intent: no issuer was asked.</summary>
    public bool HasIdentity { get; private init; }

    /// <summary>Default without <see cref="HasIdentity"/>.</summary>
    public IdentityBlock Identity { get; private init; }

    public OutcomeBlock Outcome { get; private init; }

    public StandInRule Rule { get; private init; }

    /// <summary>Default where <see cref="Rule"/> is None.</summary>
    public StandInBlock Ruled { get; private init; }

    /// <summary>What was approved, in minor units.</summary>
    public long Amount { get; private init; }

    public CardToken Card { get; private init; }

    /// <summary>The request's key in the duplicate window.</summary>
    public ulong Key { get; private init; }

    /// <summary>The id of the unsent advice that it cancels; 0: none.</summary>
    public ulong Netted { get; private init; }

    public OwedList Owed { get; private init; }

    public PostingList Postings { get; private init; }

    public LocalTimeBlock LocalTime { get; private init; }

    public static DecisionRecord Read(ref RecordReader reader)
    {
        bool hasIdentity = reader.Byte() != 0;
        IdentityBlock identity = hasIdentity ? IdentityBlock.Read(ref reader) : default;
        OutcomeBlock outcome = OutcomeBlock.Read(ref reader);
        var rule = (StandInRule)reader.Byte();
        return new DecisionRecord
        {
            HasIdentity = hasIdentity,
            Identity = identity,
            Outcome = outcome,
            Rule = rule,
            Ruled = rule == StandInRule.None ? default : StandInBlock.Read(ref reader),
            Amount = (long)reader.Number64(),
            Card = reader.Token(),
            Key = reader.Number64(),
            Netted = reader.Number64(),
            Owed = OwedList.Read(ref reader),
            Postings = PostingList.Read(ref reader),
            LocalTime = hasIdentity ? LocalTimeBlock.Read(ref reader) : default,
        };
    }
}

/// <summary>
/// An acquirer's advice or reversal is accepted (with its message), or an undelivered approval is taken back (without).
/// </summary>
internal readonly ref struct OwedRecord
{
    /// <summary>The original's key; 0: none.</summary>
    public ulong OriginalKey { get; private init; }

    public OwedEffect Effect { get; private init; }

    /// <summary>Of a partial reversal or a completion: the amount that stays, in minor units.</summary>
    public long Remaining { get; private init; }

    /// <summary>The id of the unsent advice that it cancels; 0: none.</summary>
    public ulong Netted { get; private init; }

    public bool HasIdentity { get; private init; }

    /// <summary>Default without <see cref="HasIdentity"/>.</summary>
    public IdentityBlock Identity { get; private init; }

    public OwedList Owed { get; private init; }

    public PostingList Postings { get; private init; }

    public LocalTimeBlock LocalTime { get; private init; }

    public static OwedRecord Read(ref RecordReader reader)
    {
        ulong originalKey = reader.Number64();
        var effect = (OwedEffect)reader.Byte();
        long remaining = (long)reader.Number64();
        ulong netted = reader.Number64();
        bool hasIdentity = reader.Byte() != 0;
        return new OwedRecord
        {
            OriginalKey = originalKey,
            Effect = effect,
            Remaining = remaining,
            Netted = netted,
            HasIdentity = hasIdentity,
            Identity = hasIdentity ? IdentityBlock.Read(ref reader) : default,
            Owed = OwedList.Read(ref reader),
            Postings = PostingList.Read(ref reader),
            LocalTime = hasIdentity ? LocalTimeBlock.Read(ref reader) : default,
        };
    }
}

/// <summary>Something happened to an owed message.</summary>
internal readonly ref struct ProgressRecord
{
    public ulong Id { get; private init; }

    public OwedEvent What { get; private init; }

    /// <summary>The issuer's response; none when it gave none.</summary>
    public ResponseCode Code { get; private init; }

    public int Attempts { get; private init; }

    public PostingList Postings { get; private init; }

    public static ProgressRecord Read(ref RecordReader reader) => new()
    {
        Id = reader.Number64(),
        What = (OwedEvent)reader.Byte(),
        Code = new ResponseCode(reader.Number16()),
        Attempts = (int)reader.Number32(),
        Postings = PostingList.Read(ref reader),
    };
}

/// <summary>A reply came after its request had ended.</summary>
internal readonly ref struct LateRecord
{
    public LegBlock Leg { get; private init; }

    public ResponseCode Code { get; private init; }

    public PostingList Postings { get; private init; }

    public static LateRecord Read(ref RecordReader reader) => new()
    {
        Leg = LegBlock.Read(ref reader),
        Code = new ResponseCode(reader.Number16()),
        Postings = PostingList.Read(ref reader),
    };
}
