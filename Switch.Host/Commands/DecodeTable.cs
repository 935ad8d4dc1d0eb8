using System.Globalization;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Wording;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>
/// Messages as tables for people: where each field lies, what it says and what it is called, its parts below it, and
/// for a fault the bytes around it.
/// </summary>
internal sealed class DecodeTable(TextWriter output, bool unmask) : IDecodeView
{
    private readonly IAnsiConsole _console = CommonOptions.ConsoleOn(output);
    private bool _isFirst = true;

    public void Show(in DecodedMessage decoded)
    {
        if (!_isFirst)
        {
            output.WriteLine();
        }

        _isFirst = false;
        if (decoded.Flow is { } flow)
        {
            string time = flow.Time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
            output.WriteLine($"{time}  {flow.From} -> {flow.To}");
        }

        if (!decoded.Header.IsEmpty)
        {
            output.WriteLine($"header {decoded.Header}");
        }

        if (decoded.Message is { } message)
        {
            output.WriteLine(
                $"{message.Mti} {MtiText.Of(message.Mti)}, {message.Dialect}, {message.Size} bytes");
            WriteFields(message);
        }

        if (decoded.Mistake is { } mistake)
        {
            WriteMistake(decoded.Message, mistake);
        }
    }

    private void WriteFields(Message message)
    {
        if (message.Fields.IsEmpty)
        {
            return;
        }

        var table = new Table { Border = TableBorder.None };
        table.AddColumn(new TableColumn("byte") { Alignment = Justify.Right, NoWrap = true });
        table.AddColumn(new TableColumn("field") { NoWrap = true }).AddColumn("value").AddColumn("name");
        foreach (int field in message.Fields)
        {
            AddField(table, message, field);
        }

        _console.Write(table);
    }

    private void AddField(Table table, Message message, int field)
    {
        Dialect dialect = message.Dialect;
        FieldSpec spec = dialect[field]!;
        byte[] value = new byte[message.TextLength(field)];
        message.CopyText(field, value);
        bool isBytes = spec.Kind == FieldKind.B;
        bool isPrivate = dialect.Private.Contains(field);
        FieldExposure exposure = unmask ? FieldExposure.Plain : Masker.ExposureOf(dialect, field);
        int offset = message.OffsetOf(field);
        string key = field.ToString(CultureInfo.InvariantCulture);

        IReadOnlyList<CompositePart> parts = [];
        bool hasParts = exposure is FieldExposure.Plain or FieldExposure.Parts && spec.Composite is { } composite
            && CompositeTree.TryRead(composite, value, isBytes, out parts) && parts.Count > 0;
        string text = exposure switch
        {
            FieldExposure.CardNumber => Masker.MaskedPan(value),
            FieldExposure.Hidden => Masker.Hidden,
            _ when hasParts => "",
            FieldExposure.Parts when Masker.MayHide(spec.Composite!, isPrivate) && value.Length > 0 => Masker.Hidden,
            _ => isBytes ? Convert.ToHexString(value) : Characters.Of(spec, value),
        };
        AddRow(table, offset, key, text, spec.Name);
        if (hasParts)
        {
            // Where parts are bytes of the message themselves, or pairs of characters of it, their place is known.
            int size = message.Raw(field).Length;
            bool isHex = spec.Composite!.Kind == CompositeKind.BerTlv && !isBytes;
            int scale = size == value.Length ? isHex ? 2 : 1 : size == 2 * value.Length && !isHex ? 2 : 0;
            AddParts(table, parts, key, new PartPlace(offset, scale), new PartExposure(!unmask, isPrivate));
        }
    }

    private static void AddParts(
        Table table, IReadOnlyList<CompositePart> parts, string key, PartPlace place, PartExposure exposure)
    {
        foreach (CompositePart part in parts)
        {
            bool isHidden = exposure.IsMasked && Masker.IsHidden(part, exposure.IsPrivate);
            string partKey = $"{key}.{part.Key}";
            IReadOnlyList<CompositePart>? inside = isHidden ? null : part.Parts;
            string text = isHidden ? Masker.Hidden : inside is null ? part.Text : "";
            AddRow(table, place.Of(part), partKey, text, part.Name);
            if (inside is not null)
            {
                // Inside a part that is not its own bytes nothing lies at a place of the message.
                bool isPlain = part.Text.Length == part.Size || part.Text.Length == 2 * part.Size;
                int scale = isPlain ? place.Scale : 0;
                AddParts(table, inside, partKey, new PartPlace(place.Of(part), scale), exposure);
            }
        }
    }

    private static void AddRow(Table table, int offset, string key, string text, string name)
    {
        string place = offset < 0 ? "" : offset.ToString(CultureInfo.InvariantCulture);
        table.AddRow(Cell.Of(place), Cell.Of(key), Cell.Of(text), Cell.Of(name));
    }

    private void WriteMistake(Message? message, MessageMistake mistake)
    {
        if (message is null)
        {
            output.WriteLine($"Not a message: {mistake.Reason}");
            return;
        }

        output.WriteLine($"Fault in {mistake.Describe(message.Dialect)}");
        DecodeDump.Write(output, message, mistake.Offset, unmask);
    }

    /// <summary>Where parts lie in the message; a scale of 0 says that they do not.</summary>
    private readonly record struct PartPlace(int Start, int Scale)
    {
        public int Of(CompositePart part) => Scale == 0 || Start < 0 ? -1 : Start + (Scale * part.Offset);
    }
}
