using System.Security.Claims;
using Switch.Host.Configuration;

namespace Switch.Host.Admin.Access;

/// <summary>Who asks, by what was shown and never by what was said.</summary>
/// <param name="Name">Of the credential, or of the user at the socket.</param>
/// <param name="Role">What it may do.</param>
/// <param name="From">Where it asks from: an address, or a process of this machine.</param>
internal sealed record AdminIdentity(string Name, AdminRole Role, string From)
{
    /// <summary>It came with a cookie: a page may have sent it.</summary>
    public bool IsSession { get; init; }

    /// <summary>As the platform's authorization takes it: a claim for each role up to its own.</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        var claims = new List<Claim> { new(ClaimTypes.Name, Name) };
        for (AdminRole role = AdminRole.Viewer; role <= Role; role++)
        {
            claims.Add(new Claim(ClaimTypes.Role, AdminPolicies.NameOf(role)));
        }

        return new ClaimsPrincipal(new ClaimsIdentity(claims, AdminAuthentication.Scheme));
    }
}

/// <summary>How someone was recognized, or why not.</summary>
/// <param name="Identity">Null: it is not known who asks.</param>
/// <param name="Problem">A sentence about what was shown; empty: nothing was shown.</param>
internal readonly record struct Recognition(AdminIdentity? Identity, string Problem);
