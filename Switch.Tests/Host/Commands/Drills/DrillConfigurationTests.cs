using System.Net;
using Switch.Host.Commands.Common;
using Switch.Host.Commands.Drills;
using Switch.Host.Configuration;

namespace Switch.Tests.Host.Commands.Drills;

/// <summary>A drill's configuration is a copy: the user's rules, and nothing that the user's switch writes.</summary>
public sealed class DrillConfigurationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-drill-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Copy_OfTheSample_IsValidAndWritesOnlyInTheDrillsFolder()
    {
        LoadedConfiguration loaded = ConfigurationLoader.LoadSample();
        DrillConfiguration copy = Copy(loaded, new DrillNeeds());
        copy.Connect("drill-third", new IPEndPoint(IPAddress.Loopback, 9_003));
        copy.Save();

        LoadedConfiguration read = ConfigurationLoader.LoadAndValidate(copy.File);

        SwitchOptions options = read.Options;
        Assert.Equal(Path.Combine(_folder, "journal"), read.Environment.Resolve(options.Journal.Path));
        Assert.Equal("Data Source=switch.db", options.Store.ConnectionString);
        Assert.Equal(copy.Log, read.Environment.Resolve(options.Logging.File!));
        Assert.DoesNotContain(":8583", options.Acquirers[0].Listen);
        Assert.Equal("127.0.0.1:0", options.Admin.Listen);
        Assert.Equal(loaded.Options.Issuers[0].Timeout, options.Issuers[0].Timeout);
        Assert.Equal(loaded.Options.StandIn["everyday"].PerTransaction, options.StandIn["everyday"].PerTransaction);
        Assert.Equal("data/journal", loaded.Options.Journal.Path); // The user's own is as it was.
    }

    [Fact]
    public void Copy_OfTheSample_HasAThirdIssuerAndSaysSo()
    {
        DrillConfiguration copy = Copy(ConfigurationLoader.LoadSample(), new DrillNeeds());

        Assert.Equal("issuer-a", copy.Sick);
        Assert.Equal(["issuer-a", "issuer-b", "drill-third"], copy.Ranges.Keys);
        Assert.Contains("Added issuer drill-third", Assert.Single(copy.Changes));
    }

    [Fact]
    public void Copy_WithItsNeeds_HasWhatTheyAskFor()
    {
        DrillConfiguration copy = Copy(ConfigurationLoader.LoadSample(), new DrillNeeds
        {
            SplitsRange = true, HasSecondAcquirer = true, NamesKeys = true, HasNegativeFile = true,
            Drain = TimeSpan.FromSeconds(4),
        });
        copy.Connect("drill-third", new IPEndPoint(IPAddress.Loopback, 9_003));
        copy.Save();
        SwitchOptions options = ConfigurationLoader.LoadAndValidate(copy.File).Options;

        Assert.Equal("41", copy.SickRange);
        Assert.Equal(["4", "41"], copy.Ranges["issuer-a"]);
        Assert.Equal(["acq-a", DrillConfiguration.SecondAcquirer], options.Acquirers.Select(static one => one.Name));
        Assert.NotEqual(options.Acquirers[0].Listen, options.Acquirers[1].Listen);
        Assert.Equal("file:journal.key", options.Keys.Journal);
        Assert.Equal(DrillConfiguration.NegativeName, options.StandIn["everyday"].NegativeFile);
        Assert.Equal(TimeSpan.FromSeconds(4), options.Limits.Drain);
        Assert.Equal(6, copy.Changes.Count);
    }

    [Fact]
    public void Copy_OfAUsersCardLists_IsOfTheirFiles()
    {
        string list = Path.Combine(_folder, "negative.csv");
        File.WriteAllText(list, "4000000000000010,41\n");
        LoadedConfiguration loaded = ConfigurationLoader.LoadSample();
        loaded.Options.StandIn["everyday"].NegativeFile = list;

        DrillConfiguration copy = Copy(loaded, new DrillNeeds { HasNegativeFile = true });

        string copied = Path.Combine(_folder, copy.Options.StandIn["everyday"].NegativeFile!);
        Assert.NotEqual(list, copied);
        Assert.Equal(File.ReadAllText(list), File.ReadAllText(copied));
    }

    [Fact]
    public void Copy_OfAnIssuerWithoutARoute_IsRefused()
    {
        LoadedConfiguration loaded = ConfigurationLoader.LoadSample();
        var context = new DrillContext(
            loaded, new DrillSettings { Issuer = "issuer-z" }, _folder, CancellationToken.None);

        UsageException refusal = Assert.Throws<UsageException>(
            () => DrillConfiguration.Copy(context, new DrillNeeds()));

        Assert.Contains("--issuer issuer-z is the primary of no route", refusal.Message);
    }

    private DrillConfiguration Copy(LoadedConfiguration loaded, DrillNeeds needs) => DrillConfiguration.Copy(
        new DrillContext(loaded, new DrillSettings(), _folder, CancellationToken.None), needs);
}
