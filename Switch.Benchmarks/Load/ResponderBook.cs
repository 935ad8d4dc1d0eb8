using System.Runtime.InteropServices;

namespace Switch.Benchmarks.Load;

/// <summary>What the issuer has approved and taken back, by transaction number.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IssuerEntry
{
    /// <summary>Minor units of the last message about it.</summary>
    public int Amount;

    public ushort Approvals;
    public ushort Reversals;
}

/// <summary>A table that grows by pieces and moves nothing.</summary>
internal sealed class ResponderBook
{
    private const int PieceBits = 20;
    private const int PieceSize = 1 << PieceBits;

    private readonly List<IssuerEntry[]> _pieces = [];

    public ref IssuerEntry this[int number]
    {
        get
        {
            while (number >> PieceBits >= _pieces.Count)
            {
                _pieces.Add(new IssuerEntry[PieceSize]);
            }

            return ref _pieces[number >> PieceBits][number & (PieceSize - 1)];
        }
    }

    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        foreach (IssuerEntry[] piece in _pieces)
        {
            file.Write(MemoryMarshal.AsBytes(piece.AsSpan()));
        }
    }

    public static ResponderBook Load(string path)
    {
        var book = new ResponderBook();
        using FileStream file = File.OpenRead(path);
        while (file.Position < file.Length)
        {
            var piece = new IssuerEntry[PieceSize];
            file.ReadExactly(MemoryMarshal.AsBytes(piece.AsSpan()));
            book._pieces.Add(piece);
        }

        return book;
    }
}
