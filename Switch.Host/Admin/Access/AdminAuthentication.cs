using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace Switch.Host.Admin.Access;

/// <summary>Gives the platform's authorization who asks, and says in a sentence why something is refused.</summary>
internal sealed class AdminAuthentication(AdminAccess access) : IAuthenticationHandler
{
    /// <summary>The one scheme: credentials differ, what is done with them does not.</summary>
    public const string Scheme = "Switch";

    private HttpContext _context = null!;
    private Recognition? _recognition;

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _context = context;
        return Task.CompletedTask;
    }

    public Task<AuthenticateResult> AuthenticateAsync()
    {
        Recognition recognition = _recognition ??= access.Recognize(_context);
        if (recognition.Identity is { } identity)
        {
            _context.Features.Set(identity);
            return Task.FromResult(AuthenticateResult.Success(
                new AuthenticationTicket(identity.ToPrincipal(), Scheme)));
        }

        return Task.FromResult(recognition.Problem.Length == 0
            ? AuthenticateResult.NoResult() : AuthenticateResult.Fail(recognition.Problem));
    }

    public Task ChallengeAsync(AuthenticationProperties? properties)
    {
        string why = _recognition is { Problem.Length: > 0 } shown ? shown.Problem
            : access.Credentials.Count == 0
                ? "nothing is accepted here: set Admin:Tokens (switch admin token), or use the command line on this "
                    + "machine"
                : "show a token (Authorization: Bearer ...), sign in at /session, or use a client certificate";
        _context.Response.Headers.WWWAuthenticate = "Bearer";
        return AdminAnswers.RefuseAsync(_context, access, StatusCodes.Status401Unauthorized, why);
    }

    public Task ForbidAsync(AuthenticationProperties? properties)
    {
        AdminIdentity? identity = _context.Features.Get<AdminIdentity>();
        string role = identity is null ? "none" : AdminPolicies.NameOf(identity.Role);
        return AdminAnswers.RefuseAsync(
            _context, access, StatusCodes.Status403Forbidden,
            $"{identity?.Name} has the role {role}, which may not do this"
            + (role == "none" ? ": name the user in Admin:Users" : ""));
    }
}

/// <summary>Answers that refuse.</summary>
internal static class AdminAnswers
{
    /// <summary>Counts and logs it, and says why.</summary>
    public static Task RefuseAsync(HttpContext context, AdminAccess access, int status, string why)
    {
        if (!access.OnRefused(context, status, why))
        {
            status = StatusCodes.Status429TooManyRequests;
            why = "too many refused requests from this address: wait a minute, or show a token that is known";
        }

        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { outcome = why }, context.RequestAborted);
    }
}
