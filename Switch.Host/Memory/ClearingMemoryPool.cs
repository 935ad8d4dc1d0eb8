using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Memory;

/// <summary>
/// Blocks for the pipes between sockets and their loops. What passes through them is card data, and the platform's
/// pools give blocks back as they are; here each is zeroed when it is returned, which costs a block in the processor's
/// cache some tens of nanoseconds. Blocks are pinned: the collector would leave a copy behind where it moves one. The
/// last one returned goes out first. Any thread.
/// </summary>
internal sealed class ClearingMemoryPool : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>One page, which is what pipes ask for.</summary>
    public const int BlockSize = 4_096;

    /// <summary>Blocks kept for later: 8 MiB. What a burst took beyond them goes back to the collector.</summary>
    public const int KeptMax = 2_048;

    private readonly Lock _gate = new();
    private readonly Block?[] _kept = new Block?[KeptMax];
    private int _count;

    /// <summary>Blocks that wait to be used again.</summary>
    public int Kept => Volatile.Read(ref _count);

    public override int MaxBufferSize => int.MaxValue;

    /// <summary>All connections of a process share it.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        if (minBufferSize > BlockSize)
        {
            return new Block(this, minBufferSize); // Rare: not kept, and cleared all the same.
        }

        lock (_gate)
        {
            if (_count > 0)
            {
                Block kept = _kept[--_count]!;
                _kept[_count] = null;
                kept.IsLent = true;
                return kept;
            }
        }

        return new Block(this, BlockSize);
    }

    /// <summary>
    /// It lives as long as the process: connections that end give their blocks back after their pool.
    /// </summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        // Before anybody else can have it.
        block.Clear();
        lock (_gate)
        {
            if (block.IsLent && block.Memory.Length == BlockSize && _count < KeptMax)
            {
                _kept[_count++] = block;
            }

            block.IsLent = false;
        }
    }

    private sealed class Block(ClearingMemoryPool pool, int size) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateArray<byte>(size, pinned: true);

        /// <summary>Under the pool's gate: a block that is given back twice is kept once.</summary>
        public bool IsLent { get; set; } = true;

        public Memory<byte> Memory => _bytes;

        public void Clear() => _bytes.AsSpan().Clear();

        public void Dispose() => pool.Return(this);
    }
}
