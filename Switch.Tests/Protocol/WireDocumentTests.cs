using System.Globalization;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol;

/// <summary>The dumps of docs/wire.md are messages that we read as the page says.</summary>
public class WireDocumentTests
{
    private static readonly string[] Page = File.ReadAllLines(PathOf("docs/wire.md"));

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
