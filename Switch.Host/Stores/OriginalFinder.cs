using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Switch.Protocol.Messages;
using Switch.Routing.LookUps;

namespace Switch.Host.Stores;

/// <summary>The world as the finder needs it.</summary>
internal sealed record FinderParts
{
    public required StoreSettings Store { get; init; }

    public required string Node { get; init; }

    /// <summary>How long an answer is of use to the core.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>The last record that the store has. Any thread.</summary>
    public required Func<long> PositionLsn { get; init; }

    /// <summary>Brings an answer to the core.</summary>
    public required Action<LookUpAnswer> Deliver { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>
/// Asks the store for originals that memory has forgotten, one question after another, on a thread and a connection of
/// its own. A question whose time is over is dropped: the core does not wait for it any more.
/// </summary>
internal sealed class OriginalFinder : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    private readonly FinderParts _parts;
    private readonly Queue<(OriginalQuery Query, long Asked)> _queue = new();
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private volatile bool _mustStop;
    private bool _hasWarned;
    private StoreReader? _reader;

    public OriginalFinder(FinderParts parts)
    {
        _parts = parts;
        _thread = new Thread(Run) { IsBackground = true, Name = "look-ups" };
    }

    public void Start() => _thread.Start();

    /// <summary>Queues a question; false when there are too many. Any thread.</summary>
    public bool TryAsk(OriginalQuery query)
    {
        lock (_gate)
        {
            if (_queue.Count >= OriginalQuery.CountMax || _mustStop)
            {
                return false;
            }

            _queue.Enqueue((query, Stopwatch.GetTimestamp()));
        }

        _wake.Set();
        return true;
    }

    public void Dispose()
    {
        _mustStop = true;
        _wake.Set();
        if (_thread.IsAlive && !_thread.Join(_parts.Patience + TimeSpan.FromSeconds(1)))
        {
            return; // It waits for a server, inside a driver, and holds nothing that anybody needs.
        }

        _wake.Dispose();
    }

    /// <summary>What the store knows of one message and its original.</summary>
    /// <exception cref="StoreException">It did not answer, or is not the one that is written to.</exception>
    internal static LookUpAnswer Ask(StoreReader store, string node, OriginalQuery query)
    {
        // A server that was the primary until a moment ago still answers, and knows less.
        if ((store.Position(node)?.Lsn ?? 0) < query.AfterLsn)
        {
            throw new StoreException("The store that answers is behind.");
        }

        var question = new StoredPayments(store, node, query.Terminal);
        StoredPayment? own = question.Find(query.OwnStan, query.OwnKey);
        StoredPayment? original = query.Stan < 0 ? null : question.Find(query.Stan, query.Key);
        original ??= query.OtherKey == 0 ? null : question.Find(query.Stan, query.OtherKey);
        return new LookUpAnswer(query.Id, LookUpOutcome.Answered, own, original);
    }

    private void Run()
    {
        while (!_mustStop)
        {
            (OriginalQuery Query, long Asked) next;
            bool isAny;
            lock (_gate)
            {
                isAny = _queue.TryDequeue(out next);
            }

            if (!isAny)
            {
                _wake.WaitOne();
            }
            else if (IsCaughtUp(next.Query, next.Asked))
            {
                Answer(next.Query);
            }
        }

        Forget();
    }

    // What the store does not have yet may be the very reversal that makes this one the second.
    private bool IsCaughtUp(OriginalQuery query, long asked)
    {
        while (!_mustStop && Stopwatch.GetElapsedTime(asked) < _parts.Patience)
        {
            if (_parts.PositionLsn() >= query.AfterLsn)
            {
                return true;
            }

            _wake.WaitOne(Poll);
        }

        return false;
    }

    private void Answer(OriginalQuery query)
    {
        LookUpAnswer answer;
        try
        {
            _reader ??= StoreReader.Open(_parts.Store, (int)Math.Ceiling(_parts.Patience.TotalSeconds));
            answer = Ask(_reader, _parts.Node, query);
            _hasWarned = false;
        }
        catch (Exception problem)
        {
            Warn(problem);
            Forget();
            answer = new LookUpAnswer(query.Id, LookUpOutcome.Unavailable);
        }

        _parts.Deliver(answer);
    }

    // Once a trouble. What is not the store's is ours, or the driver's, and not worth a payment either.
    private void Warn(Exception problem)
    {
        if (_hasWarned)
        {
            return;
        }

        _hasWarned = true;
        if (problem is StoreException)
        {
            StoreLog.CannotLookUp(_parts.Logger, problem.Message);
        }
        else
        {
            StoreLog.LookUpDefect(_parts.Logger, problem);
        }
    }

    // Of a connection of which nothing is known any more, not even that it can be closed.
    private void Forget()
    {
        StoreReader? reader = _reader;
        _reader = null;
        try
        {
            reader?.Dispose();
        }
        catch (Exception problem)
        {
            StoreLog.LookUpDefect(_parts.Logger, problem);
        }
    }
}

/// <summary>Finds messages of acquirers by key, with their outcome and what became of it.</summary>
internal sealed class StoredPayments(StoreReader store, string node, string terminal)
{
    public StoredPayment? Find(int stan, ulong key)
    {
        List<object?[]> found = store.Rows(
            $"SELECT lsn, id, mti, content, sent FROM {Of("payment")} WHERE stan = @stan AND terminal = @terminal "
            + "AND key = @key ORDER BY lsn DESC LIMIT 1",
            ("@node", node), ("@stan", stan), ("@terminal", terminal), ("@key", (long)key));
        if (found.Count == 0)
        {
            return null;
        }

        object?[] row = found[0];
        var mti = new Mti((int)(long)row[2]!);
        var payment = new StoredPayment
        {
            Id = (ulong)(row[1] as long? ?? 0),
            Key = key,
            Content = (uint)(long)row[3]!,
            Time = (long)row[4]!,
            IsAdvice = !mti.IsRequest || mti.IsReversal,
            Code = "00",
        };
        StoredPayment? decided = payment.IsAdvice ? Forwarded(payment, (long)row[0]!) : Decided(payment);
        return decided is null ? null : WithEffects(decided);
    }

    // Of several decisions the last counts.
    private StoredPayment? Decided(StoredPayment payment)
    {
        List<object?[]> found = store.Rows(
            $"SELECT source, code, approval, issuer, stan, amount FROM {Of("decision")} WHERE id = @id "
            + "ORDER BY lsn DESC LIMIT 1",
            ("@node", node), ("@id", (long)payment.Id));
        if (found.Count == 0)
        {
            return null;
        }

        object?[] row = found[0];
        string code = row[1] as string ?? "";
        return payment with
        {
            Source = (int)(long)row[0]!,
            Code = code,
            Approval = row[2] as string ?? "",
            Issuer = row[3] as string ?? "",
            Stan = (int)(row[4] as long? ?? 0),
            Approved = code == "10" ? (long)row[5]! : 0,
        };
    }

    // What its issuer knows an advice by: the message that became owed in the same record.
    private StoredPayment Forwarded(StoredPayment payment, long lsn)
    {
        List<object?[]> found = store.Rows(
            $"SELECT issuer, stan FROM {Of("owed")} WHERE lsn = @lsn AND kind = 3", ("@node", node), ("@lsn", lsn));
        return found.Count == 0
            ? payment
            : payment with { Issuer = (string)found[0][0]!, Stan = (int)(long)found[0][1]! };
    }

    private StoredPayment WithEffects(StoredPayment payment)
    {
        List<object?[]> effects = store.Rows(
            $"SELECT kind, number FROM {Of("event")} WHERE key = @key AND type = 4 ORDER BY lsn",
            ("@node", node), ("@key", (long)payment.Key));
        foreach (object?[] row in effects)
        {
            payment = (row[0] as long? ?? 0) switch
            {
                1 => payment with { IsReversed = true, Remaining = 0 },
                3 => payment with { IsReversed = true, Remaining = 0, Code = "91" },
                4 => payment with { Remaining = (long)row[1]! },
                _ => payment,
            };
        }

        return payment;
    }

    private string Of(string table) => store.Of(table, "@node");
}
