using System.Globalization;
using Switch.Protocol.Fields;
using Switch.Routing.StandIn;

namespace Switch.Host.Configuration;

/// <summary>
/// Cards whose limits are raised: lines of <c>pan,raise,from,until</c>, where the days may be left out. A raise is
/// <c>x3</c>, three times the card's limits, or <c>50000/10/200000</c>, the card's own limits: per transaction, count
/// and sum in the profile's per-card window.
/// </summary>
internal static class PositiveFile
{
    private const long AmountMax = 999_999_999_999;
    private const int CountMax = 100_000;

    /// <summary>The list; null after any mistake, and then <paramref name="errors"/> has it.</summary>
    public static PositiveList? Read(
        string file, Func<Pan, CardToken> tokenOf, ConfigurationErrors errors, string path)
    {
        var builder = new PositiveList.Builder();
        PositiveList list = PositiveList.Empty;
        IReadOnlyList<(int Line, int Earlier)> Build()
        {
            list = builder.Build(out IReadOnlyList<(int Line, int Earlier)> twice);
            return twice;
        }

        return ListFile.TryRead(
            file, (columns, line) => Add(columns, line, builder, tokenOf), Build,
            "Without a configured list stand-in is off.", errors, path)
            ? list
            : null;
    }

    private static string? Add(
        string[] columns, int line, PositiveList.Builder builder, Func<Pan, CardToken> tokenOf)
    {
        if (columns.Length is < 2 or > 4)
        {
            return "must be pan,raise,from,until; the days are optional";
        }

        ListPeriod period = ListPeriod.Always;
        string? mistake = ListFile.ReadPan(columns[0], out Pan pan);
        bool isRaise = ReadRaise(columns[1], out RaisedLimits raise);
        mistake ??= isRaise ? null
            : $"the raise must be x2 to x{RaisedLimits.FactorMax}, or three numbers as 50000/10/200000";
        mistake ??= ListFile.ReadPeriod(columns.AsSpan(2), out period);
        return mistake ?? (builder.TryAdd(tokenOf(pan), raise, period, line)
            ? null
            : $"more than {PositiveList.Builder.RaisesMax} different raises");
    }

    private static bool ReadRaise(string text, out RaisedLimits raise)
    {
        raise = RaisedLimits.None;
        if (text.StartsWith('x'))
        {
            bool isFactor = TryReadNumber(text[1..], RaisedLimits.FactorMax, out long factor) && factor > 1;
            raise = raise with { Factor = isFactor ? (int)factor : 1 };
            return isFactor;
        }

        string[] parts = text.Split('/');
        if (parts.Length != 3 || !TryReadNumber(parts[0], AmountMax, out long transaction)
            || !TryReadNumber(parts[1], CountMax, out long count)
            || !TryReadNumber(parts[2], AmountMax, out long amount))
        {
            return false;
        }

        raise = new RaisedLimits(1, transaction, (int)count, amount);
        return true;
    }

    private static bool TryReadNumber(string text, long max, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;
}
