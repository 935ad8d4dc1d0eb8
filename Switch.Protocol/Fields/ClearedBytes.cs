namespace Switch.Protocol.Fields;

/// <summary>
/// Room for a value that may be card data, on a cold path: zeroed when its user is done. It is pinned, because the
/// collector would leave a copy behind where it moves an array.
/// </summary>
internal readonly ref struct ClearedBytes(int size)
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(size, pinned: true);

    public Span<byte> Span => _bytes;

    public void Dispose() => _bytes.AsSpan().Clear();
}
