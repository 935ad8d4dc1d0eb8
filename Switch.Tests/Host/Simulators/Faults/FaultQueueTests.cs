using System.Diagnostics;
using Switch.Host.Simulators.Faults;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Simulators.Faults;

public class FaultQueueTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Put_BeyondTheBound_WaitsUntilThereIsRoom()
    {
        using var queue = new FaultQueue(sizeMax: 10);
        await queue.PutAsync(new byte[6], due: 0, Never);

        Task second = queue.PutAsync(new byte[6], due: 0, Never);
        Assert.False(second.IsCompleted);
        Assert.Equal(6, queue.Size);

        Assert.Equal(6, (await queue.TakeAsync(Never))!.Length);
        await second.WaitAsync(Rig.Patience);
        Assert.Equal(6, queue.Size);
    }

    [Fact]
    public async Task Put_OneFrameLargerThanTheBound_IsTakenAlone()
    {
        using var queue = new FaultQueue(sizeMax: 10);
        await queue.PutAsync(new byte[50], due: 0, Never);

        Task second = queue.PutAsync(new byte[1], due: 0, Never);
        Assert.False(second.IsCompleted);

        Assert.Equal(50, (await queue.TakeAsync(Never))!.Length);
        await second.WaitAsync(Rig.Patience);
    }

    [Fact]
    public async Task Take_InOrderOfTime_AndOfPutAmongTheSame()
    {
        using var queue = new FaultQueue(sizeMax: 100);
        long later = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 20);
        await queue.PutAsync([1], later, Never);
        await queue.PutAsync([2], 0, Never);
        await queue.PutAsync([3], 0, Never);
        queue.End(due: 0);

        byte[] taken =
        [
            (await queue.TakeAsync(Never))![0], (await queue.TakeAsync(Never))![0], (await queue.TakeAsync(Never))![0],
        ];

        Assert.Equal([2, 3, 1], taken);
        Assert.True(Stopwatch.GetTimestamp() >= later);
        Assert.Null(await queue.TakeAsync(Never));
    }

    [Fact]
    public async Task Wait_ForRoom_EndsWithTheConnection()
    {
        using var queue = new FaultQueue(sizeMax: 1);
        using var stop = new CancellationTokenSource();
        await queue.PutAsync([1], 0, Never);

        Task second = queue.PutAsync([2], 0, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Rig.Patience));
    }

    [Fact]
    public void Dice_TheSameSeedAndPurpose_TheSameThrows()
    {
        double[] Throw(int seed, int purpose)
        {
            var dice = new FaultDice(seed);
            return [.. Enumerable.Range(0, 1_000).Select(_ => dice.Next(purpose))];
        }

        Assert.Equal(Throw(3, 0), Throw(3, 0));
        Assert.NotEqual(Throw(3, 0), Throw(3, 1));
        Assert.NotEqual(Throw(3, 0), Throw(4, 0));
        Assert.InRange(Throw(3, 0).Average(), 0.45, 0.55);
        Assert.All(Throw(3, 2), static one => Assert.InRange(one, 0, 0.999_999_999_999));
    }
}
