using System.CommandLine;
using BenchmarkDotNet.Running;
using Switch.Benchmarks.Folders;
using Switch.Benchmarks.Host;
using Switch.Benchmarks.Load;
using Switch.Benchmarks.Micro;
using Switch.Benchmarks.Reference;
using Switch.Benchmarks.Sabotages;
using Switch.Host.Stores.Providers;

namespace Switch.Benchmarks;

/// <summary>
/// <c>micro</c> runs the micro-benchmarks, <c>bench</c> holds them against their budgets, <c>load</c> measures the
/// switch under load, <c>journal</c> the journal on a real disk, <c>recovery</c> how long a start takes,
/// <c>store</c> the projection into the store, <c>verify</c> the verification of a journal. <c>sabotages</c> plants
/// defects and shows what catches each, <c>folders</c> prints what each folder imports. <c>reference</c> writes the
/// pages of docs/reference that are made from the code.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case [IssuerResponder.Command, .. var dialects]:
                IssuerResponder.Run(dialects);
                return 0;
            case [ByteProxy.Command, .. var places]:
                await ByteProxy.RunAsync(places).ConfigureAwait(false);
                return 0;
            case [TlsShim.Command, .. var places]:
                await TlsShim.RunAsync(places).ConfigureAwait(false);
                return 0;
            case [Crowd.Command]:
                await Crowd.RunAsync().ConfigureAwait(false);
                return 0;
            case ["micro", .. var rest]:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest, MicroConfig.Create());
                return 0;
            case [['-', '-', 'f' or 'l', ..], ..]:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, MicroConfig.Create());
                return 0;
            default:
                return await Commands().Parse(arguments).InvokeAsync().ConfigureAwait(false);
        }
    }

    private static RootCommand Commands()
    {
        var journal = new Command("journal", "Measure the journal on a real disk.");
        var folder = new Argument<string?>("folder") { DefaultValueFactory = _ => null };
        journal.Add(folder);
        journal.SetAction(parsed => JournalLoad.Run(parsed.GetValue(folder), Console.Out));
        var recovery = new Command("recovery", "Measure how long a start takes, with and without a checkpoint.");
        var place = new Argument<string?>("folder") { DefaultValueFactory = _ => null };
        var sizes = new Argument<int[]>("transactions") { DefaultValueFactory = _ => [] };
        recovery.Add(place);
        recovery.Add(sizes);
        recovery.SetAction(parsed => RecoveryLoad.Run(
            parsed.GetValue(place) ?? Path.GetTempPath(), parsed.GetValue(sizes) ?? [], Console.Out));
        var store = new Command("store", "Measure how fast a journal is brought into the store.");
        var provider = new Option<string[]>("--provider")
        {
            Description = "Sqlite, PostgreSql (a server of its own), or both.", AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. StoreProviders.All.Select(static one => one.Name)],
        };
        provider.AcceptOnlyFromAmong([.. StoreProviders.All.Select(static one => one.Name)]);
        var payments = new Option<int>("--payments") { DefaultValueFactory = _ => 500_000 };
        var under = new Argument<string?>("folder") { DefaultValueFactory = _ => null };
        store.Add(provider);
        store.Add(payments);
        store.Add(under);
        store.SetAction(parsed => StoreLoad.Run(
            [.. parsed.GetValue(provider)!.Select(static name => StoreProviders.Find(name)!)],
            parsed.GetValue(payments), parsed.GetValue(under) ?? Path.GetTempPath(), Console.Out));
        var verify = new Command("verify", "Measure 'journal verify' beside cat.");
        var count = new Option<int>("--payments") { DefaultValueFactory = _ => 2_000_000 };
        var where = new Argument<string?>("folder") { DefaultValueFactory = _ => null };
        verify.Add(count);
        verify.Add(where);
        verify.SetAction(parsed => VerifyLoad.Run(
            parsed.GetValue(count), parsed.GetValue(where) ?? Path.GetTempPath(), Console.Out));
        return new RootCommand("Measures Switch. 'micro --filter NAME' runs micro-benchmarks.")
        {
            LoadCommand.Create(), BacklogRun.Create(), BenchCommand.Create(), journal, recovery, store, verify,
            SabotageCommand.Create(), FoldersCommand.Create(), ReferenceCommand.Create(),
        };
    }
}
