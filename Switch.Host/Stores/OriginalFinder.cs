using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Memory;
using Switch.Host.Stores.Schema;
using Switch.Routing.Effects;

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

    // As of the projector: a file of this machine always answers.
    private static readonly TimeSpan EndOfFile = TimeSpan.FromSeconds(60);

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
        TimeSpan end = _parts.Store.Provider.IsFile ? EndOfFile : TimeSpan.FromSeconds(1);
        if (_thread.IsAlive && !_thread.Join(_parts.Patience + end))
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
            throw new StoreException("The store is behind the journal.");
        }

        var question = new StoredPayments(store, node, query.Terminal);
        StoredPayment? own = question.Find(query.OwnStan, query.OwnKeys);
        StoredPayment? original = query.Reference is { } reference ? question.Find(reference) : null;
        original ??= question.Find(query.Stan, query.Keys);
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
                StackSweep.Below();
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
