using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Journal;

namespace Switch.Host.Server;

/// <summary>How it stops: no new requests, what is pending ends, links sign off, the journal closes.</summary>
internal sealed partial class SwitchServer
{
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
        _shared.Heartbeat.CloseAll();
        Task links = Task.WhenAll(_links.Select(link => link.StopAsync()));
        await Task.WhenAny(Task.WhenAll(listeners, links), Task.Delay(CloseTime, _clock.Time)).ConfigureAwait(false);

        // A peer that has not taken what it was sent by now will not.
        _shared.Heartbeat.AbortAll();
        await abort.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(listeners, links).ConfigureAwait(false);

        thread.Stop();
        await thread.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _keeper?.Dispose();
        _journal!.Dispose();
        _finder?.Dispose();
        _projector?.Stop(CatchUpTime);
        _projector?.Dispose();

        // Last, so that monitoring sees it go down.
        await CloseAdminAsync().ConfigureAwait(false);
        CoreLog.Stopped(_logger, _options.Node.Name);
        _completion.TrySetResult();
    }

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
