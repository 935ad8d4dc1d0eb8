using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Switch.Host.Admin.Access;
using Switch.Host.Connections;

namespace Switch.Host.Admin;

/// <summary>
/// <c>GET /api/trace</c>: the last messages that were refused, and why. It holds what merchants sent, card data
/// masked.
/// </summary>
internal sealed class AdminTrace(IReadOnlyCollection<string> parties, RefusalTrace trace)
{
    private const int CountDefault = 50;
    private const int CountMax = 1_000;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true,
    };

    public void Map(WebApplication application) =>
        application.MapGet("/api/trace", TraceAsync).RequireAuthorization(AdminPolicies.Viewer);

    private Task TraceAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        string? party = query["party"];
        if (party is not null && !parties.Contains(party))
        {
            string known = string.Join(", ", parties);
            return WriteAsync(
                context, StatusCodes.Status404NotFound, new { outcome = $"party must be one of: {known}." });
        }

        long after = long.TryParse(query["after"], out long number) ? number : 0;
        int count = int.TryParse(query["count"], out int wanted) ? Math.Clamp(wanted, 1, CountMax) : CountDefault;
        return WriteAsync(context, StatusCodes.Status200OK, new { items = trace.Read(party, after, count) });
    }

    private static Task WriteAsync<T>(HttpContext context, int status, T value)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, Format, context.RequestAborted);
    }
}
