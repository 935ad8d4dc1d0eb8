using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Host.Commands;

/// <summary>What the switch's admin listener answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">What it said, as JSON.</param>
internal sealed record AdminAnswer(HttpStatusCode Status, JsonElement Body)
{
    public bool IsGood => Status == HttpStatusCode.OK;

    /// <summary>The sentence about how it ended.</summary>
    public string Outcome => AdminJson.Text(Body, "outcome");
}

/// <summary>Talks to the admin listener of a running switch.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;

    public AdminClient(Uri address, byte[]? token)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = Patience };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Bearer", Convert.ToHexStringLower(token));
        }
    }

    /// <exception cref="NoAnswerException">Nothing answers there in time.</exception>
    /// <exception cref="UsageException">What answers is no switch.</exception>
    public Task<AdminAnswer> GetAsync(string path, CancellationToken ct) => SendAsync(
        new HttpRequestMessage(HttpMethod.Get, path), ct);

    /// <inheritdoc cref="GetAsync"/>
    public Task<AdminAnswer> CommandAsync(string name, object body, CancellationToken ct) => SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/api/commands/{name}") { Content = JsonContent.Create(body) }, ct);

    public void Dispose() => _http.Dispose();

    private string Place => _http.BaseAddress!.Authority;

    private UsageException NoSwitch(HttpStatusCode? status) => new(
        $"The server at {Place} is not the admin listener of a switch"
        + $"{(status is null ? "" : $" (HTTP {(int)status})")}. "
        + "Name that with --admin.");

    private async Task<AdminAnswer> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using (request)
            using (HttpResponseMessage response = await _http.SendAsync(request, ct).ConfigureAwait(false))
            {
                JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(ct).ConfigureAwait(false);
                return body.ValueKind == JsonValueKind.Object
                    ? new AdminAnswer(response.StatusCode, body) : throw NoSwitch(response.StatusCode);
            }
        }
        catch (JsonException)
        {
            throw NoSwitch(null);
        }
        catch (HttpRequestException problem)
        {
            throw new NoAnswerException(
                $"No switch answers at {Place}: {problem.Message.TrimEnd('.')}. Name its admin listener with --admin.");
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException($"No switch answers at {Place} within {Patience.TotalSeconds:F0} s.");
        }
    }
}

/// <summary>Which switch a command talks to: the one of the configuration, or the one that is named.</summary>
internal sealed class AdminTarget
{
    private readonly Option<string?> _config = CommonOptions.Config();

    private readonly Option<string?> _address = new("--admin")
    {
        Description = "The admin listener, instead of the configuration's Admin:Listen.", HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = "Where its token is, instead of the configuration's Admin:Token: file:PATH or env:NAME.",
        HelpName = "REFERENCE",
    };

    /// <param name="command">Takes the options.</param>
    /// <param name="isRecursive">Its subcommands take them too.</param>
    public void AddTo(Command command, bool isRecursive = false)
    {
        foreach (Option option in (Option[])[_config, _address, _token])
        {
            option.Recursive = isRecursive;
            command.Add(option);
        }
    }

    public AdminClient Open(ParseResult parsed)
    {
        string? named = parsed.GetValue(_address);
        string? token = parsed.GetValue(_token);
        if (named is null)
        {
            LoadedConfiguration loaded = ConfigurationLoader.Load(parsed.GetValue(_config));
            loaded.Options.Admin.Token = token ?? loaded.Options.Admin.Token;
            string listen = loaded.Options.Admin.Listen
                ?? throw new UsageException("The configuration has no admin listener; name one with --admin.");
            return new AdminClient(AddressOf(listen), TokenOf(loaded.Options, loaded.Environment));
        }

        var options = new SwitchOptions { Admin = { Token = token } };
        return new AdminClient(AddressOf(named), TokenOf(options, ConfigurationEnvironment.Of(null)));
    }

    private static byte[]? TokenOf(SwitchOptions options, ConfigurationEnvironment environment)
    {
        var errors = new ConfigurationErrors();
        byte[]? token = KeyFile.LoadToken(options, errors, environment);
        errors.ThrowIfAny();
        return token;
    }

    // A listener on every address is reached on this machine's own.
    private static Uri AddressOf(string listen) =>
        Uri.TryCreate($"http://{listen}", UriKind.Absolute, out Uri? address)
            ? IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip)
                && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
                    ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri
                    : address
            : throw new UsageException($"'{listen}' is not HOST:PORT.");
}
