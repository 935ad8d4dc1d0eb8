using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Routing.Settings;

namespace Switch.Tests.Host.Configuration;

public sealed class PinRulesTests
{
    [Fact]
    public void PassThrough_ToIssuersThatAreThere_IsTaken() => Assert.Empty(Errors(static (acquirer, options) =>
    {
        acquirer.Pin = PinHandling.PassThrough;
        acquirer.PinSharedWith = [options.Issuers[0].Name];
    }));

    [Fact]
    public void PassThrough_NamesNobody_IsRefused() =>
        Alone("PinSharedWith", static (acquirer, _) => acquirer.Pin = PinHandling.PassThrough);

    [Fact]
    public void PassThrough_NamesAStranger_IsRefused() => Alone("PinSharedWith:0", static (acquirer, _) =>
    {
        acquirer.Pin = PinHandling.PassThrough;
        acquirer.PinSharedWith = ["stranger"];
    });

    [Fact]
    public void Refuse_NamesAnIssuer_IsRefused() => Alone(
        "PinSharedWith", static (acquirer, options) => acquirer.PinSharedWith = [options.Issuers[0].Name]);

    [Theory]
    [InlineData("00")]
    [InlineData("55")]
    [InlineData("")]
    public void ErrorCode_OfAnotherMeaning_IsRefused(string code) =>
        Alone("PinErrorCode", (acquirer, _) => acquirer.PinErrorCode = code);

    [Fact]
    public void Translate_WithoutModuleOrKeys_IsRefusedWithAllThatIsMissing()
    {
        ConfigurationError[] errors = Errors(static (acquirer, _) => acquirer.Pin = PinHandling.Translate);

        Assert.Equal(["Pin", "Pin", "Keys:Zpk"], Short(errors).OrderByDescending(static path => path));
    }

    /// <summary>Format 1 can be tried against any account, so nothing may become it (ISO 9564-1).</summary>
    [Theory]
    [InlineData(PinFormat.Iso0, PinFormat.Iso3, true)]
    [InlineData(PinFormat.Iso1, PinFormat.Iso0, true)]
    [InlineData(PinFormat.Iso0, PinFormat.Iso1, false)]
    [InlineData(PinFormat.Iso1, PinFormat.Iso1, false)]
    internal void Translate_FormatsThatMustNotMeet_AreRefused(PinFormat source, PinFormat destination, bool isTaken)
    {
        ConfigurationError[] errors = Errors((acquirer, options) =>
        {
            acquirer.Pin = PinHandling.Translate;
            acquirer.PinFormat = source;
            acquirer.Keys.Zpk = "a";
            options.Issuers[0].Keys.Zpk = "b";
            options.Issuers[0].PinFormat = destination;
            options.Security.Module = SecurityModuleKind.HostCommands;
        });

        Assert.Equal(isTaken ? [] : ["PinFormat"], Short(errors));
    }

    private static void Alone(string path, Action<AcquirerOptions, SwitchOptions> change) =>
        Assert.Equal([path], Short(Errors(change)));

    private static string[] Short(ConfigurationError[] errors) =>
        [.. errors.Select(static error => error.Path["Switch:Acquirers:0:".Length..])];

    private static ConfigurationError[] Errors(Action<AcquirerOptions, SwitchOptions> change)
    {
        (SwitchOptions options, _) = SampleConfiguration.With();
        change(options.Acquirers[0], options);
        var errors = new ConfigurationErrors();
        PinRules.Validate(options, 0, errors, "Switch:Acquirers:0");
        return [.. Assert.Throws<ConfigurationException>(() =>
        {
            errors.Add("Switch:Acquirers:0:end", "Always one, so that all come out.");
            errors.ThrowIfAny();
        }).Errors.SkipLast(1)];
    }
}
