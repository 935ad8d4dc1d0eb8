using System.Globalization;
using System.Text;
using Switch.Host.Security.Ciphers;
using Switch.Protocol.Fields;

namespace Switch.Host.Security.HostCommands;

/// <summary>
/// The text of a host command, without header and without the id of a master key. It may hold part of a card number:
/// its owner clears it.
/// </summary>
/// <remarks>
/// The layouts are those of public descriptions and examples of the payShield family; none was tried on such a module.
/// </remarks>
internal static class HostCommand
{
    private const string PinLengthMax = "12";

    public static byte[] Diagnostics() => Ascii("NC");

    /// <summary>PIN block from one key to a zone's: CC of a zone's key, CA of a terminal's.</summary>
    public static byte[] TranslatePin(in PinTranslation request) => Pin(
        (request.SourceKind == KeyKind.Tpk ? "CA" : "CC") + request.Source.Text + request.Destination.Text
        + PinLengthMax, [], request.Block.Span, request.SourceFormat, request.DestinationFormat, request.Pan);

    /// <summary>PIN block of a terminal with TDES DUKPT.</summary>
    public static byte[] TranslateDukpt(in DukptTranslation request)
    {
        Span<byte> serial = stackalloc byte[KeySerialNumber.AesSize];
        int size = request.SerialNumber.CopyTo(serial);
        return Pin(
            "G0" + request.Bdk.Text + request.Destination.Text + request.Descriptor, serial[..size],
            request.Block.Span, request.SourceFormat, request.DestinationFormat, request.Pan);
    }

    /// <summary>M6, or M8 with the MAC that is to be compared. The data is binary.</summary>
    public static byte[] Mac(in MacRequest request, ReadOnlySpan<byte> compared)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"{(compared.IsEmpty ? "M6" : "M8")}00{(request.Size == 8 ? 1 : 0)}{(int)request.Algorithm}"
            + $"{(int)request.Padding}{TypeOf(request.Kind, request.Key)}{request.Key.Text}{request.Data.Length:X4}");
        string tail = Convert.ToHexString(compared);
        byte[] command = new byte[head.Length + request.Data.Length + tail.Length];
        Encoding.ASCII.GetBytes(head, command);
        request.Data.Span.CopyTo(command.AsSpan(head.Length));
        Encoding.ASCII.GetBytes(tail, command.AsSpan(head.Length + request.Data.Length));
        return command;
    }

    public static byte[] CheckValue(KeyKind kind, WrappedKey key) => Ascii(string.Create(
        CultureInfo.InvariantCulture, $"BUFF{(key.Scheme == 'T' ? 2 : 1)}{key.Text};{TypeOf(kind, key)}"));

    public static byte[] Generate(KeyKind kind, WrappedKey? zmk, KeyScheme scheme) => Ascii(
        zmk is null ? $"A00{kind.Code()}U" : $"A01{kind.Code()}U;0{zmk.Text}{scheme.Letter()}");

    public static byte[] Import(KeyKind kind, WrappedKey zmk, WrappedKey key) =>
        Ascii($"A6{kind.Code()}{zmk.Text}{key.Text}{(key.Scheme is 'T' or 'Y' ? 'T' : 'U')}");

    public static byte[] Export(KeyKind kind, WrappedKey zmk, WrappedKey key, KeyScheme scheme)
    {
        char letter = key.Scheme == 'T' ? (scheme == KeyScheme.Ansi ? 'Y' : 'T') : scheme.Letter();
        return Ascii($"A8{kind.Code()}{zmk.Text}{key.Text}{letter}");
    }

    /// <summary>The module's number of a PIN block's format.</summary>
    public static string FormatOf(PinFormat format) => format switch
    {
        PinFormat.Iso0 => "01",
        PinFormat.Iso1 => "05",
        PinFormat.Iso3 => "47",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "has no number here."),
    };

    // Block and serial number go into the command at once: as a text on the way they would stay in memory.
    private static byte[] Pin(
        string head, ReadOnlySpan<byte> serial, ReadOnlySpan<byte> block, PinFormat source, PinFormat destination,
        Pan pan)
    {
        const int AccountLength = 12;
        string formats = FormatOf(source) + FormatOf(destination);
        byte[] command =
            new byte[head.Length + (2 * (serial.Length + block.Length)) + formats.Length + AccountLength];
        int at = Encoding.ASCII.GetBytes(head, command);
        at += WriteHex(serial, command.AsSpan(at));
        at += WriteHex(block, command.AsSpan(at));
        at += Encoding.ASCII.GetBytes(formats, command.AsSpan(at));
        PinBlock.WriteAccount(pan, command.AsSpan(at));
        return command;
    }

    private static int WriteHex(ReadOnlySpan<byte> bytes, Span<byte> destination) =>
        Convert.TryToHexString(bytes, destination, out int written)
            ? written
            : throw new ArgumentException("is too short.", nameof(destination));

    // A key block of the module's maker says itself what it is for.
    private static string TypeOf(KeyKind kind, WrappedKey key) => key.IsBlock ? "FFF" : kind.Code();

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
