using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;
using Switch.Host.Wording;

namespace Switch.Host.Commands.Common;

/// <summary>A cell of a table with text that may come from anywhere.</summary>
internal static class Cell
{
    public static Text Of(string text) => new(Printable.Of(text));
}

/// <summary>What commands write to: passes text on with its control characters as codes.</summary>
internal sealed class PlainWriter : TextWriter
{
    private readonly bool _endsWithReturn;

    public PlainWriter(TextWriter inner)
        : base(CultureInfo.InvariantCulture)
    {
        Inner = inner;
        CoreNewLine = inner.NewLine.ToCharArray();
        _endsWithReturn = inner.NewLine.Contains('\r', StringComparison.Ordinal);
    }

    public TextWriter Inner { get; }

    public override Encoding Encoding => Inner.Encoding;

    public override void Write(char value)
    {
        if (Printable.IsPlain([value]) || (value == '\r' && _endsWithReturn))
        {
            Inner.Write(value);
        }
        else
        {
            Inner.Write(Printable.OfLines(value.ToString()));
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (Printable.IsPlain(buffer))
        {
            Inner.Write(buffer);
        }
        else if (buffer.SequenceEqual(CoreNewLine))
        {
            Inner.Write(CoreNewLine);
        }
        else
        {
            Inner.Write(Printable.OfLines(buffer.ToString()));
        }
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value)
    {
        Write(value.AsSpan());
        Inner.WriteLine();
    }

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    public override void Flush() => Inner.Flush();

    public override Task FlushAsync() => Inner.FlushAsync();
}

/// <summary>
/// Does for a console with colours what <see cref="PlainWriter"/> does for text: the console's own control sequences
/// pass, those in what it shows do not.
/// </summary>
internal sealed class PlainRendering : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(static one => new Plain(one));

    private sealed class Plain(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(static segment =>
                segment.IsControlCode || segment.IsLineBreak || Printable.IsPlain(segment.Text)
                    ? segment
                    : new Segment(Printable.OfLines(segment.Text), segment.Style));
    }
}
