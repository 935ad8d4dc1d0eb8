using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Switch.Host.Commands.Common;

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

/// <summary>Talks to an admin door of a running switch: its Unix socket, or its listener.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly string _place;

    /// <summary>Through the socket: who asks is said by the system.</summary>
    /// <param name="socket">Its path.</param>
    /// <param name="token">Shown all the same; null: none.</param>
    public AdminClient(string socket, byte[]? token)
        : this(SocketHttp.HandlerOf(socket), new Uri("http://localhost"), token) => _place = socket;

    /// <summary>Through the listener.</summary>
    /// <param name="address">http or https.</param>
    /// <param name="token">What is shown; null: nothing.</param>
    /// <param name="handler">How TLS is spoken; null: as the system does.</param>
    public AdminClient(Uri address, byte[]? token, SocketsHttpHandler? handler = null)
        : this(handler ?? new SocketsHttpHandler(), address, token)
    {
    }

    private AdminClient(SocketsHttpHandler handler, Uri address, byte[]? token)
    {
        _place = address.Authority;
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Patience };
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
    public Task<AdminAnswer> CommandAsync(string name, object body, CancellationToken ct) =>
        PostAsync($"/api/commands/{name}", body, ct);

    /// <inheritdoc cref="GetAsync"/>
    public Task<AdminAnswer> PostAsync(string path, object body, CancellationToken ct) => SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) }, ct);

    public void Dispose() => _http.Dispose();

    private UsageException NoSwitch(HttpStatusCode? status) => new(
        $"The server at {_place} is not the admin listener of a switch"
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
            string why = (problem.InnerException is System.Security.Authentication.AuthenticationException inner
                ? inner.Message : problem.Message).TrimEnd('.');
            throw new NoAnswerException(
                $"No switch answers at {_place}: {why}. Name its admin listener with --admin.");
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException($"No switch answers at {_place} within {Patience.TotalSeconds:F0} s.");
        }
    }
}
