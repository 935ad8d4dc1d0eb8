using System.Text;
using Microsoft.AspNetCore.Http;

namespace Switch.Host.Admin;

/// <summary>
/// The exporter writes a series without labels as <c>switch_ready{} 1</c>. Prometheus reads both forms; scripts that
/// look for <c>switch_ready 1</c>, the form of this page from its beginning, read one.
/// </summary>
internal static class PlainSeries
{
    private const string Page = "text/";

    /// <summary>Around the exporter's answer.</summary>
    public static async Task OnRequestAsync(HttpContext context, RequestDelegate next)
    {
        Stream output = context.Response.Body;
        using var page = new MemoryStream();
        context.Response.Body = page;
        try
        {
            await next(context).ConfigureAwait(false);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            context.Response.Body = output;
        }

        ReadOnlyMemory<byte> text = page.GetBuffer().AsMemory(0, (int)page.Length);
        if (context.Response.ContentType?.StartsWith(Page, StringComparison.Ordinal) == true)
        {
            string plain = Encoding.UTF8.GetString(text.Span).Replace("{} ", " ", StringComparison.Ordinal);
            text = Encoding.UTF8.GetBytes(plain);
        }

        context.Response.ContentLength = text.Length;
        await output.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }
}
