using System.Globalization;
using System.Net;
using System.Text;
using Switch.Routing.Values;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Draws stacks as a flame graph: a box's width is its share of the samples, what it calls stands above it. A browser
/// shows the whole name and the share of a box when the pointer rests on it.
/// </summary>
internal static class FlameGraph
{
    private const double Width = 1_600;
    private const double RowHeight = 17;
    private const double NarrowestDrawn = 0.5;
    private const double CharacterWidth = 6.6;
    private const double TitleHeight = 28;

    public static string Draw(StackTree stacks, string title)
    {
        int rows = DepthOf(stacks, Scale(stacks));
        double height = TitleHeight + (rows * RowHeight) + 4;
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}"
              font-family="monospace" font-size="11">
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="6" y="18" font-size="14">{WebUtility.HtmlEncode(title)}: {stacks.Samples} samples</text>

            """);
        DrawBox(svg, stacks, Scale(stacks), x: 0, bottom: height - 2, total: stacks.Samples);
        return svg.Append("</svg>\n").ToString();
    }

    private static double Scale(StackTree stacks) => Width / Math.Max(stacks.Samples, 1);

    private static int DepthOf(StackTree tree, double scale) => tree.Samples * scale < NarrowestDrawn
        ? 0
        : 1 + tree.Calls.Select(call => DepthOf(call, scale)).DefaultIfEmpty().Max();

    private static void DrawBox(StringBuilder svg, StackTree tree, double scale, double x, double bottom, long total)
    {
        double width = tree.Samples * scale;
        if (width < NarrowestDrawn)
        {
            return;
        }

        double top = bottom - RowHeight;
        string name = WebUtility.HtmlEncode(tree.Name);
        double percent = tree.Samples * 100.0 / Math.Max(total, 1);
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <g><title>{name}: {tree.Samples} samples, {percent:N2} %</title>
            <rect x="{x:F1}" y="{top:F1}" width="{width:F1}" height="{RowHeight - 1}" fill="{ColourOf(tree.Name)}"/>
            """);
        int characters = (int)((width - 4) / CharacterWidth);
        if (characters >= 3)
        {
            string text = WebUtility.HtmlEncode(tree.Name.Length <= characters ? tree.Name : tree.Name[..characters]);
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x + 2:F1}" y="{top + 12:F1}">{text}</text>""");
        }

        svg.Append("</g>\n");
        foreach (StackTree call in tree.Calls)
        {
            DrawBox(svg, call, scale, x, top, total);
            x += call.Samples * scale;
        }
    }

    // One colour for each class, the same in every picture, so that two pictures can be compared.
    private static string ColourOf(string name)
    {
        ulong hash = StableHash.Of(name.Split("::")[0]);
        ulong saturation = 60 + (hash >> 8) % 30;
        ulong lightness = 62 + (hash >> 16) % 14;
        return string.Create(CultureInfo.InvariantCulture, $"hsl({hash % 50},{saturation}%,{lightness}%)");
    }
}
