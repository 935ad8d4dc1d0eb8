using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Routing.Settings;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Configuration;

/// <summary>An acquirer with DUKPT, and each mistake in it by its path.</summary>
public sealed class DukptRulesTests : IDisposable
{
    private const string Ours = """
        { "name": "ours", "extends": "iso87-ascii", "sensitive": "60,61", "echo": "61", "fields": {
          "52": { "format": "b..16" }, "53": { "format": "b 10" }, "58": { "format": "b 12" },
          "59": { "format": "ans..24" }, "60": { "format": "ans..24" }, "61": { "format": "b 8" } } }
        """;

    private const string Wide = """
        { "name": "wide", "extends": "iso93-binary", "fields": { "52": { "format": "b 16" } } }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-dukpt-").FullName;
    private readonly DialectCatalog _dialects = new();

    public DukptRulesTests()
    {
        File.WriteAllText(Path.Combine(_folder, "master.key"), new string('a', 64));
        Add("zpk", KeyKind.Zpk, "U" + new string('1', 32), "08D7B4");
        Add("bdk", KeyKind.Bdk, "U" + new string('2', 32), "08D7B5");
        Add("triple", KeyKind.Bdk, "T" + new string('2', 48), "08D7B6");
        Add("aes", KeyKind.Bdk, "RD0112B0AX00E0000" + new string('3', 96), "08D7B41234");
        foreach (string text in (string[])[Ours, Wide])
        {
            Assert.True(_dialects.TryAdd(text, out _, out IReadOnlyList<string> mistakes), string.Join("; ", mistakes));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tdes_WithItsSerialNumberInAnyField_IsTaken()
    {
        Good(static _ => { });
        Good(static one => one.Dialect = "iso93-ascii");
        Good(static one => one.Dialect = "iso03-binary");
        Good(static one => one.Dukpt = new DukptOptions { Field = 60, Descriptor = "609" });
        Good(static one => one.PinFormat = PinFormat.Iso3);
    }

    [Fact]
    public void Aes_WithFormat4_IsTakenWithTheSoftwareModuleOnly()
    {
        Good(Aes);
        Alone("Keys:Bdk", Aes, static options =>
        {
            options.Security.Module = SecurityModuleKind.HostCommands;
            options.Security.MasterKey = null;
            options.Security.Hsm = [new HsmOptions { Endpoint = "127.0.0.1:1500" }];
        });
        Alone("PinFormat", static one => one.Keys.Bdk = "aes", static options =>
            options.Acquirers[0].Dialect = "iso93-ascii");
        Alone("PinFormat", static one => (one.Dialect, one.PinFormat) = ("wide", PinFormat.Iso4));
        Alone("PinFormat", Aes, static options => options.Acquirers[0].Dialect = "iso93-binary"); // DE 52 of 8 bytes.
        Alone("Dukpt:Field", Aes, static options => options.Acquirers[0].Dialect = "ours"); // DE 53 of 10 bytes.

        static void Aes(AcquirerOptions one)
        {
            one.Keys.Bdk = "aes";
            one.Dialect = "wide";
            one.PinFormat = PinFormat.Iso4;
        }
    }

    [Theory]
    [InlineData("iso87-ascii", 53)] // Sixteen digits, and a serial number has letters.
    [InlineData("iso87-binary", 53)]
    [InlineData("base24", 53)]
    [InlineData("iso87-ascii", 2)]
    [InlineData("iso93-ascii", 56)] // It becomes something else on its way in.
    [InlineData("iso93-ascii", 22)]
    [InlineData("ours", 52)] // The block itself.
    [InlineData("ours", 58)] // 12 bytes, and the key is of TDES.
    [InlineData("ours", 59)] // Not sensitive: it would be recorded.
    [InlineData("ours", 61)] // Repeated in answers.
    [InlineData("ours", 0)]
    [InlineData("ours", -1)]
    [InlineData("ours", 1000)]
    public void Field_ThatCannotHaveASerialNumber_IsRefused(string dialect, int field) =>
        Alone("Dukpt:Field", one => (one.Dialect, one.Dukpt) = (dialect, new DukptOptions { Field = field }));

    [Theory]
    [InlineData("")]
    [InlineData("A0")]
    [InlineData("A055")]
    [InlineData("a05")]
    [InlineData("A04")]
    [InlineData("G05")]
    [InlineData("FFF")]
    public void Descriptor_ThatDividesNoTwentyDigits_IsRefused(string descriptor) =>
        Alone("Dukpt:Descriptor", one => one.Dukpt = new DukptOptions { Descriptor = descriptor });

    [Fact]
    public void Keys_ThatContradict_AreRefused()
    {
        Alone("Keys:Bdk", static one => one.Keys.Zpk = "zpk");
        Alone("Keys:Bdk", static one => one.Pin = PinHandling.Refuse);
        Alone("Keys:Bdk", static one => (one.Pin, one.PinSharedWith) = (PinHandling.PassThrough, ["issuer-a"]));
        Alone("Keys:Bdk", static one => one.Keys.Bdk = "zpk");
        Alone("Keys:Bdk", static one => one.Keys.Bdk = "nothing");
        Alone("Keys:Bdk", static one => one.Keys.Bdk = "triple");
        Alone("Dukpt", static one => (one.Keys.Bdk, one.Keys.Zpk, one.Dukpt) = (null, "zpk", new DukptOptions()));
    }

    [Fact]
    public void SerialNumberField_IsTheCanonicalOne()
    {
        Assert.Equal(53, FieldOf("ours", 53));
        Assert.Equal(LaterField.SecurityControl, FieldOf("iso93-ascii", 53));
        Assert.Equal(0, DukptRules.SerialNumberFieldOf(new AcquirerOptions(), Dialect.Get("iso93-ascii")));

        int FieldOf(string dialect, int field)
        {
            Assert.True(_dialects.TryGet(dialect, out Dialect? found));
            return DukptRules.SerialNumberFieldOf(
                new AcquirerOptions { Keys = { Bdk = "bdk" }, Dukpt = new DukptOptions { Field = field } }, found);
        }
    }

    private void Good(Action<AcquirerOptions> change) => Assert.Empty(Errors(change));

    private void Alone(string path, Action<AcquirerOptions> change, Action<SwitchOptions>? more = null) =>
        Assert.Equal(
            [$"Switch:Acquirers:0:{path}"], Errors(change, more).Select(static error => error.Path).Distinct());

    private IReadOnlyList<ConfigurationError> Errors(Action<AcquirerOptions> change, Action<SwitchOptions>? more = null)
    {
        var options = new SwitchOptions
        {
            Acquirers =
            [
                new AcquirerOptions
                {
                    Name = "acq-a", Dialect = "ours", Pin = PinHandling.Translate, Keys = { Bdk = "bdk" },
                },
            ],
            Issuers = [new IssuerOptions { Name = "issuer-a", Keys = { Zpk = "zpk" } }],
            Security =
            {
                Module = SecurityModuleKind.Software, MasterKey = "file:master.key", KeyStore = "keys.json",
            },
        };
        change(options.Acquirers[0]);
        more?.Invoke(options);
        var errors = new ConfigurationErrors();
        SecurityRules.Validate(options, errors, new ConfigurationEnvironment(_folder, IsProduction: false), _dialects);
        PinRules.Validate(options, 0, errors, "Switch:Acquirers:0");
        return errors.All;
    }

    private void Add(string name, KeyKind kind, string text, string checkValue) =>
        TestKeyStore.Add(Path.Combine(_folder, "keys.json"), name, kind, text, checkValue);
}
