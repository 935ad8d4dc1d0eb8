using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Tests.Support;

namespace Switch.Tests.Host;

/// <summary>Small parts that tests of the edge are made of.</summary>
internal static class EdgeParts
{
    public static readonly Dialect Ascii = Dialect.Get("iso87-ascii");

    public static readonly FrameFormat Len2 = FrameFormat.TryGet("len2", out FrameFormat? format)
        ? format : throw new InvalidOperationException("len2 is missing.");

    public static readonly SwitchNames Names = new(["acq-a"], ["issuer-a"], ["issuer-a#0"]);

    public static IncidentReporter Incidents(EdgeMeters meters, SwitchClock clock) =>
        new(NullLogger.Instance, Names, meters, clock);

    /// <summary>A request of usual size, told apart by its STAN.</summary>
    public static byte[] Message(int mti, int stan)
    {
        var composer = new MessageComposer(2048);
        composer.Start(Ascii, new Mti(mti));
        composer.Set(Field.Pan, "4000001234567899"u8);
        composer.Set(Field.ProcessingCode, "000000"u8);
        composer.SetNumber(Field.Amount, 1000);
        composer.Set(Field.TransmissionDateTime, "0115093000"u8);
        composer.SetNumber(Field.Stan, stan);
        composer.Set(Field.TerminalId, "TERM0001"u8);
        composer.Set(Field.Currency, "392"u8);
        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        return bytes.ToArray();
    }

    /// <summary>An echo test, which the core answers at once.</summary>
    public static byte[] Echo(int stan)
    {
        var composer = new MessageComposer(256);
        composer.Start(Ascii, Mti.NetworkRequest);
        composer.Set(Field.TransmissionDateTime, "0115093000"u8);
        composer.SetNumber(Field.Stan, stan);
        composer.Set(Field.NetworkCode, "301"u8);
        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
        return bytes.ToArray();
    }

    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[message.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)message.Length);
        message.CopyTo(frame.AsSpan(2));
        return frame;
    }

    public static byte[] Frame(int mti, int stan) => Frame(Message(mti, stan));

    /// <summary>MTI, STAN and response code of a message, as text: "0110 000007 96".</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        var message = new Message(2048);
        Assert.True(message.TryLoad(Ascii, bytes, out ParseFault fault), fault.ToString());
        return $"{message.Mti} {Text(message, Field.Stan)} {Text(message, Field.ResponseCode)}".TrimEnd();
    }

    public static string Text(Message message, int field)
    {
        Span<byte> text = stackalloc byte[64];
        return Encoding.ASCII.GetString(text[..message.CopyText(field, text)]);
    }

    public static SwitchClock Clock(out FakeTimeProvider time)
    {
        time = new FakeTimeProvider(WatchedTimeProvider.Begin);
        return new SwitchClock(time);
    }
}
