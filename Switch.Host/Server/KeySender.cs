using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Security;

namespace Switch.Host.Server;

/// <summary>
/// Keys that the switch sends to issuers, because two persons ask for it, one at a time: made by the module, noted in
/// the key store as sent, sent by 0800, and current from the moment on at which the issuer has said that it has it.
/// </summary>
internal sealed class KeySender(SwitchOptions options, SecurityDesk security, Inbox inbox, ILogger logger)
    : IDisposable
{
    // Longer than the core waits for an answer: only a core that has ended says nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string[] Malfunctions = ["91", "96"];

    private readonly SemaphoreSlim _one = new(1);
    private long _tag;

    /// <summary>What stands against it; null: nothing does.</summary>
    /// <param name="kind">Zpk or Zak, in any case; null: the only one that the issuer has.</param>
    public string? Objection(int issuer, string? kind)
    {
        IssuerOptions one = options.Issuers[issuer];
        return one.KeyExchange is null ? $"{one.Name} has no KeyExchange: its keys are not exchanged by messages"
            : KeyOf(one, kind).Name is null
                ? $"{one.Name} has no key of that kind, or both: say which with --kind zpk or --kind zak"
                : null;
    }

    /// <summary>Sends one, and waits for what becomes of it.</summary>
    public async Task<AdminOutcome> SendAsync(int issuer, string? kind)
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            return await SendOneAsync(issuer, kind).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<AdminOutcome> SendOneAsync(int issuer, string? kind)
    {
        IssuerOptions one = options.Issuers[issuer];
        IssuerKeyExchangeOptions exchange = one.KeyExchange!;
        (KeyKind of, string? named) = KeyOf(one, kind);
        string name = named!;
        KeyToSend? made = await security.MakeToSendAsync(name, of, exchange.Under, exchange.Scheme)
            .ConfigureAwait(false);
        if (made is null)
        {
            KeySenderLog.NotMade(logger, one.Name, name);
            return new AdminOutcome(
                StatusCodes.Status503ServiceUnavailable,
                $"no key was sent: the security module made none of {name}, or the key store could not be written");
        }

        KeyVerdict verdict = await AskAsync(issuer, of, exchange, made).ConfigureAwait(false);
        KeyFate fate = FateOf(one, verdict, made);
        if (fate == KeyFate.Taken && await security.TakeSentAsync(name, made.CheckValue).ConfigureAwait(false))
        {
            KeySenderLog.Taken(logger, one.Name, name, made.CheckValue);
            return new AdminOutcome(
                StatusCodes.Status200OK,
                $"done: {one.Name} has the key, {name} is {made.CheckValue} from now on, and the one before is taken "
                + "too");
        }

        // What was sent before may have been taken then, whatever is said now; and one with a malfunction may have it.
        bool isCertain = fate == KeyFate.NotSent || (fate == KeyFate.Refused && !Malfunctions.Contains(verdict.Code));
        bool isOver = isCertain && !made.IsAgain && await security.DropSentAsync(name).ConfigureAwait(false);
        KeySenderLog.NotTaken(logger, one.Name, name, made.CheckValue, fate, verdict.Code, isOver);
        return new AdminOutcome(StatusOf(fate), $"{Describe(one.Name, fate, verdict)}: the key of before stays in use")
        {
            Problems = isOver
                ? []
                :
                [
                    $"{one.Name} may have the key {made.CheckValue}: what it seals with it is taken, nothing is "
                    + "enciphered or sealed with it, and the same command sends the same key again",
                ],
        };
    }

    private async Task<KeyVerdict> AskAsync(int issuer, KeyKind kind, KeyExchangeOptions exchange, KeyToSend made)
    {
        string text = (kind == KeyKind.Zpk ? "P" : "M") + made.Text;
        bool isApart = exchange.CheckField is not null;
        var key = new KeyDelivery(
            ++_tag, issuer, kind == KeyKind.Zak, exchange.Field,
            Encoding.ASCII.GetBytes(isApart || made.Text[0] == 'R' ? text : text + made.CheckValue),
            exchange.CheckField ?? 0, Encoding.ASCII.GetBytes(made.CheckValue));
        await inbox.PushCertainlyAsync(new InboxEvent { Kind = InboxKind.SendKey, Rare = key }).ConfigureAwait(false);
        try
        {
            return await key.Ended.Task.WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return KeyVerdict.Silent;
        }
    }

    // An approval without the MAC that it must have may be of somebody else, and one of another key is none of this.
    private static KeyFate FateOf(IssuerOptions issuer, KeyVerdict verdict, KeyToSend made)
    {
        bool isBelieved = issuer.Mac is null || verdict.IsVerified;
        string check = verdict.Check.TrimEnd(' ');
        bool isOfKey = check.Length == 0 || check.EndsWith(made.CheckValue, StringComparison.Ordinal);
        return verdict.Fate is KeyFate.Taken or KeyFate.Refused && !isBelieved ? KeyFate.Silent
            : verdict.Fate == KeyFate.Taken && !isOfKey ? KeyFate.OtherKey
            : verdict.Fate;
    }

    private static string Describe(string issuer, KeyFate fate, KeyVerdict verdict) => fate switch
    {
        KeyFate.Taken => $"{issuer} has the key, and the key store could not be written",
        KeyFate.Refused => $"{issuer} refused the key with {verdict.Code}",
        KeyFate.OtherKey => $"{issuer} says that it has a key of another check value",
        KeyFate.NotSent => $"no key was sent: no link to {issuer} is signed on",
        _ => $"{issuer} did not answer",
    };

    private static int StatusOf(KeyFate fate) => fate switch
    {
        KeyFate.Taken or KeyFate.NotSent => StatusCodes.Status503ServiceUnavailable,
        KeyFate.Silent => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status502BadGateway,
    };

    private static (KeyKind Kind, string? Name) KeyOf(IssuerOptions issuer, string? kind)
    {
        bool isMac = kind is null ? issuer.Keys.Zpk is null
            : string.Equals(kind, nameof(KeyKind.Zak), StringComparison.OrdinalIgnoreCase);
        bool isKnown = kind is null
            ? issuer.Keys.Zpk is null || issuer.Keys.Zak is null
            : isMac || string.Equals(kind, nameof(KeyKind.Zpk), StringComparison.OrdinalIgnoreCase);
        return (isMac ? KeyKind.Zak : KeyKind.Zpk, !isKnown ? null : isMac ? issuer.Keys.Zak : issuer.Keys.Zpk);
    }
}

/// <summary>Ids 6043 to 6045; ids and names are an interface that alerts match on.</summary>
internal static partial class KeySenderLog
{
    [LoggerMessage(
        6043, LogLevel.Information, "{Issuer} has taken a key: {Key} is {CheckValue} from now on; the one before is "
            + "taken too")]
    public static partial void Taken(ILogger logger, string issuer, string key, string checkValue);

    [LoggerMessage(
        6044, LogLevel.Error, "{Issuer} has not taken {Key} {CheckValue}: {Fate} {Code}; the key of before stays in "
            + "use (over: {IsOver})")]
    public static partial void NotTaken(
        ILogger logger, string issuer, string key, string checkValue, KeyFate fate, string code, bool isOver);

    [LoggerMessage(6045, LogLevel.Error, "No key was made for {Issuer}: {Key} stays what it is")]
    public static partial void NotMade(ILogger logger, string issuer, string key);
}
