using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Switch.Host.Admin.Access;

/// <summary>
/// <c>POST /session</c>: a browser signs in with a token and gets a cookie that ends; <c>GET /session</c>: who it is;
/// <c>DELETE /session</c>: it signs out.
/// </summary>
internal sealed class SessionEndpoints(AdminAccess access)
{
    public void Map(WebApplication application)
    {
        application.MapPost("/session", SignInAsync).AllowAnonymous();
        application.MapDelete("/session", SignOutAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/session", ShowAsync).RequireAuthorization(AdminPolicies.Viewer);
    }

    private async Task SignInAsync(HttpContext context)
    {
        string shown = context.Request.Headers.Authorization.ToString();
        if (shown.Length == 0 && await ReadAsync(context).ConfigureAwait(false) is { Token: { } token })
        {
            shown = $"Bearer {token}";
        }

        if (access.FindToken(shown) is not { } credential)
        {
            await AdminAnswers.RefuseAsync(
                context, access, StatusCodes.Status401Unauthorized, "this token is not known here")
                .ConfigureAwait(false);
            return;
        }

        (string key, DateTimeOffset ends) = access.Sessions.Begin(credential);
        context.Response.Cookies.Append(AdminAccess.Cookie, key, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Expires = ends,
            Path = "/",
        });
        var identity = new AdminIdentity(credential.Name, credential.Role, AdminAccess.AddressOf(context));
        access.OnSignIn(identity);
        await WriteAsync(context, identity, ends).ConfigureAwait(false);
    }

    private async Task SignOutAsync(HttpContext context)
    {
        if (context.Request.Cookies[AdminAccess.Cookie] is { } key)
        {
            access.Sessions.End(key);
        }

        context.Response.Cookies.Delete(AdminAccess.Cookie);
        await context.Response.WriteAsJsonAsync(new { outcome = "done" }, context.RequestAborted).ConfigureAwait(false);
    }

    private static Task ShowAsync(HttpContext context) =>
        WriteAsync(context, context.Features.GetRequiredFeature<AdminIdentity>(), ends: null);

    private static Task WriteAsync(HttpContext context, AdminIdentity identity, DateTimeOffset? ends) =>
        context.Response.WriteAsJsonAsync(
            new { name = identity.Name, role = AdminPolicies.NameOf(identity.Role), ends }, context.RequestAborted);

    private static async Task<SignIn?> ReadAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<SignIn>(
                context.Request.Body, JsonSerializerOptions.Web, context.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record SignIn(string? Token);
}
