using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;

namespace Switch.Benchmarks.Reference;

/// <summary>docs/reference/log-events.md: every log event of the program, from its attributes.</summary>
internal static class LogEventsPage
{
    private static readonly Area[] Areas =
    [
        new(100, 999, "The process"),
        new(1000, 1999, "Sessions: connections from acquirers, and the admin listener"),
        new(2000, 2999, "Links: connections to issuers"),
        new(3000, 3999, "The switch and its core"),
        new(4000, 4999, "The journal and its keeper"),
        new(5000, 5999, "The store"),
        new(6000, 6999, "Security modules"),
    ];

    /// <summary>The page as it must be in the repository.</summary>
    /// <exception cref="InvalidOperationException">An id lies in no area.</exception>
    public static string Text()
    {
        LogEvent[] events = [.. Events(typeof(SwitchOptions).Assembly).OrderBy(static one => one.Id)];
        StringBuilder page = ReferencePages.Begin(
            "Log events",
            "Every event that the program can log. Ids and names are never changed after a release; texts may be.\n"
            + "[Operations](../operating/operations.md#what-the-log-says) says what to do about each incident.\n"
            + "The names in braces are properties of the event, so a log collector can search for them.");
        int written = 0;
        foreach (Area area in Areas)
        {
            LogEvent[] ofArea = [.. events.Where(area.Holds)];
            written += ofArea.Length;
            page.Append("## ").Append(area.Title)
                .Append("\n\n| Id | Level | Name | Text |\n| ---: | --- | --- | --- |\n");
            foreach (LogEvent one in ofArea)
            {
                page.Append("| ").Append(one.Id).Append(" | ").Append(one.Level).Append(" | `").Append(one.Name)
                    .Append("` | ").Append(ReferencePages.Cell(one.Text)).Append(" |\n");
            }

            page.Append('\n');
        }

        return written == events.Length
            ? ReferencePages.End(page)
            : throw new InvalidOperationException("A log event has an id of no area: see LogEventsPage.Areas.");
    }

    private static IEnumerable<LogEvent> Events(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select new LogEvent(
            attribute.EventId, attribute.Level, attribute.EventName ?? method.Name, attribute.Message);

    private sealed record Area(int First, int Last, string Title)
    {
        public bool Holds(LogEvent one) => one.Id >= First && one.Id <= Last;
    }

    private sealed record LogEvent(int Id, LogLevel Level, string Name, string Text);
}
