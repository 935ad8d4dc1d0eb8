using System.Buffers;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Fuzz;

/// <summary>
/// What must hold for any bytes whatever: no exception, no memory, the reference decoder's opinion, and the same bytes
/// again from what was accepted.
/// </summary>
internal sealed class FuzzCheck
{
    private readonly Message _message = new(65_536);
    private readonly MessageComposer _composer = new(65_536);
    private readonly byte[] _text = new byte[65_536];
    private readonly byte[] _image = new byte[FieldImage.SizeMax(65_536)];
    private readonly FrameFormat[] _formats =
        [.. FrameFormat.Names.Select(Get), .. FrameFormat.Names.Select(name => Get(name + "+tpdu"))];

    /// <summary>Null when everything holds, else what does not.</summary>
    public string? Run(Dialect dialect, byte[] bytes)
    {
        try
        {
            return Decode(dialect, bytes) ?? Frames(bytes);
        }
        catch (Exception e)
        {
            return e.ToString();
        }
    }

    private static FrameFormat Get(string name) =>
        FrameFormat.TryGet(name, out FrameFormat? format) ? format : throw new InvalidOperationException(name);

    private string? Decode(Dialect dialect, byte[] bytes)
    {
        _message.TryLoad(dialect, bytes, out _); // Whatever is made once is made now.
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isGood = _message.TryLoad(dialect, bytes, out ParseFault fault);
        if (GC.GetAllocatedBytesForCurrentThread() != before && AllocationToLoad(dialect, bytes) is not 0 and long took)
        {
            return $"{took} bytes of memory to read it";
        }

        ReferenceDecoder expected = ReferenceDecoder.Decode(dialect, bytes);
        if (fault != expected.Fault || isGood != fault.IsNone)
        {
            return $"{fault}, and the reference says {expected.Fault}";
        }

        string fields = string.Join(',', expected.Texts.Keys);
        if (_message.Mti.ToString() != expected.Mti || _message.Fields.ToString() != fields)
        {
            return $"{_message.Mti} {_message.Fields}, and the reference says {expected.Mti} {fields}";
        }

        foreach ((int field, string text) in expected.Texts)
        {
            if (Samples.Text(_message, field) != text)
            {
                return $"field {field} differs from the reference's";
            }
        }

        Retain(dialect);
        return isGood ? Again(dialect, expected.Normal) : null;
    }

    /// <summary>
    /// By the meter, which costs several loads: one collection beside a single load counts as that load's own.
    /// </summary>
    private long AllocationToLoad(Dialect dialect, byte[] bytes) =>
        AllocationMeter.Of(() => _message.TryLoad(dialect, bytes, out _), warmUp: 0, rounds: 1);

    /// <summary>What the journal keeps is made of whatever was accepted, in part too.</summary>
    private void Retain(Dialect dialect)
    {
        FieldSet kept = Retention.StorableFromRequest(dialect);
        FieldImage.Write(_message, in kept, _image);
        _message.TryGetPan(out _);
        int length = _message.CopyText(Field.IccData, _text);
        IccData.TryScrub(_text.AsSpan(0, length), _image, out _);
    }

    private string? Again(Dialect dialect, byte[] bytes)
    {
        _composer.Start(dialect, _message.Mti);
        foreach (int field in _message.Fields)
        {
            _composer.Set(field, _text.AsSpan(0, _message.CopyText(field, _text)));
        }

        if (!_composer.TryWrite(out ReadOnlySpan<byte> again, out ParseFault fault))
        {
            return $"accepted, and cannot be written: {fault}";
        }

        // Bitmaps that announce nothing are good, and are not sent again.
        if (!again.SequenceEqual(bytes) && again.Length >= bytes.Length && _message.Fields.Count > 0)
        {
            return $"written again as {Convert.ToHexString(again)}";
        }

        // An identity: what was written reads as what was set.
        string fields = _message.Fields.ToString();
        return _message.TryLoad(dialect, again, out fault) && _message.Fields.ToString() == fields
            ? null
            : $"written again, it reads as {fault} {_message.Fields}";
    }

    /// <summary>As a stream in every framing: it ends, and never gives more than there was.</summary>
    private string? Frames(byte[] bytes)
    {
        foreach (FrameFormat format in _formats)
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            long left = buffer.Length;
            while (format.TryDecode(ref buffer, 8_192, out ReadOnlySequence<byte> frame, out _)
                is FrameStatus.Complete or FrameStatus.Empty)
            {
                if (buffer.Length >= left || frame.Length > 8_192 || frame.Length > left)
                {
                    return $"{format}: a frame of {frame.Length}, {left} before and {buffer.Length} after";
                }

                left = buffer.Length;
            }
        }

        return null;
    }
}
