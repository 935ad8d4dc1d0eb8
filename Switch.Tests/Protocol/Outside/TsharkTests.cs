using System.Diagnostics;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Protocol.Outside;

/// <summary>
/// Goal: somebody else's reader agrees with what we write. Method: frames that our codec wrote go into a capture file,
/// and tshark's iso8583 dissector (version 4.0 of Debian 12) says what is in them. Its faults are named here, each
/// where it is left out; a dissector without them would pass too.
/// </summary>
public sealed class TsharkTests : IDisposable
{
    private const int Messages = 300;

    /// <summary>
    /// In both encodings it has DE 53 with 8 digits (16 in the layouts), DE 86 to 89 with 15 (16), DE 93 with 5
    /// characters (6) and DE 96 with 8 bytes (16); it takes DE 34 and 92 for digits, and stops at letters in them.
    /// </summary>
    private static readonly FieldSet OtherLayouts = FieldSet.Of(34, 53, 86, 87, 88, 89, 92, 93, 96);

    /// <summary>
    /// Packed only: the sign of x+n is shown as a digit, and it stops at a packed track and at binary DE 55. Besides,
    /// it looks for the pad of an odd count of digits on the left in variable fields too, so they are even here, and
    /// shows a character too many behind bytes.
    /// </summary>
    private static readonly FieldSet PackedFaults = FieldSet.Of(28, 29, 30, 31, 35, 55, 97);

    /// <summary>
    /// It passes over messages of fewer than twenty bytes or so, and, packed, over two in a hundred of others without
    /// a word.
    /// </summary>
    private static readonly FieldSet Always = FieldSet.Of(3, 4, 7, 11);

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-tshark-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFact("tshark")]
    public void Frames_OfCharacters_AreReadAsWeWroteThem() => AssertAgrees("iso87-ascii", OtherLayouts);

    [NeedsFact("tshark")]
    public void Frames_OfPackedDigits_AreReadAsWeWroteThem() => AssertAgrees(
        "iso87-binary", OtherLayouts | PackedFaults,
        "-o", "iso8583.charset:Digits represented in nibbles", "-o", "iso8583.binencode:Bin data not encoded");

    private void AssertAgrees(string name, FieldSet leftOut, params string[] options)
    {
        Dialect dialect = Dialect.Get(name);
        var random = new Random(8583);
        SortedDictionary<int, string>[] messages =
            [.. Enumerable.Range(0, Messages).Select(_ => Plain(dialect, random, leftOut))];
        string capture = Path.Combine(_folder, name + ".pcap");
        File.WriteAllBytes(capture, CaptureFile.Of(messages.Select(fields => Frame(dialect, fields))));

        string[] lines = Read(capture, options);

        int passedOver = 0;
        for (int index = 0; index < Messages; index++)
        {
            string[] read = lines[index].Split('|');
            if (read[0].Length == 0)
            {
                passedOver++;
                continue;
            }

            Assert.Equal("0200", read[0]);
            for (int field = 2; field <= Field.Max; field++)
            {
                string expected = Shown(dialect, field, messages[index].GetValueOrDefault(field, ""));
                string given = dialect[field] is { Encoding: FieldEncoding.Binary }
                    ? read[field - 1].TrimEnd('`')
                    : read[field - 1];
                Assert.True(expected == given, $"Message {index}, field {field}: {expected} was read as {given}");
            }
        }

        Assert.True(passedOver <= Messages / 20, $"{passedOver} messages were not read at all.");
    }

    /// <summary>Fields whose characters every class of the standard allows: the dissector checks them too.</summary>
    private static SortedDictionary<int, string> Plain(Dialect dialect, Random random, FieldSet leftOut)
    {
        var fields = new SortedDictionary<int, string>();
        int share = random.Next(5, 60);
        foreach (int field in dialect.Defined.Except(leftOut))
        {
            FieldSpec spec = dialect[field]!;
            if (!Always.Contains(field) && random.Next(100) >= share)
            {
                continue;
            }

            int length = spec.IsVariable ? random.Next(2, Math.Min(spec.LengthMax, 60) + 1) : spec.LengthMax;
            if (spec is { Encoding: FieldEncoding.Bcd, IsVariable: true })
            {
                length &= ~1;
            }

            char[] text = new char[length];
            for (int index = 0; index < length; index++)
            {
                text[index] = spec.Kind switch
                {
                    FieldKind.XN when index == 0 => "CD"[random.Next(2)],
                    FieldKind.N or FieldKind.XN or FieldKind.Z => (char)random.Next('0', '9' + 1),
                    FieldKind.B => (char)random.Next(256),
                    _ => (char)random.Next('A', 'Z' + 1),
                };
            }

            if (length > 0)
            {
                fields.Add(field, new string(text));
            }
        }

        return fields;
    }

    private static byte[] Frame(Dialect dialect, SortedDictionary<int, string> fields)
    {
        byte[] message = Samples.Encode(dialect, Mti.FinancialRequest, fields);
        Assert.True(FrameFormat.TryGet("len2", out FrameFormat? format));
        byte[] frame = new byte[message.Length + format.OverheadSize];
        format.Write(frame, message);
        return frame;
    }

    private static string Shown(Dialect dialect, int field, string text) =>
        dialect[field] is { Kind: FieldKind.B } && text.Length > 0
            ? Convert.ToHexString(System.Text.Encoding.Latin1.GetBytes(text))
            : text;

    private static string[] Read(string capture, string[] options)
    {
        var start = new ProcessStartInfo("tshark") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "-r", capture, "-o", "iso8583.len_endian:Big endian", .. options, "-d", "tcp.port==8583,iso8583",
            "-T", "fields", "-E", "separator=|", "-e", "iso8583.mti",
            .. Enumerable.Range(2, Field.Max - 1).SelectMany(field => new[] { "-e", $"iso8583.bit{field}" }),
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.True(process.ExitCode == 0, errors.Result);
        return output.Split('\n');
    }
}
