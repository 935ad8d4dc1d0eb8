using System.Buffers;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Simulators;

/// <summary>
/// Turns plain messages to bytes of one dialect and back. Plain messages speak 1987 whatever the dialect's edition:
/// what 1987 cannot say they do not know. Not thread safe: one for each direction of a socket.
/// </summary>
internal sealed class PlainCodec(Dialect dialect, int sizeMax)
{
    private readonly Message _message = new(sizeMax, FieldTerms.Canonical);
    private readonly MessageComposer _composer = new(sizeMax, FieldTerms.Canonical);
    private readonly byte[] _text = new byte[sizeMax];

    /// <summary>Reads a frame's body; false (and why) when it is not a message of the dialect.</summary>
    public bool TryDecode(in ReadOnlySequence<byte> frame, out PlainMessage message, out ParseFault fault)
    {
        bool isWhole = _message.TryLoad(dialect, frame, out fault);
        message = new PlainMessage(_message.Mti.Value)
        {
            NamesByLocalTime = dialect.Edition.NamesOriginalsByLocalTime,
        };
        if (isWhole)
        {
            foreach (int field in _message.Fields.Below(PlainMessage.FieldsEnd))
            {
                int length = _message.CopyText(field, _text);
                message[field] = Encoding.Latin1.GetString(_text.AsSpan(0, length));
            }
        }

        _message.Clear();
        return isWhole;
    }

    /// <summary>The message's bytes, valid until the next call.</summary>
    /// <exception cref="InvalidOperationException">A field does not fit the dialect: the simulator's own
    /// mistake.</exception>
    public ReadOnlySpan<byte> Encode(PlainMessage message)
    {
        _composer.WallMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        _composer.Start(dialect, new Mti(message.Mti));
        for (int field = 2; field < PlainMessage.FieldsEnd; field++)
        {
            if (message[field] is { } text)
            {
                int length = Encoding.Latin1.GetBytes(text, _text);
                _composer.Set(field, _text.AsSpan(0, length));
            }
        }

        if (!_composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault))
        {
            throw new InvalidOperationException($"MTI {message.Mti:D4}: {fault}.");
        }

        return bytes;
    }
}
