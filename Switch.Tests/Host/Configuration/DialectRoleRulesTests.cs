using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

/// <summary>Dialects that can be read, and cannot carry what their role asks.</summary>
public sealed class DialectRoleRulesTests : IDisposable
{
    private const string Acquirer = "Switch:Acquirers:0:Dialect";
    private const string Issuer = "Switch:Issuers:0:Dialect";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-roles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Built-in ones, and one with its numbers in character fields, serve in both roles.</summary>
    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    [InlineData("iso87-ebcdic")]
    [InlineData("iso93-ascii")]
    [InlineData("iso93-binary")]
    [InlineData("iso03-ascii")]
    [InlineData("iso03-binary")]
    [InlineData("base24")]
    [InlineData("base1")]
    public void Validate_BuiltIn_ServesInBothRoles(string dialect)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Acquirers:0:Dialect", dialect), ("Issuers:0:Dialect", dialect));

        Assert.Empty(errors.All);
    }

    [Fact]
    public void Validate_NumbersInCharacterFields_ServesInBothRoles() => Assert.Empty(ErrorsOf(
        """
        "3": { "format": "ans 6" }, "4": { "format": "ans 12" }, "7": { "format": "ans 10" },
        "11": { "format": "ans..6" }, "39": { "format": "ans 2" }, "90": { "format": "ans 42" }
        """));

    /// <summary>Each field is named, by the number that it has on the wire, in one mistake for each role.</summary>
    [Theory]
    [InlineData("\"4\": null", "DE 4 (Amount, transaction) is not in it", true, true)]
    [InlineData("\"7\": { \"format\": \"b 5\" }", "DE 7 (Transmission date and time) is bytes", true, true)]
    [InlineData("\"39\": null, \"41\": null", "DE 39 (Response code) is not in it, DE 41 (", true, true)]
    [InlineData("\"2\": null, \"35\": null", "no card number (DE 2 or DE 35)", true, true)]
    [InlineData("\"2\": null", "DE 2 (Primary account number) is not in it", false, true)]
    [InlineData("\"90\": null", "DE 90 (Original data elements) is not in it", false, true)]
    [InlineData(
        "\"11\": { \"format\": \"n 4\" }",
        "DE 11 (Systems trace audit number) holds 4 of the 6 digits that it needs", false, true)]
    [InlineData("\"70\": null", "no DE 70 (network management information code)", false, true)]
    public void Validate_FieldThatCannotBeCarried_IsNamed(
        string fields, string expected, bool byAcquirer, bool byIssuer)
    {
        IReadOnlyList<ConfigurationError> errors = ErrorsOf(fields);

        Assert.Equal(byAcquirer, errors.Any(error => error.Path == Acquirer));
        Assert.Equal(byIssuer, errors.Any(error => error.Path == Issuer));
        Assert.Contains(errors, error => error.Problem.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>Links on which the switch says nothing of its own need no field for it.</summary>
    [Fact]
    public void Validate_NoNetworkCodeAndNoSignOn_IsAccepted() => Assert.Empty(ErrorsOf(
        "\"70\": null", ("Issuers:0:SignOn", "false"), ("Issuers:0:Echo", "00:00:00")));

    /// <summary>A sign-on without a code is one where the dialect says what such a message is.</summary>
    [Fact]
    public void Validate_NoNetworkCodeAndADefault_IsAccepted() => Assert.Empty(ErrorsOf(
        "\"70\": null }, \"networkDefault\": \"001\", \"messages\": {"));

    /// <summary>What the switch's own sign-on is made of and known by, where it sends one to the acquirer.</summary>
    [Theory]
    [InlineData("\"70\": null", "no DE 70 (network management information code), so that no sign-on can")]
    [InlineData("\"11\": { \"format\": \"n 4\" }", "DE 11 (Systems trace audit number) holds 4 of the 6 digits")]
    [InlineData("\"7\": null }, \"key\": \"11-13,41\", \"messages\": {", "DE 7 (Transmission date and time) is not in")]
    public void Validate_FieldThatASignOnToAnAcquirerNeeds_IsNamed(string fields, string expected)
    {
        (string, string?)[] called =
            [("Acquirers:0:Listen", ""), ("Acquirers:0:Connect:0", "127.0.0.1:9009"), ("Acquirers:0:SignOn", "true")];

        Assert.Contains(
            ErrorsOf(fields, called),
            error => error.Path == Acquirer && error.Problem.Contains(expected, StringComparison.Ordinal));
        Assert.DoesNotContain(ErrorsOf(fields, called[..2]), error => error.Path == Acquirer);
    }

    /// <summary>An acquirer needs what its own key asks for; an issuer what every issuer needs.</summary>
    [Fact]
    public void Validate_KeyWithoutTransmissionTime_NeedsNone()
    {
        IReadOnlyList<ConfigurationError> errors = ErrorsOf("\"7\": null }, \"key\": \"11-13,41\", \"messages\": {");

        ConfigurationError error = Assert.Single(errors);
        Assert.Equal(Issuer, error.Path);
        Assert.Contains("DE 7 (Transmission date and time) is not in it", error.Problem, StringComparison.Ordinal);
    }

    /// <summary>The fields of the later editions go by their own numbers.</summary>
    [Fact]
    public void Validate_LaterEditionWithoutAField_IsNamedByItsNumber()
    {
        IReadOnlyList<ConfigurationError> errors = ErrorsOf("\"56\": null", "iso93-ascii", []);

        ConfigurationError error = Assert.Single(errors);
        Assert.Equal(Issuer, error.Path);
        Assert.Contains("DE 90 (Original data elements) is not in it", error.Problem, StringComparison.Ordinal);
    }

    private IReadOnlyList<ConfigurationError> ErrorsOf(string fields, params (string, string?)[] settings) =>
        ErrorsOf(fields, "iso87-ascii", settings);

    private IReadOnlyList<ConfigurationError> ErrorsOf(
        string fields, string parent, params (string, string?)[] settings)
    {
        string file = Path.Combine(_folder, "mine.json");
        File.WriteAllText(file, $$"""{ "name": "mine", "extends": "{{parent}}", "fields": { {{fields}} } }""");
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            [
                ("Dialects:0", file), ("Acquirers:0:Dialect", "mine"), ("Issuers:0:Dialect", "mine"), .. settings,
            ]);
        return errors.All;
    }
}
