using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Tests.Host.Commands;

namespace Switch.Tests.Host.Configuration;

/// <summary>
/// What stands in a configuration file and over it in the environment, as people write it: an empty text is not an
/// empty list, a key stands once, and each mistake is told once, at its place.
/// </summary>
public sealed class ConfigurationDocumentTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-document-");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The documented way to say "every card".</summary>
    [Fact]
    public void Read_EmptyPrefix_MatchesEveryCard()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(("Routes:1:Prefix", ""));
        (SwitchOptions inFile, ConfigurationErrors fileErrors) = SampleConfiguration.Read(
            """{ "Switch": { "Routes": [ { "Prefix": "", "Primary": "a" } ] } }""");

        Assert.Empty(errors.All);
        Assert.Empty(fileErrors.All);
        Assert.Equal(("", ""), (options.Routes[1].Prefix, inFile.Routes[0].Prefix));
    }

    /// <summary>An empty text is a text that was forgotten: it never stands for "none" or for the default.</summary>
    [Theory]
    [InlineData("Acquirers:0:AllowFrom", "'' is given where a list is expected")]
    [InlineData("Issuers:0:Endpoints", "'' is given where a list is expected")]
    [InlineData("Issuers", "'' is given where a list is expected")]
    [InlineData("Routes", "'' is given where a list is expected")]
    [InlineData("StandIn", "'' is given where named entries are expected")]
    [InlineData("Limits", "'' is given where a group of keys is expected")]
    [InlineData("Acquirers:0:Tls", "'' is neither a group of keys, { ... }, nor the word None")]
    [InlineData("Admin:Listen", "'' is not ADDRESS:PORT")]
    [InlineData("Admin:Tokens", "must be file:PATH")]
    [InlineData("Keys:Journal", "must be file:PATH or env:NAME")]
    [InlineData("Routes:0:StandIn", "'' is not a stand-in profile")]
    [InlineData("StandIn:everyday:NegativeFile", "is a folder")]
    [InlineData("StandIn:everyday:PositiveFile", "is a folder")]
    [InlineData("Dialects:0", "is a folder")]
    [InlineData("Issuers:0:TimeZone", "not a time zone")]
    [InlineData("Logging:File", "is blank")]
    [InlineData("Limits:PendingMax", "'' is not a whole number from 16 to 1048576")]
    public void Read_EmptyText_IsRefused(string key, string reason)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With((key, ""));

        ConfigurationError error = Assert.Single(errors.All, error => error.Path == $"Switch:{key}");
        Assert.Contains(reason, error.Problem, StringComparison.Ordinal);
        Assert.True(errors.All.Count == 1 || key == "Keys:Journal"); // Of two keys, one is missing then.
    }

    [Theory]
    [InlineData("""{ "Switch": { "Acquirers": [ { "AllowFrom": "" } ] } }""", "Acquirers:0:AllowFrom", "write [ ... ]")]
    [InlineData("""{ "Switch": { "Acquirers": [ { "AllowFrom": {} } ] } }""", "Acquirers:0:AllowFrom", "write [ ... ]")]
    [InlineData("""{ "Switch": { "Node": [] } }""", "Node", "write { ... }")]
    [InlineData("""{ "Switch": { "StandIn": [] } }""", "StandIn", "write { ... }")]
    [InlineData("""{ "Switch": { "Admin": { "Listen": {} } } }""", "Admin:Listen", "one value is expected")]
    [InlineData("""{ "Switch": [] }""", "", "write { ... }")]
    public void Read_OneShapeInPlaceOfAnother_IsRefused(string json, string path, string reason)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.Read(json);

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal($"Switch:{path}".TrimEnd(':'), error.Path);
        Assert.Contains(reason, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EmptyTls_IsNotTakenForNone()
    {
        (SwitchOptions options, _) = SampleConfiguration.Read("""{ "Switch": { "Acquirers": [ { "Tls": {} } ] } }""");

        Assert.NotNull(options.Acquirers[0].Tls);
    }

    [Theory]
    [InlineData("Acquirers:0:MaxConnections", "1e9", "'1e9' is not a whole number from 1 to 65535: open connections")]
    [InlineData("Acquirers:0:MaxConnections", "99999999999", "is not a whole number from 1 to 65535: open connections")]
    [InlineData("Acquirers:0:RatePerSecond", "fast", "'fast' is not a whole number from 0 to 1000000: requests")]
    [InlineData("Journal:SegmentSize", "256M", "'256M' is not a whole number from 65536 to 4294967296: bytes")]
    [InlineData("StandIn:everyday:PerTransaction", "10.5", "'10.5' is not a whole number from 0 to 999999999999: the")]
    [InlineData("Issuers:0:Timeout", "3", "'3' is not a duration as hh:mm:ss from 00:00:00.01 to 00:02:00: how long")]
    [InlineData("Issuers:0:Echo", "30s", "'30s' is not a duration as hh:mm:ss from 00:00:00.1 to 01:00:00: idle time")]
    [InlineData("Store:LookUp", "-1", "'-1' is not a duration as hh:mm:ss from 00:00:00 to 00:01:00: the acquirer")]
    public void Read_NotANumber_SaysTheRangeOfItsKey(string key, string value, string problem)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With((key, value));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal($"Switch:{key}", error.Path);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    /// <summary>One gap is one mistake: what the list has stays, and nothing that names it is wrong for that.</summary>
    [Fact]
    public void Read_PositionBehindTheEndOfAList_IsOneMistake()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Issuers:7:Name", "issuer-h"), ("Issuers:7:Timeout", "00:00:02"));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal("Switch:Issuers:7", error.Path);
        Assert.Contains("the next position of the list, which is 2", error.Problem, StringComparison.Ordinal);
        Assert.Contains("Switch__Issuers__7__Name", error.Problem, StringComparison.Ordinal);
    }

    /// <summary>Who looks into the file finds nothing wrong there.</summary>
    [Theory]
    [InlineData("Issuers:0:Timeout", "3", "Switch__Issuers__0__Timeout")]
    [InlineData("Isuers:0:Timeout", "00:00:03", "Switch__Isuers__0__Timeout")]
    [InlineData("Routes:0:Primary", "nope", "Switch__Routes__0__Primary")]
    public void Read_MistakeInTheEnvironment_NamesTheVariable(string key, string value, string variable)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With((key, value));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Contains($"environment variable {variable}", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Switch\":\n  { \"Node\": 5 ] }", "line 2, byte 15: ']' is invalid")]
    [InlineData("{", "line 1, byte 2: ")]
    [InlineData("", "line 1, byte 1: ")]
    [InlineData("{ }\n{ }", "line 2, byte 1: ")]
    [InlineData("{ }\n7", "line 2, byte 1: ")]
    [InlineData("\n\n[]", "line 3: ")]
    [InlineData("{ \"Switch\": { \"Node\": { \"Name\": \"\\uD800\" } } }", "line 1: ")]
    public async Task Check_NotJson_CountsLinesFromOne(string text, string place)
    {
        CommandRun run = await CommandRun.OfAsync("check", "--config", Write(text));

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"cannot be read: {place}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Switch\": {\n \"Node\": { \"Name\": \"a\",\n \"Name\": \"b\" } } }", "Switch:Node:Name", 2, 3)]
    [InlineData("{ \"Switch\": {\n \"Node\": { \"Name\": \"a\",\n \"name\": \"b\" } } }", "Switch:Node:name", 2, 3)]
    [InlineData("{ \"Switch\": {\n \"Node\": {},\n\n \"node\": {} } }", "Switch:node", 2, 4)]
    [InlineData("{ \"Switch\": {},\n \"Switch\": {} }", "Switch", 1, 2)]
    [InlineData(
        "{ \"Switch\": { \"Issuers\": [ {}, { \"Breaker\": {\n }, \"Breaker\": {} } ] } }", "Switch:Issuers:1:Breaker",
        1, 2)]
    [InlineData(
        "{ \"Switch\": {\n \"Node:Name\": \"a\",\n \"Node\": { \"Name\": \"b\" } } }", "Switch:Node:Name", 2, 3)]
    public void Read_KeyThatStandsTwice_IsNamedWithBothLines(string json, string path, int first, int second)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.Read(json);

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal(path, error.Path);
        Assert.Contains($"in line {first} and in line {second}", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_FileThatBeginsWithAByteOrderMark_IsRead()
    {
        string file = Path.Combine(_folder.FullName, "switch.json");
        await File.WriteAllBytesAsync(
            file, [0xEF, 0xBB, 0xBF, .. await File.ReadAllBytesAsync(SampleConfiguration.Path)]);

        CommandRun run = await CommandRun.OfAsync("check", "--config", file);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
    }

    /// <summary>Each file that a configuration or a command names, with a folder in its place.</summary>
    [Theory]
    [InlineData("check", "--config", "FOLDER")]
    [InlineData("send", "FOLDER")]
    [InlineData("decode", "FOLDER")]
    [InlineData("decode", "--pcap", "FOLDER", "--framing", "len2")]
    [InlineData("decode", "--dialect", "FOLDER.json", "00")]
    [InlineData("encode", "FOLDER")]
    [InlineData("dialect", "describe", "FOLDER.json")]
    [InlineData("dialect", "import", "jpos", "FOLDER")]
    [InlineData("dialect", "import", "moov", "FOLDER")]
    [InlineData("simulate", "compare", "FOLDER")]
    [InlineData("simulate", "issuer", "--dialect", "FOLDER.json")]
    [InlineData("status", "--admin", "127.0.0.1:1", "--token", "file:FOLDER")]
    public async Task AnyCommand_FolderInPlaceOfAFile_SaysSo(params string[] arguments)
    {
        string folder = Path.Combine(_folder.FullName, "folder");
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(folder + ".json");

        CommandRun run = await CommandRun.OfAsync(
            [.. arguments.Select(word => word.Replace("FOLDER", folder, StringComparison.Ordinal))]);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("is a folder", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Keys:Journal", "file:.")]
    [InlineData("Dialects:0", ".")]
    [InlineData("StandIn:everyday:NegativeFile", ".")]
    [InlineData("StandIn:everyday:PositiveFile", ".")]
    [InlineData("Logging:File", ".")]
    [InlineData("Store:ConnectionString", "Data Source=.")]
    public void Validate_FolderInPlaceOfAFile_SaysSo(string key, string value)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With((key, value));

        Assert.Contains(
            "is a folder", Assert.Single(errors.All, e => e.Path == $"Switch:{key}").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("09:00:00")]
    [InlineData("09:00")]
    [InlineData("+09:00")]
    [InlineData("+09:00:00")]
    [InlineData("-05:30")]
    [InlineData("-14:00:00")]
    public void Validate_UtcOffsetOfEachForm_IsAccepted(string offset)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(("Issuers:0:UtcOffset", offset));

        Assert.Empty(errors.All);
        Assert.True(ScalarText.TryParseOffset(offset, out TimeSpan parsed));
        TimeSpan size = TimeSpan.ParseExact(
            offset.TrimStart('+', '-')[..5], @"hh\:mm", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(offset[0] == '-' ? -size : size, parsed);
    }

    [Fact]
    public void Validate_UtcOffset_HasTheDocumentedDefault()
    {
        Assert.Equal("00:00:00", new IssuerOptions().UtcOffset);
        (_, ConfigurationErrors zone) = SampleConfiguration.With(("Issuers:0:TimeZone", "Asia/Tokyo"));
        (_, ConfigurationErrors both) = SampleConfiguration.With(
            ("Issuers:0:TimeZone", "Asia/Tokyo"), ("Issuers:0:UtcOffset", "09:00"));

        Assert.Empty(zone.All);
        Assert.Contains("Set only one of the two", Assert.Single(both.All).Problem, StringComparison.Ordinal);
    }

    /// <summary>Legal, for one host may serve two issuers; and yet it is more often a line that was copied.</summary>
    [Theory]
    [InlineData("Issuers:1:Endpoints:0", "127.0.0.1:9001", "Issuers:1:Endpoints:0")]
    [InlineData("Issuers:1:Endpoints:0", "localhost:9001", "Issuers:1:Endpoints:0")]
    [InlineData("Issuers:0:Endpoints:1", "LOCALHOST:9001", "Issuers:0:Endpoints:1")]
    public void Notes_EndpointTwice_SaySo(string key, string value, string path)
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With((key, value));

        Assert.Empty(errors.All);
        ConfigurationError note = Assert.Single(
            ConfigurationNotes.Of(options), note => note.Path == $"Switch:{path}");
        Assert.Contains("Switch:Issuers:0:Endpoints:0", note.Problem, StringComparison.Ordinal);
    }

    private string Write(string json)
    {
        string file = Path.Combine(_folder.FullName, "switch.json");
        File.WriteAllText(file, json);
        return file;
    }
}
