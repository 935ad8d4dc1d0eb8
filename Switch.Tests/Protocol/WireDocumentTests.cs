using System.Globalization;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol;

/// <summary>The dumps of docs/connecting/wire.md are messages that we read as the page says.</summary>
public class WireDocumentTests
{
    private static readonly string[] Page = File.ReadAllLines(PathOf("docs/connecting/wire.md"));

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void Dump_OfTheMessage_IsReadAsItSays(string dialect)
    {
        (byte[] frame, List<string> notes) = Block($"wire {dialect}");
        Message message = Load(dialect, frame[2..]);

        int described = 0;
        foreach (string[] note in notes.Select(note => note.Split(" = ")).Where(note => note.Length == 2))
        {
            if (note[0] == "len2")
            {
                Assert.Equal(frame.Length - 2, int.Parse(note[1], CultureInfo.InvariantCulture));
                Assert.Equal(frame.Length - 2, (frame[0] << 8) | frame[1]);
            }
            else if (note[0] == "MTI")
            {
                Assert.Equal(message.Mti.ToString(), note[1]);
            }
            else
            {
                int field = int.Parse(note[0][3..], CultureInfo.InvariantCulture);
                Assert.Equal(note[1], Shown(message, field));
                described++;
            }
        }

        Assert.Equal(message.Fields.Count, described);
    }

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void Dump_OfTheImage_IsThatOfEitherMessage(string dialect)
    {
        Message message = Load(dialect, Block($"wire {dialect}").Bytes[2..]);
        byte[] image = new byte[FieldImage.SizeMax(1024)];

        int size = FieldImage.Write(message, Retention.StorableFromRequest(message.Dialect), image);

        Assert.Equal(Convert.ToHexString(Block("image").Bytes), Convert.ToHexString(image.AsSpan(0, size)));
    }

    /// <summary>Every framing is on the page, and its frames are what is written.</summary>
    [Fact]
    public void Frames_OfEveryFraming_AreAsThePageSays()
    {
        List<string[]> rows = Rows("frames");

        Assert.Equal(FrameFormat.Names, rows.Select(row => row[0]));
        foreach (string[] row in rows)
        {
            Assert.Equal(row[1].Replace(" ", "", StringComparison.Ordinal), FrameOf(row[0], null));
            Assert.Equal(row[2].Replace(" ", "", StringComparison.Ordinal), FrameOf(row[0] + "+tpdu", "6000010002"));
        }
    }

    [Fact]
    public void Dialects_BuiltIn_AreAsThePageSays()
    {
        IEnumerable<string> expected = new DialectCatalog().Names.Select(name =>
        {
            Dialect dialect = Dialect.Get(name);
            int year = dialect.IsoVersion switch { IsoVersion.Iso1987 => 1987, IsoVersion.Iso1993 => 1993, _ => 2003 };
            return $"{name}|{year}|MTI {dialect.Mti}|bitmap {dialect.Bitmap}|DE 2 {dialect[2]!.Encoding}, "
                + $"{dialect[2]!.Prefix} length|DE 41 {dialect[41]!.Encoding}";
        });

        Assert.Equal(
            expected.Select(row => row.ToLowerInvariant()),
            Rows("dialects").Select(row => string.Join('|', row).ToLowerInvariant()));
    }

    private static List<string[]> Rows(string block) =>
        [.. Page.SkipWhile(line => line != $"```{block}").Skip(1).TakeWhile(line => line != "```")
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))];

    private static string FrameOf(string name, string? header)
    {
        Assert.True(FrameFormat.TryGet(name, header, out FrameFormat? format, out string reason), reason);
        byte[] frame = new byte[4 + format.OverheadSize];
        format.Write(frame, "0800"u8);
        return Convert.ToHexString(frame);
    }

    private static Message Load(string dialect, byte[] bytes)
    {
        var message = new Message(1024);
        Assert.True(message.TryLoad(Dialect.Get(dialect), bytes, out ParseFault fault), fault.ToString());
        return message;
    }

    private static string Shown(Message message, int field) => message.Dialect[field]!.Kind == FieldKind.B
        ? Convert.ToHexString(message.Raw(field))
        : Samples.Text(message, field).TrimEnd();

    private static (byte[] Bytes, List<string> Notes) Block(string name)
    {
        var hex = new StringBuilder();
        var notes = new List<string>();
        foreach (string line in Page.SkipWhile(line => line != $"```{name}").Skip(1).TakeWhile(line => line != "```"))
        {
            string[] parts = line.Split('|', 2);
            hex.Append(parts[0].Replace(" ", "", StringComparison.Ordinal));
            notes.Add(parts[1].Trim());
        }

        return (Convert.FromHexString(hex.ToString()), notes);
    }

    private static string PathOf(string file)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Switch.sln")))
            {
                return Path.Combine(folder.FullName, file);
            }
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
