using Switch.Host.Admin.Access;
using Switch.Protocol.Masking;
using Switch.Routing.Records;

namespace Switch.Host.Admin;

/// <summary>A command as it was given: what a request keeps until another approves it.</summary>
/// <param name="Rule">Which one.</param>
/// <param name="By">Who gave it.</param>
/// <param name="Why">The reason, card numbers masked.</param>
internal sealed record AdminOrder(CommandRule Rule, AdminIdentity By, string Why)
{
    public string? Issuer { get; init; }

    public string? Item { get; init; }

    public string? VelocityRule { get; init; }

    public string? Key { get; init; }

    /// <summary>Of a reload of TLS: whom the switch would believe, as a hash: what is approved is done.</summary>
    public string? Trust { get; init; }

    /// <summary>What it was told, for people and the journal; an item's id only where there is such an item.</summary>
    public string Arguments => string.Join(", ", new[]
    {
        Named("issuer", Issuer), Named("item", Item), Named("rule", Masked(VelocityRule)), Named("key", Masked(Key)),
        Named("trust", Trust),
    }.OfType<string>());

    /// <summary>What goes into the journal of it.</summary>
    /// <param name="outcome">How far it has come.</param>
    /// <param name="second">Who approved or rejected it; empty: one person sufficed.</param>
    public AuditEntry ToAudit(AuditOutcome outcome, string second = "") => new()
    {
        Command = Rule.Name,
        Arguments = Arguments,
        Role = AdminPolicies.NameOf(By.Role),
        From = By.From,
        Second = second,
        Outcome = outcome,
    };

    private static string? Masked(string? text) => text is null ? null : FreeText.Mask(text);

    private static string? Named(string name, string? value) => value is null ? null : $"{name}={value}";
}

/// <summary>How an order ended, as it is answered.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="Outcome">A sentence, or a part of one.</param>
internal sealed record AdminOutcome(int Status, string Outcome)
{
    /// <summary>The record that is durable; 0: none.</summary>
    public long Lsn { get; init; }

    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Of what now waits for another; null: nothing does.</summary>
    public string? Request { get; init; }
}
