using System.Net;
using System.Net.Sockets;

namespace Switch.Host.Simulators.Faults;

/// <summary>One connection that a proxy carries: a socket on each side, and what moves bytes between them.</summary>
internal sealed class FaultedConnection : IDisposable
{
    private readonly FaultProxy _proxy;
    private readonly Socket _client;
    private readonly Socket _target;
    private readonly double _chance;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenSource _carrying;
    private volatile bool _isTargetLost;

    /// <param name="proxy">Whose plan applies.</param>
    /// <param name="client">The party that connected.</param>
    /// <param name="chance">From 0 to below 1: whether it is among the connections that a plan loses.</param>
    /// <param name="stop">The proxy's end.</param>
    public FaultedConnection(FaultProxy proxy, Socket client, double chance, CancellationToken stop)
    {
        _proxy = proxy;
        _client = client;
        _chance = chance;
        _target = new Socket(proxy.Profile.Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _carrying = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
    }

    /// <summary>Closes a socket so that its peer sees a reset.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The peer is gone already.
        }

        socket.Dispose();
    }

    /// <summary>Whether nothing of it arrives on this side.</summary>
    public bool IsLost(FaultPlan plan, FaultSides side) => plan.Lost.HasFlag(side) || _chance < plan.LostConnections;

    /// <summary>Carries bytes until both sides have closed, either breaks, or <see cref="End"/>.</summary>
    public async Task RunAsync(IPEndPoint target)
    {
        try
        {
            await CarryAsync(target).ConfigureAwait(false);
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            await WaitHalfOpenAsync().ConfigureAwait(false);
            Reset(_target);
            Reset(_client);
        }
    }

    /// <summary>Ends it with a reset of both sides.</summary>
    public void End() => Cancel(_end);

    /// <summary>The party behind is gone; the one that connected does not hear of it.</summary>
    public void LoseTarget()
    {
        _isTargetLost = true;
        Cancel(_carrying);
    }

    public void Dispose()
    {
        _client.Dispose();
        _target.Dispose();
        _carrying.Dispose();
        _end.Dispose();
    }

    private static bool IsExpected(Exception problem) =>
        problem is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private async Task CarryAsync(IPEndPoint target)
    {
        _carrying.Token.ThrowIfCancellationRequested();
        _client.NoDelay = true;
        _target.NoDelay = true;
        await _target.ConnectAsync(target, _carrying.Token).ConfigureAwait(false);
        using var forth = new FaultPump(_proxy, this, FaultSides.Forth);
        using var back = new FaultPump(_proxy, this, FaultSides.Back);
        Task[] tasks =
        [
            forth.ReadAsync(_client, back, _carrying.Token), forth.WriteAsync(_target, _carrying.Token),
            back.ReadAsync(_target, forth, _carrying.Token), back.WriteAsync(_client, _carrying.Token),
        ];
        foreach (Task task in tasks)
        {
            // The first that breaks ends the others.
            _ = task.ContinueWith(
                _ => Cancel(_carrying), CancellationToken.None,
                TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private async Task WaitHalfOpenAsync()
    {
        if (_isTargetLost)
        {
            Reset(_target);
            await Task.Delay(Timeout.Infinite, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
