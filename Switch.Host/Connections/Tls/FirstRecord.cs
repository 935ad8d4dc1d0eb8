using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// The record that a TLS connection begins with. It is waited for before anything of TLS is made, so that one who sends
/// half of it costs no more than a connection.
/// </summary>
internal static class FirstRecord
{
    // RFC 8446 section 5.1: kind, version, length. The kinds are 20 to 23; a hello is in a handshake's.
    private const int HeaderSize = 5;
    private const byte KindFirst = 20;
    private const byte KindHandshake = 22;
    private const byte KindLast = 23;

    // A longer record is wrong, and is left to the platform to refuse.
    private const int LengthMax = 16 * 1024;

    /// <summary>Whether the first byte is one of TLS.</summary>
    public static bool IsTls(byte first) => first is >= KindFirst and <= KindLast;

    /// <summary>Ends when the record has come whole, and takes nothing of it.</summary>
    /// <returns>None: it is there. Or why it will not be.</returns>
    public static async Task<TlsRefusal> ArriveAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
            {
                return TlsRefusal.PeerGone;
            }

            ReadOnlySequence<byte> bytes = read.Buffer;
            if (!bytes.IsEmpty && !IsTls(bytes.FirstSpan[0]))
            {
                input.AdvanceTo(bytes.End);
                return TlsRefusal.PlainText;
            }

            if (IsWhole(bytes))
            {
                input.AdvanceTo(bytes.Start); // Examined no further: the next read has it at once.
                return TlsRefusal.None;
            }

            input.AdvanceTo(bytes.Start, bytes.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return TlsRefusal.PeerGone;
            }
        }
    }

    private static bool IsWhole(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (bytes.Length < HeaderSize)
        {
            return false;
        }

        bytes.Slice(0, HeaderSize).CopyTo(header);
        int length = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        return header[0] != KindHandshake || length > LengthMax || bytes.Length >= HeaderSize + length;
    }
}
