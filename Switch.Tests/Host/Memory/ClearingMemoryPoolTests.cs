using System.Buffers;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Switch.Host.Connections;
using Switch.Host.Memory;

namespace Switch.Tests.Host.Memory;

public sealed class ClearingMemoryPoolTests : IDisposable
{
    private readonly ClearingMemoryPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Dispose_OfABlock_ZeroesItAndTheNextOneGetsIt()
    {
        Memory<byte> memory;
        using (IMemoryOwner<byte> block = _pool.Rent(2_048))
        {
            memory = block.Memory;
            memory.Span.Fill(0x34);
        }

        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
        Assert.Equal(1, _pool.Kept);
        using IMemoryOwner<byte> next = _pool.Rent();
        Assert.True(memory.Span == next.Memory.Span);
        Assert.Equal(0, _pool.Kept);
    }

    [Fact]
    public void Dispose_Twice_KeepsTheBlockOnce()
    {
        IMemoryOwner<byte> block = _pool.Rent();

        block.Dispose();
        block.Dispose();

        Assert.Equal(1, _pool.Kept);
    }

    [Fact]
    public void Rent_MoreThanABlock_IsGivenAndZeroedAndNotKept()
    {
        Memory<byte> memory;
        using (IMemoryOwner<byte> large = _pool.Rent(ClearingMemoryPool.BlockSize + 1))
        {
            memory = large.Memory;
            memory.Span.Fill(0x34);
        }

        Assert.Equal(ClearingMemoryPool.BlockSize + 1, memory.Length);
        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
        Assert.Equal(0, _pool.Kept);
    }

    [Fact]
    public void Dispose_BeyondTheBound_GivesTheRestToTheCollector()
    {
        IMemoryOwner<byte>[] blocks =
            [.. Enumerable.Range(0, ClearingMemoryPool.KeptMax + 5).Select(_ => _pool.Rent())];

        foreach (IMemoryOwner<byte> block in blocks)
        {
            block.Dispose();
        }

        Assert.Equal(ClearingMemoryPool.KeptMax, _pool.Kept);
    }

    [Fact]
    public void Rent_AfterWarmUp_AllocatesNothing()
    {
        _pool.Rent().Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            _pool.Rent(2_048).Dispose();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>The platform's setters are not public: a runtime without them must be noticed here.</summary>
    [Fact]
    public void Use_OfBothKindsOfOptions_SetsThePool()
    {
        object listening = SocketMemory.Use(new SocketTransportOptions());
        object opening = SocketMemory.Use(new SocketConnectionFactoryOptions());

        Assert.Same(SocketMemory.Blocks, FactoryOf(listening));
        Assert.Same(SocketMemory.Blocks, FactoryOf(opening));
    }

    private static object? FactoryOf(object options) => options.GetType()
        .GetProperty("MemoryPoolFactory", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(options);
}
