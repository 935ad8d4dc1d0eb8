using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.StandIn;

namespace Switch.Host.Configuration;

/// <summary>
/// What stand-in declines: lines of <c>pan,code</c>, or of <c>type,id,code,from,until</c> where type is card, range,
/// merchant, terminal or acquirer, and the two days may be left out. The code is the DE 39 of the decline.
/// </summary>
internal static class NegativeFile
{
    private const string Form =
        "must be pan,code with one comma, or type,id,code,from,until with card, range, merchant, terminal or acquirer "
        + "as type; the days are optional";

    private const int RangeSizeMax = 19;

    /// <summary>The list; null after any mistake, and then <paramref name="errors"/> has it.</summary>
    /// <param name="tokenOf">What stands for a card in the list.</param>
    /// <param name="acquirers">The names that an entry may give.</param>
    public static NegativeList? Read(
        string file, Func<Pan, CardToken> tokenOf, IReadOnlyCollection<string> acquirers, ConfigurationErrors errors,
        string path)
    {
        var builder = new NegativeList.Builder();
        NegativeList list = NegativeList.Empty;
        IReadOnlyList<(int Line, int Earlier)> Build()
        {
            list = builder.Build(out IReadOnlyList<(int Line, int Earlier)> twice);
            return twice;
        }

        string lastCode = "";
        bool AddPlain(ReadOnlySpan<byte> line, int number)
        {
            int comma = line.IndexOf((byte)',');
            if (comma < 0 || !Pan.TryParse(line[..comma], out Pan pan) || !pan.IsLuhnValid)
            {
                return false;
            }

            ReadOnlySpan<byte> code = line[(comma + 1)..];
            if (!Ascii.Equals(code, lastCode))
            {
                lastCode = Encoding.ASCII.GetString(code); // One string for as long as the code stays the same.
            }

            if (!Rules.IsDecline(lastCode))
            {
                return false;
            }

            builder.AddCard(tokenOf(pan), lastCode, ListPeriod.Always, number);
            return true;
        }

        return ListFile.TryRead(
            file, (columns, line) => Add(columns, line, builder, tokenOf, acquirers), Build,
            "Stand-in without its negative file would approve stolen cards.", errors, path, AddPlain)
            ? list
            : null;
    }

    private static string? Add(
        string[] columns, int line, NegativeList.Builder builder, Func<Pan, CardToken> tokenOf,
        IReadOnlyCollection<string> acquirers)
    {
        bool isPlain = columns.Length == 2;
        ListedKind kind = isPlain ? ListedKind.Card : KindOf(columns[0]);
        if (kind == default || columns.Length is < 2 or > 5)
        {
            return Form;
        }

        (string id, string code) = isPlain ? (columns[0], columns[1]) : (columns[1], columns[2]);
        ListPeriod period = ListPeriod.Always;
        Pan pan = default;
        string? mistake = kind == ListedKind.Card ? ListFile.ReadPan(id, out pan) : MistakeIn(kind, id, acquirers);
        mistake ??= Rules.IsDecline(code) ? null : "the code must be a DE 39 that declines, such as 04, 05, 41 or 43";
        mistake ??= isPlain ? null : ListFile.ReadPeriod(columns.AsSpan(3), out period);
        if (mistake is not null)
        {
            return mistake;
        }

        if (kind == ListedKind.Card)
        {
            builder.AddCard(tokenOf(pan), code, period, line);
            return null;
        }

        return builder.TryAdd(kind, id, code, period) ? null : "it is already listed";
    }

    private static string? MistakeIn(ListedKind kind, string id, IReadOnlyCollection<string> acquirers) => kind switch
    {
        ListedKind.Range => id.Length is > 0 and <= RangeSizeMax && id.All(char.IsAsciiDigit)
            ? null
            : $"a range is the first 1 to {RangeSizeMax} digits of card numbers",
        ListedKind.Merchant => id.Length is > 0 and <= 15 ? null : "a merchant is 1 to 15 characters, as in DE 42",
        ListedKind.Terminal => id.Length is > 0 and <= 8 ? null : "a terminal is 1 to 8 characters, as in DE 41",
        _ => acquirers.Contains(id) ? null : "the acquirer must be a configured one, by its name",
    };

    private static ListedKind KindOf(string text) => text switch
    {
        "card" => ListedKind.Card,
        "range" => ListedKind.Range,
        "merchant" => ListedKind.Merchant,
        "terminal" => ListedKind.Terminal,
        "acquirer" => ListedKind.Acquirer,
        _ => default,
    };
}
