using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Switch.Protocol.Dialects;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Fuzz;

/// <summary>
/// Goal: no bytes break the codec. Method: messages of every dialect, changed by <see cref="FrameMutator"/> and judged
/// by <see cref="FuzzCheck"/>, for SWITCH_FUZZ_SECONDS (20) from SWITCH_FUZZ_SEED (a new one each run). What is found
/// is kept under Fuzz/cases of the build: put it into the source's, with what is right, and every run tries it again.
/// </summary>
public class FuzzTests
{
    private const int SecondsDefault = 20;
    private const int BatchSize = 200;

    // As many as there were when this was written: a folder that was not copied would try nothing.
    private const int CasesMin = 9;

    private static readonly string[] BuiltIn = [.. Vector.Dialects, "iso03-ascii", "iso03-binary"];

    private static string CasesFolder => Path.Combine(AppContext.BaseDirectory, "Fuzz", "cases");

    [Fact]
    public void Messages_ChangedAtRandom_BreakNothing()
    {
        int seconds = Setting("SWITCH_FUZZ_SECONDS", SecondsDefault);
        int seed = Setting("SWITCH_FUZZ_SEED", (int)(Stopwatch.GetTimestamp() & 0xFFFFFF));
        var random = new Random(seed);
        var mutator = new FrameMutator(random);
        var check = new FuzzCheck();
        (Dialect Dialect, byte[][] Messages)[] sources = Sources(random);
        long started = Stopwatch.GetTimestamp();
        long tried = 0;
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            (Dialect dialect, byte[][] messages) = sources[random.Next(sources.Length)];
            for (int round = 0; round < BatchSize; round++, tried++)
            {
                byte[] bytes = mutator.Mutate(dialect, messages[random.Next(messages.Length)], messages);
                if (check.Run(dialect, bytes) is { } problem)
                {
                    Assert.Fail($"Seed {seed}, {dialect}: {problem}\nKept as {Keep(dialect, bytes)}");
                }
            }
        }

        Assert.True(tried > seconds, $"Only {tried} messages in {seconds} s: something hangs.");
    }

    [Fact]
    public void Cases_FoundEarlier_StayMended()
    {
        var check = new FuzzCheck();
        FuzzCase[] cases = [.. FuzzCase.In(CasesFolder)];
        Assert.True(cases.Length >= CasesMin, $"{cases.Length} cases are in {CasesFolder}.");
        foreach (FuzzCase one in cases)
        {
            Dialect dialect = DialectOf(one.Dialect);

            Assert.Equal($"{one.Name}: ", $"{one.Name}: {check.Run(dialect, one.Bytes)}");
            Assert.Equal($"{one.Name}: {one.Expected}", $"{one.Name}: {FuzzCase.Read(dialect, one.Bytes)}");
        }
    }

    private static (Dialect Dialect, byte[][] Messages)[] Sources(Random random)
    {
        var sources = new List<(Dialect, byte[][])>();
        foreach (string name in BuiltIn)
        {
            bool hasVectors = Vector.Dialects.Contains(name);
            byte[][] vectors = hasVectors ? [.. Vector.Of(name).Select(vector => vector.Bytes)] : [];
            sources.Add((Dialect.Get(name), [.. vectors, .. Random(Dialect.Get(name), random)]));
        }

        sources.Add((OddDialects.PackedDigits, Random(OddDialects.PackedDigits, random)));
        sources.Add((OddDialects.EbcdicText, Random(OddDialects.EbcdicText, random)));
        return [.. sources];
    }

    private static byte[][] Random(Dialect dialect, Random random) =>
        [.. Enumerable.Range(0, 50).Select(
            _ => RandomMessages.Encode(dialect, RandomMessages.Fields(dialect, random, random.Next(1, 40))))];

    private static Dialect DialectOf(string name) =>
        name == OddDialects.PackedDigits.Name ? OddDialects.PackedDigits
        : name == OddDialects.EbcdicText.Name ? OddDialects.EbcdicText
        : Dialect.Get(name);

    private static string Keep(Dialect dialect, byte[] bytes)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
        string path = Path.Combine(CasesFolder, $"{dialect.Name}-{hash}.hex");
        Directory.CreateDirectory(CasesFolder);
        File.WriteAllText(path, FuzzCase.Text(dialect, bytes));
        return path;
    }

    private static int Setting(string name, int @default) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value)
            ? value
            : @default;
}
