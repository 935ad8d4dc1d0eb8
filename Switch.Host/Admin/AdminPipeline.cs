using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using Switch.Host.Admin.Access;

namespace Switch.Host.Admin;

/// <summary>What a request to an admin door passes, in order, before it reaches what it asks for.</summary>
internal static class AdminPipeline
{
    public static void AddServices(IServiceCollection services, AdminParts parts)
    {
        AdminAccess access = parts.Access;
        services.AddSingleton(access);
        services.AddScoped<AdminAuthentication>();
        services.AddAuthenticationCore(static options =>
        {
            options.AddScheme<AdminAuthentication>(AdminAuthentication.Scheme, displayName: null);
            options.DefaultScheme = AdminAuthentication.Scheme;
        });
        services.AddAuthorization(static options =>
        {
            foreach (string role in (string[])[AdminPolicies.Viewer, AdminPolicies.Operator, AdminPolicies.Approver])
            {
                options.AddPolicy(role, policy => policy.RequireRole(role));
            }

            // Also of what is not there: who is not known learns nothing of what is.
            options.FallbackPolicy = options.DefaultPolicy =
                new AuthorizationPolicyBuilder().RequireRole(AdminPolicies.Viewer).Build();
        });
        services.AddRateLimiter(options =>
        {
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                context => LimitOf(context, parts));
            options.OnRejected = (refused, _) => new ValueTask(AdminAnswers.RefuseAsync(
                refused.HttpContext, access, StatusCodes.Status429TooManyRequests,
                "too many requests: wait a second"));
        });
    }

    public static void Use(WebApplication application, AdminParts parts)
    {
        application.Use(WithHeaders);
        application.Use(OnlyWhatTheEntranceHas);
        application.Use(new AdminDoor(parts.Listen?.Address ?? IPAddress.Loopback, parts.Names, parts.Access)
            .OnRequestAsync);
        application.Use((context, next) => OnlyWhatCanBeRead(context, next, parts.Access));
        application.UseAuthentication();
        application.UseRateLimiter();

        // Without a listener of their own, metrics are for everyone on this machine, as health is for all.
        bool areOpen = parts.Metrics is null && parts.Listen is { } listen && IPAddress.IsLoopback(listen.Address);
        application.UseWhen(
            context => IsMetrics(context)
                && (areOpen || AdminDoors.EntranceOf(context) == AdminEntrance.Metrics),
            open => UseMetrics(open, parts.Exporter));
        application.UseAuthorization();
        UseMetrics(application, parts.Exporter);
    }

    private static void UseMetrics(IApplicationBuilder application, MeterProvider? exporter)
    {
        if (exporter is not null)
        {
            application.UseOpenTelemetryPrometheusScrapingEndpoint(
                exporter, predicate: null, path: "/metrics",
                configureBranchedPipeline: static branch => branch.Use(PlainSeries.OnRequestAsync), optionsName: null);
        }
    }

    // What is shown is for this reader, now, and is no page that may load or be framed by anything.
    private static Task WithHeaders(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        return next(context);
    }

    private static Task OnlyWhatTheEntranceHas(HttpContext context, RequestDelegate next)
    {
        bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (AdminDoors.EntranceOf(context) == AdminEntrance.Metrics
            && !(isRead && (IsMetrics(context) || IsHealth(context))))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(context);
    }

    // A body that is too long is found while it is read.
    private static async Task OnlyWhatCanBeRead(HttpContext context, RequestDelegate next, AdminAccess access)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException problem) when (!context.Response.HasStarted)
        {
            await AdminAnswers.RefuseAsync(context, access, problem.StatusCode, problem.Message).ConfigureAwait(false);
        }
    }

    private static bool IsMetrics(HttpContext context) => context.Request.Path == "/metrics";

    private static bool IsHealth(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal);

    private static RateLimitPartition<string> LimitOf(HttpContext context, AdminParts parts) =>
        IsHealth(context) || IsMetrics(context)
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetTokenBucketLimiter(
                context.User.Identity?.Name is { } name ? $"name {name}" : $"from {AdminAccess.AddressOf(context)}",
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = parts.RequestsMax,
                    TokensPerPeriod = parts.RequestsPerSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                });
}
