using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

public sealed class AcceptGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task WaitAsync_AtTheBoundOfConnections_WaitsForOneToClose()
    {
        var paused = new List<int>();
        var gate = new AcceptGate(connectionsMax: 2) { OnPaused = paused.Add };
        gate.Enter(10);
        await Wait(gate);
        gate.Enter(11);

        Task waiting = Wait(gate);
        Assert.False(waiting.IsCompleted);
        gate.Leave();
        await waiting.WaitAsync(Patience);

        Assert.Equal([2], paused);
        Assert.Equal(1, gate.Open);
    }

    /// <summary>The number of the newest descriptor tells how many are open.</summary>
    [Fact]
    public async Task WaitAsync_AtTheLastDescriptors_WaitsForOneToBeGivenBack()
    {
        var gate = new AcceptGate(descriptorMax: 100);
        gate.Enter(100);
        await Wait(gate);
        gate.Enter(101);

        Task first = Wait(gate);
        Task second = Wait(gate);
        Assert.False(first.IsCompleted || second.IsCompleted);
        gate.Leave();

        await Task.WhenAll(first, second).WaitAsync(Patience);
    }

    [Fact]
    public async Task WaitAsync_WhenTheListenerCloses_GivesUp()
    {
        var gate = new AcceptGate(connectionsMax: 0);
        var closed = new TaskCompletionSource();
        Task waiting = gate.WaitAsync(closed.Task).AsTask();
        Assert.False(waiting.IsCompleted);

        closed.SetResult();

        await waiting.WaitAsync(Patience);
    }

    private static Task Wait(AcceptGate gate) => gate.WaitAsync(new TaskCompletionSource().Task).AsTask();
}
