using Switch.Host.Configuration;

namespace Switch.Host.Admin.Access;

/// <summary>Names of the roles, which are also those of what is asked of an endpoint's caller.</summary>
internal static class AdminPolicies
{
    /// <summary>May look.</summary>
    public const string Viewer = "viewer";

    /// <summary>May command.</summary>
    public const string Operator = "operator";

    /// <summary>May approve what another has requested.</summary>
    public const string Approver = "approver";

    public static string NameOf(AdminRole role) => role switch
    {
        AdminRole.Viewer => Viewer,
        AdminRole.Operator => Operator,
        AdminRole.Approver => Approver,
        _ => "none",
    };
}
