using System.Text.Json;

namespace Switch.Benchmarks.Micro;

/// <summary>What one operation may take.</summary>
/// <param name="Bytes">Allocated each time; 0 stays 0.</param>
/// <param name="Copies">Time, in copies of the message's bytes, with room for noise.</param>
internal sealed record OperationBudget(double Bytes, double Copies);

/// <summary>What a part of an operation may take.</summary>
/// <param name="Bytes">Allocated each time; 0 stays 0.</param>
/// <param name="Ns">Nanoseconds: a difference is too small and too noisy for a ratio to the yardstick.</param>
internal sealed record DifferenceBudget(double Bytes, double Ns);

/// <summary>What is measured end to end may take this much.</summary>
internal sealed record LoadBudget(double SwitchAllocBytesPerTxn, double SwitchToProxyCpu, double ProxyToSwitchTps);

/// <summary><c>budgets.json</c>: ceilings, changed only with the measurement that allows it.</summary>
internal sealed record Budgets(
    IReadOnlyDictionary<string, OperationBudget> Operations,
    IReadOnlyDictionary<string, DifferenceBudget> Differences,
    LoadBudget Load)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public static Budgets Read(string json) => JsonSerializer.Deserialize<Budgets>(json, Format)
        ?? throw new JsonException("The budgets are empty.");

    /// <summary>Complaints about results; none when all are within budget. What has no budget is a complaint
    /// too.</summary>
    public IEnumerable<string> Check(IReadOnlyDictionary<string, QuickResult> results, string yardstick)
    {
        foreach ((string name, QuickResult result) in results)
        {
            if (!Operations.TryGetValue(name, out OperationBudget? budget))
            {
                yield return $"{name} has no budget.";
                continue;
            }

            double copies = result.Ns / results[yardstick].Ns;
            if (result.Bytes > budget.Bytes)
            {
                yield return $"{name} allocates {result.Bytes:N1} bytes; its budget is {budget.Bytes:N0}.";
            }

            if (copies > budget.Copies)
            {
                yield return $"{name} takes {copies:N1} copies of the message; its budget is {budget.Copies:N0}.";
            }
        }

        foreach (string name in Operations.Keys.Except(results.Keys))
        {
            yield return $"{name} has a budget and was not measured.";
        }
    }

    /// <summary>Complaints about differences, as <see cref="Check"/>.</summary>
    public IEnumerable<string> CheckDifferences(IReadOnlyDictionary<string, QuickResult> results)
    {
        foreach ((string name, QuickResult result) in results)
        {
            if (!Differences.TryGetValue(name, out DifferenceBudget? budget))
            {
                yield return $"{name} has no budget.";
            }
            else if (result.Bytes > budget.Bytes || result.Ns > budget.Ns)
            {
                yield return $"{name} takes {result.Ns:N1} ns and {result.Bytes:N1} bytes; its budget is"
                    + $" {budget.Ns:N0} ns and {budget.Bytes:N0} bytes.";
            }
        }

        foreach (string name in Differences.Keys.Except(results.Keys))
        {
            yield return $"{name} has a budget and was not measured.";
        }
    }
}
