using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Protocol.Fields;
using Switch.Routing.StandIn;

namespace Switch.Tests.Host.Configuration;

public sealed class NegativeFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Read_WellFormed_GivesEachCardAndItsCode()
    {
        (NegativeList? list, ConfigurationErrors errors) = Read(
            "# lost and stolen\n\n4000001234567899,41\n 5555555555554444 , 43 \r\n");

        Assert.Empty(errors.All);
        Assert.Equal(2, list!.Count);
        Assert.Equal(("41", "43"), (CodeOf(list, "4000001234567899"), CodeOf(list, "5555555555554444")));
    }

    [Theory]
    [InlineData("4000001234567899", "one comma")]
    [InlineData("4000001234567899,41,x", "one comma")]
    [InlineData("400000123456789x,41", "must be 8 to 19 digits")]
    [InlineData("4000001234567898,41", "check digit")]
    [InlineData("4000001234567899,00", "declines")]
    [InlineData("4000001234567899,4", "declines")]
    [InlineData("4000001234567899,41\n4000001234567899,43", "already in line 2")]
    [InlineData("# nothing\n", "has no entries")]
    public void Read_Broken_IsRefusedWithoutQuotingTheCard(string text, string reason)
    {
        (_, ConfigurationErrors errors) = Read("\n" + text);

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal("path", error.Path);
        Assert.Contains(reason, error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("400000", error.Problem, StringComparison.Ordinal);
    }

    /// <summary>A tenth of what there may be; docs/concepts/money.md has what ten million took.</summary>
    [Fact]
    public void Read_AMillion_FindsEachAndTakesTwentyBytesForIt()
    {
        const int Entries = 1_000_000;
        File.WriteAllLines(_file, Enumerable.Range(0, Entries).Select(static i => $"{TestCards.Make("4", i)},43"));
        var errors = new ConfigurationErrors();
        long before = GC.GetAllocatedBytesForCurrentThread();

        NegativeList list = NegativeFile.Read(_file, ListFile.Unkeyed, [], errors, "path")!;

        // Garbage of each line would stop payments for the collector while the list is read: 32 bytes an entry to
        // collect, 20 to keep, 4 to find cards that come twice.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)Entries, 40, 70);
        Assert.Empty(errors.All);
        Assert.Equal(Entries, list.Count);
        Assert.All(
            Enumerable.Range(0, 100), i => Assert.Equal("43", CodeOf(list, TestCards.Make("4", i * (Entries / 100)))));
        Assert.InRange(list.Cards.Size / (double)Entries, 18, 21);
    }

    [Theory]
    [InlineData("4000001234567899,41")] // No newline at the end.
    [InlineData("4000001234567899,41\r\n\r\n")]
    [InlineData("card,4000001234567899,41,2026-01-01,\n")]
    [InlineData("\t4000001234567899\t, 41 \n")]
    public void Read_OtherForms_GiveTheSame(string text)
    {
        (NegativeList? list, ConfigurationErrors errors) = Read(text);

        Assert.Empty(errors.All);
        Assert.Equal((1, "41"), (list!.Count, CodeOf(list, "4000001234567899", day: 30_000)));
    }

    [Fact]
    public void Read_LineWithoutEnd_IsRefusedInBoundedMemory()
    {
        (_, ConfigurationErrors errors) = Read("4000001234567899,41\n" + new string('4', 1 << 20));

        Assert.Contains("line 2: longer than", Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyMistakes_ShowsTwentyAndCountsTheRest()
    {
        (_, ConfigurationErrors errors) = Read(string.Concat(Enumerable.Repeat("x\n", 50)));

        Assert.Equal(21, errors.All.Count);
        Assert.Contains("30 more mistakes", errors.All[^1].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Missing_SaysWhatWouldHappen()
    {
        var errors = new ConfigurationErrors();
        Assert.Null(NegativeFile.Read(_file + ".nowhere", ListFile.Unkeyed, [], errors, "path"));

        Assert.Contains("stolen cards", Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Typed_TakesEveryKindAndDates()
    {
        (NegativeList? list, ConfigurationErrors errors) = Read(
            "card,4000001234567899,41,2026-12-01,2026-12-31\nrange,512345,62\nmerchant,SHOP 1,57,,2027-01-31\n"
            + "terminal,TERM0001,57\nacquirer,acq-a,05,2026-01-01\n");

        Assert.Empty(errors.All);
        Assert.Equal(5, list!.Count);
        int december = new DateOnly(2026, 12, 1).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        Assert.Equal("", CodeOf(list, "4000001234567899", december - 1));
        Assert.Equal("41", CodeOf(list, "4000001234567899", december));
    }

    [Theory]
    [InlineData("ranges,5,62", "one comma")]
    [InlineData("range,5x,62", "first 1 to 19 digits")]
    [InlineData("merchant,1234567890123456,62", "1 to 15")]
    [InlineData("terminal,123456789,62", "1 to 8")]
    [InlineData("acquirer,acq-z,62", "configured one")]
    [InlineData("terminal,TERM0001,62\nterminal,TERM0001,62", "already listed")]
    [InlineData("terminal,TERM0001,62,2026-13-01", "must be days")]
    [InlineData("terminal,TERM0001,62,2026-12-02,2026-12-01", "later than")]
    public void Read_TypedAndBroken_SaysWhy(string text, string reason)
    {
        (NegativeList? list, ConfigurationErrors errors) = Read(text);

        Assert.Null(list);
        Assert.Contains(reason, Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4000001234567899,x3", 30_000)]
    [InlineData("4000001234567899,25000/2/30000,2026-01-01", 25_000)]
    public void ReadPositive_RaisesTheCardsLimits(string text, long expected)
    {
        File.WriteAllText(_file, text);
        var errors = new ConfigurationErrors();
        PositiveList? list = PositiveFile.Read(_file, ListFile.Unkeyed, errors, "path");

        Assert.Empty(errors.All);
        Assert.True(Pan.TryParse("4000001234567899"u8, out Pan pan));
        Assert.Equal(expected, list!.Find(ListFile.Unkeyed(pan), day: 30_000).TransactionBound(10_000));
        Assert.Equal(10_000, list.Find(default, day: 30_000).TransactionBound(10_000));
    }

    [Theory]
    [InlineData("4000001234567899")]
    [InlineData("4000001234567899,x1")]
    [InlineData("4000001234567899,x1001")]
    [InlineData("4000001234567899,1/2")]
    [InlineData("4000001234567899,x2\n4000001234567899,x2")]
    public void ReadPositive_Broken_IsRefused(string text)
    {
        File.WriteAllText(_file, text);
        var errors = new ConfigurationErrors();

        Assert.Null(PositiveFile.Read(_file, ListFile.Unkeyed, errors, "path"));
        Assert.DoesNotContain("400000", Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    private static string CodeOf(NegativeList list, string card, int day = 0)
    {
        Assert.True(Pan.TryParse(System.Text.Encoding.ASCII.GetBytes(card), out Pan pan));
        return list.TryFindCard(ListFile.Unkeyed(pan), day, out string code) ? code : "";
    }

    private (NegativeList? List, ConfigurationErrors Errors) Read(string text)
    {
        File.WriteAllText(_file, text);
        var errors = new ConfigurationErrors();
        return (NegativeFile.Read(_file, ListFile.Unkeyed, ["acq-a"], errors, "path"), errors);
    }
}
