using Switch.Protocol.Masking;
using Switch.Routing.Context;
using Switch.Routing.Settings;
using Switch.Routing.Transactions;
using Switch.Routing.Velocity;

namespace Switch.Routing.Operations;

/// <summary>What people see of velocity, and how they let a key go on. A cold path: it may allocate.</summary>
internal sealed class VelocityCommands(CoreContext context, VelocityCheck velocity)
{
    // Places looked at for one page: the core's thread has payments to do. Under half a millisecond.
    private const int PlacesMax = 4_000;

    /// <summary>Shows a page: places of all rules in their order, one after the other.</summary>
    public CoreCommandResult List(in CoreCommand command)
    {
        if (command.VelocityVisitor is null || command.After < 0)
        {
            return new CoreCommandResult(CoreCommandOutcome.NotFound);
        }

        int first = 0;
        int left = PlacesMax;
        int count = 0;
        foreach (VelocityWatch watch in velocity.Watches)
        {
            int end = first + watch.Places;
            for (int at = Math.Max(first, command.After); at < end; at++)
            {
                if (left-- == 0)
                {
                    return new CoreCommandResult(CoreCommandOutcome.Done, 0, count, at);
                }

                if (watch.TryShow(at - first, context.Now.Ticks, command.PercentMin, out VelocityView view))
                {
                    command.VelocityVisitor(ListingOf(watch.Rule, view));
                    count++;
                }
            }

            first = end;
        }

        return new CoreCommandResult(CoreCommandOutcome.Done, 0, count);
    }

    /// <summary>Clears a key that is over a rule, by the text that a list shows; false: there is none such.</summary>
    /// <param name="command">Names both.</param>
    /// <param name="what">Rule and key, for the record.</param>
    public bool TryClear(in CoreCommand command, out string what)
    {
        (string? rule, string? key) = (command.Rule, command.Key);
        what = $"{rule} {key}";
        bool isDone = false;
        foreach (VelocityWatch watch in velocity.Watches)
        {
            isDone |= watch.Rule.Name == rule && watch.Clear((acquirer, name) => TextOf(acquirer, name) == key);
        }

        return isDone;
    }

    private VelocityListing ListingOf(VelocityRule rule, in VelocityView view) => new()
    {
        Rule = rule.Name,
        Key = TextOf(view.Acquirer, view.Name),
        Action = rule.Action.ToString(),
        IsOver = view.IsOver,
        Percent = view.Percent,
        Requests = view.Figures.Requests,
        Cards = view.Figures.Cards,
        Declines = view.Figures.Declines,
        SmallAmounts = view.Figures.SmallAmounts,
        SecondsLeft = view.SecondsLeft,
        Hits = view.Hits,
    };

    // DE 41 and DE 42 are the acquirer's to fill: where they may hold a card number they are masked.
    private string TextOf(int acquirer, VelocityName name)
    {
        string text = name.ToString();
        string party = acquirer < 0 ? "" : context.Configuration.Acquirers[acquirer].Name;
        return FreeText.Mask(party.Length == 0 || text.Length == 0 ? party + text : $"{party}/{text}");
    }
}
