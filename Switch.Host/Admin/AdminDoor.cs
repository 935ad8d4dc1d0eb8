using System.Net;
using Microsoft.AspNetCore.Http;
using Switch.Host.Admin.Access;

namespace Switch.Host.Admin;

/// <summary>
/// Which requests the admin listener takes at all, whatever they ask for. A browser of somebody who may reach it can be
/// made to ask by any page it shows: directly, or under a name of the page's own that leads to this address (DNS
/// rebinding). So the name that is asked for must be one of the listener's, and what comes from a page must come from a
/// page of the listener's own. Programs send no word of pages and are not asked for any.
/// </summary>
internal sealed class AdminDoor
{
    /// <summary>With 1 in it from pages of the listener's own that change something.</summary>
    public const string PageHeader = "X-Switch-Request";

    private readonly HashSet<string> _names;

    private readonly AdminAccess _access;

    /// <param name="listen">Where the listener is.</param>
    /// <param name="names">By what other names it is reached (Admin:Names).</param>
    /// <param name="access">Counts what is refused.</param>
    public AdminDoor(IPAddress listen, IEnumerable<string> names, AdminAccess access)
    {
        _access = access;
        _names = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase) { Environment.MachineName };
        if (IPAddress.IsLoopback(listen) || listen.Equals(IPAddress.Any) || listen.Equals(IPAddress.IPv6Any))
        {
            _names.Add("localhost");
        }
    }

    /// <summary>Around a request. Health is for every balancer, under any name, and says nothing else.</summary>
    public async Task OnRequestAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            || AdminDoors.EntranceOf(context) != AdminEntrance.Network
            || Refuse(context.Request) is not { } refusal)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        await AdminAnswers.RefuseAsync(context, _access, refusal.Status, refusal.Why).ConfigureAwait(false);
    }

    /// <summary>Null when the request may go on; else the status and a sentence that says why not.</summary>
    public (int Status, string Why)? Refuse(HttpRequest request)
    {
        if (!IsOwnName(request.Host))
        {
            return (StatusCodes.Status421MisdirectedRequest,
                "This host name is not allowed. Use the listener's address, or set Admin:Names.");
        }

        bool isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        string origin = request.Headers.Origin.ToString();
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        bool isForeign = origin.Length > 0 && !IsOwnOrigin(origin, request.Scheme, request.Host);
        if (isForeign || site is not ("" or "same-origin" or "none"))
        {
            return (StatusCodes.Status403Forbidden, "Requests from pages of other sites are refused.");
        }

        if (isRead)
        {
            return null;
        }

        // A browser that says nothing of itself says at least that a page sent a form.
        bool isSession = request.Cookies.ContainsKey(AdminAccess.Cookie)
            && request.Headers.Authorization.Count == 0;
        if (origin.Length == 0 && (site.Length > 0 || isSession))
        {
            return (StatusCodes.Status403Forbidden, "A request that changes something needs an Origin header.");
        }

        // A form cannot set a header, and a page of another site may not.
        return isSession && request.Headers[PageHeader].ToString() != "1"
            ? (StatusCodes.Status403Forbidden, $"A request that changes something needs the header {PageHeader}: 1.")
            : null;
    }

    // An address cannot be pointed elsewhere, so it is no name of a stranger's. HTTP/1.0 has no Host, browsers do.
    private bool IsOwnName(HostString host) =>
        !host.HasValue || _names.Contains(host.Host) || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);

    private static bool IsOwnOrigin(string origin, string scheme, HostString host) =>
        host.HasValue && string.Equals(origin, $"{scheme}://{host.Value}", StringComparison.OrdinalIgnoreCase);
}
