using System.Globalization;
using Switch.Benchmarks.Host;
using Switch.Benchmarks.Load;
using Switch.Benchmarks.Protocol;
using Switch.Benchmarks.Routing;
using Switch.Routing.Effects;

namespace Switch.Benchmarks.Micro;

/// <summary>The operations that budgets speak of, by name; the same code as the micro-benchmarks.</summary>
internal static class Operations
{
    /// <summary>The yardstick of all others.</summary>
    public const string Copy = "copy";

    public static IReadOnlyDictionary<string, Action<int>> All()
    {
        var operations = new Dictionary<string, Action<int>>(StringComparer.Ordinal);
        foreach (string dialect in (string[])["iso87-ascii", "iso87-binary"])
        {
            string name = dialect[6..];
            var messages = new MessageBenchmarks { Dialect = dialect };
            messages.Setup();
            operations.TryAdd(Copy, Repeat(messages.Copy));
            operations[$"index {name}"] = Repeat(() => messages.Load() ? 1 : 0);
            operations[$"image {name}"] = Repeat(messages.Image);
            operations.TryAdd("card token", Repeat(() => messages.Token() ? 1 : 0));
            foreach (bool isSame in (bool[])[true, false])
            {
                var hop = new HopBenchmarks { From = dialect, IsSameDialect = isSame };
                hop.Setup();
                operations[$"hop from {name}, {(isSame ? "same" : "other")} dialect"] = Repeat(hop.Hop);
            }

            var core = new CoreBenchmarks { Issuer = dialect };
            operations[$"authorization in the core, issuer {name}"] = Authorization(core);
            operations[$"authorization in the core behind the line, issuer {name}"] =
                Authorization(new CoreBenchmarks { Issuer = dialect, HasLine = true });
            foreach (int rules in (int[])[1, 4])
            {
                operations[$"authorization in the core, velocity rules {rules}, issuer {name}"] =
                    Authorization(new CoreBenchmarks { Issuer = dialect, VelocityRules = rules });
            }

            operations[$"authorization in the core, 1,000 in flight, issuer {name}"] = InThousands(core.AuthorizeMany);
        }

        foreach (string other in (string[])["ascii", "binary"])
        {
            operations[$"transcode {other} to ebcdic"] = Transcode(other, "ebcdic");
            operations[$"transcode ebcdic to {other}"] = Transcode("ebcdic", other);
        }

        var chipData = new TlvBenchmarks();
        chipData.Setup();
        operations["chip data, walked"] = Repeat(chipData.Walk);
        operations["chip data, scrubbed"] = Repeat(chipData.Scrub);

        foreach (int keys in (int[])[1_000, 50_000])
        {
            var velocity = new VelocityBenchmarks { Keys = keys };
            operations[string.Create(CultureInfo.InvariantCulture, $"velocity rule, {keys:N0} keys")] =
                InThousands(velocity.Count);
        }

        var records = new JournalRecordBenchmarks();
        records.Setup();
        operations["journal record, appended"] = InThousands(records.Append);
        operations["journal record, sealed"] = InThousands(() => (int)records.AppendAndEncodeTens());
        foreach (string algorithm in (string[])["Retail", "Cmac"])
        {
            var security = new SecurityBenchmarks { Algorithm = algorithm };
            security.Setup();
            operations[$"MAC verified in software, {algorithm}"] =
                Repeat(() => security.Verify() == MacState.Verified ? 1 : 0);
            operations[$"MAC made in software, {algorithm}"] = Repeat(security.Seal);
            operations.TryAdd("PIN block translated in software", Repeat(security.Translate));
        }

        operations["load generator and issuer, one message"] = Repeat(new LoadToolBenchmark().Exchange);
        return operations;
    }

    /// <summary>What a part of an operation takes, as the difference to the operation without it.</summary>
    public static IReadOnlyDictionary<string, Difference> Differences()
    {
        var differences = new Dictionary<string, Difference>(StringComparer.Ordinal);
        foreach (string dialect in (string[])["iso87-ascii", "iso87-binary"])
        {
            differences[$"health and admission of an authorization, issuer {dialect[6..]}"] = new Difference(
                () => Authorization(new CoreBenchmarks { Issuer = dialect }),
                () => Authorization(
                    new CoreBenchmarks { Issuer = dialect, HasHealth = false, AdaptsInFlight = false }));
        }

        return differences;
    }

    private static Action<int> Authorization(CoreBenchmarks core)
    {
        core.Setup();
        return Repeat(core.Authorize);
    }

    private static Action<int> Repeat(Func<int> once) => times =>
    {
        int sum = 0;
        for (int i = 0; i < times; i++)
        {
            sum += once();
        }

        GC.KeepAlive(sum == int.MinValue ? once : null);
    };

    private static Action<int> Transcode(string from, string to)
    {
        var way = new TranslationBenchmarks { Way = $"iso87-{from}>iso87-{to}" };
        way.Setup();
        return Repeat(way.Compose);
    }

    /// <summary>An operation that does a thousand at a time.</summary>
    private static Action<int> InThousands(Func<int> thousand) => times =>
    {
        for (int i = 0; i < times; i += 1_000)
        {
            thousand();
        }
    };
}
