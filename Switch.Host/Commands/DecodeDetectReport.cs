using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>Prints what a <see cref="DecodeDetector"/> found, one line each.</summary>
internal static class DecodeDetectReport
{
    /// <summary>All that the input holds, as one piece: lines follow each other as on a connection.</summary>
    public static async Task<byte[]> ReadAsync(string source, InputForm form)
    {
        using var all = new MemoryStream();
        await foreach (byte[]? bytes in DecodeInput.ReadAsync(source, form).ConfigureAwait(false))
        {
            all.Write(bytes ?? throw new UsageException("A line is neither hexadecimal nor base64."));
            if (all.Length > DecodeInput.BinarySizeMax)
            {
                throw new UsageException($"The input is longer than {DecodeInput.BinarySizeMax} bytes. Give a part "
                    + "of it.");
            }
        }

        return all.Length > 0 ? all.ToArray() : throw new UsageException("The input is empty.");
    }

    public static int Write(TextWriter output, IReadOnlyList<Detection> found, bool json)
    {
        if (json)
        {
            foreach (Detection one in found)
            {
                output.WriteLine(JsonSerializer.Serialize(one, CommonOptions.JsonFormat));
            }
        }
        else
        {
            WriteTable(output, found);
        }

        return found.Count > 0 && found[0].Fits ? ExitCode.Done : ExitCode.Problems;
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<Detection> found)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(new TableColumn("fits") { NoWrap = true });
        table.AddColumn(new TableColumn("framing"));
        table.AddColumn(new TableColumn("dialect") { NoWrap = true });
        table.AddColumn(new TableColumn("byte") { Alignment = Justify.Right, NoWrap = true });
        table.AddColumn("sense").AddColumn("why");
        foreach (Detection one in found)
        {
            string sense = one.Judged == 0 ? "" : $"{one.Sense}/{one.Judged}";
            table.AddRow(
                Cell.Of(one.Fits ? "yes" : "no"), Cell.Of(one.Framing), Cell.Of(one.Dialect ?? "-"),
                Cell.Of(one.Offset.ToString(CultureInfo.InvariantCulture)), Cell.Of(sense), Cell.Of(one.Reason));
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }
}
