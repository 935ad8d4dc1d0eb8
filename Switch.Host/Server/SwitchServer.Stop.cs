using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Journal;

namespace Switch.Host.Server;

/// <summary>How it stops: no new requests, what is pending ends, links sign off, the journal closes.</summary>
internal sealed partial class SwitchServer
{
    // After the drain. For a moment at which a connection has nothing to read and nothing to answer: until then what
    // comes is answered 91.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(800);

    // Then for the answers of what was taken, where no such moment came. Short, as what comes meanwhile gets none.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(200);

    // Then for peers to take what they were sent, sign-offs included, and to end their side.
    private static readonly TimeSpan PeerTime = TimeSpan.FromSeconds(1);

    /// <summary>How far a stop has come with the ends of acquirers' connections.</summary>
    public Parting Parting => _shared.Heartbeat.Parting;

    private async Task StopOnceAsync(TimeSpan drain)
    {
        _notReadyBecause = _notReadyBecause.Length == 0 ? "the switch is stopping" : _notReadyBecause;
        CoreThread? thread = _thread;
        if (thread is null)
        {
            _journal?.Dispose();
            await CloseAdminAsync().ConfigureAwait(false);
            _completion.TrySetResult();
            return;
        }

        CoreLog.Stopping(_logger, _options.Node.Name, Counters.Pending);
        using var abort = new CancellationTokenSource();
        Task listeners = _acquirers.StopAsync(abort.Token);
        await DrainAsync(thread, drain).ConfigureAwait(false);
        Task ended = Task.WhenAll([listeners, .. _links.Select(static link => link.StopAsync())]);
        if (!thread.Ended.IsCompleted && !thread.JournalFailed.IsCompleted)
        {
            _shared.Heartbeat.PartAll(Parting.WhenQuiet);
            await EndsWithinAsync(ended, QuietTime).ConfigureAwait(false);
            _shared.Heartbeat.PartAll(Parting.WhenAnswered);
            await EndsWithinAsync(ended, AnswerTime).ConfigureAwait(false);
        }

        // Without a core or a journal at once: no answer that is due will come.
        _shared.Heartbeat.PartAll(Parting.Now);
        await EndsWithinAsync(ended, PeerTime).ConfigureAwait(false);

        // A peer that has not taken what it was sent by now will not.
        _shared.Heartbeat.AbortAll();
        await abort.CancelAsync().ConfigureAwait(false);
        await ended.ConfigureAwait(false);

        thread.Stop();
        await thread.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _keeper?.Dispose();
        _journal!.Dispose();
        _finder?.Dispose();
        _projector?.Stop(CatchUpTime);
        _projector?.Dispose();

        if (EdgeCounters.AcquirerFramesLate is var late and > 0)
        {
            CoreLog.CameAfterTheEnd(_logger, late);
        }

        // Last, so that monitoring sees it go down.
        await CloseAdminAsync().ConfigureAwait(false);
        CoreLog.Stopped(_logger, _options.Node.Name);
        _completion.TrySetResult();
    }

    private Task EndsWithinAsync(Task ended, TimeSpan time) => ended.IsCompleted
        ? Task.CompletedTask : Task.WhenAny(ended, Task.Delay(time, _clock.Time));

    private async Task CloseAdminAsync()
    {
        if (_admin is not null)
        {
            await _admin.DisposeAsync().ConfigureAwait(false);
        }

        // Sends what it has to a collector, if one is configured, for five seconds at most.
        _metrics?.Dispose();
        _metrics = null;
    }

    private async Task DrainAsync(CoreThread thread, TimeSpan drain)
    {
        await _inbox.PushCertainlyAsync(new InboxEvent { Kind = InboxKind.BeginShutdown }).ConfigureAwait(false);
        Task late = Task.Delay(drain, _clock.Time);
        if (await Task.WhenAny(thread.Drained, thread.Ended, thread.JournalFailed, late).ConfigureAwait(false) == late)
        {
            CoreLog.DrainTimedOut(_logger, _options.Node.Name, drain, Counters.Pending);
        }
    }

    /// <summary>Waits for what ends a switch from inside, and makes it known.</summary>
    private async Task WatchAsync(CoreThread thread)
    {
        Task first = await Task.WhenAny(thread.Ended, thread.JournalFailed).ConfigureAwait(false);
        if (first == thread.JournalFailed)
        {
            // The core goes on: it answers 96, which tells an acquirer more than a closed door.
            _notReadyBecause = "the journal cannot write";
            CoreLog.JournalFailed(_logger, _journal!.DurableLsn, _journal.Failure);
            _completion.TrySetException(new JournalException("The journal cannot write.", _journal.Failure!));
        }
        else if (thread.Ended.IsFaulted)
        {
            _notReadyBecause = "the core thread has ended";
            _completion.TrySetException(thread.Ended.Exception!.InnerException!);
            await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        }
    }
}
