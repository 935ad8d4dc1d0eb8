using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>A stretch of neighbouring fields whose bytes are all of one class.</summary>
internal readonly struct ContentRun(int offset, int size, byte classOf)
{
    public int Offset { get; } = offset;

    public int Size { get; } = size;

    public ByteClassName Class { get; } = (ByteClassName)classOf;
}

/// <summary>
/// Room that an index works in, kept by the thread so that nothing is allocated or cleared for it.
/// </summary>
internal sealed class IndexScratch
{
    /// <summary>
    /// Where the fields lie, in the order of their numbers; so many of them as <see cref="SlotCount"/> says.
    /// </summary>
    public FieldSlot[] Slots { get; } = new FieldSlot[Field.MaxWithThirdBitmap];

    /// <summary>The fields whose content a class of bytes alone cannot describe.</summary>
    public byte[] Quirky { get; } = new byte[Field.MaxWithThirdBitmap];

    /// <summary>The place of each of those among <see cref="Slots"/>.</summary>
    public byte[] QuirkyPlaces { get; } = new byte[Field.MaxWithThirdBitmap];

    /// <summary>At most one for each field, and the empty one in front of the first.</summary>
    public ContentRun[] Runs { get; } = new ContentRun[Field.MaxWithThirdBitmap + 1];

    public int SlotCount { get; set; }

    /// <summary>Whether a bitmap was in lower-case hexadecimal.</summary>
    public bool HasLowerBitmap { get; set; }

    public int QuirkCount { get; set; }

    public int RunCount { get; set; }
}
