using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Security.Keys;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Server;

/// <summary>
/// Keys that partners send: each is put under the module's own master key and made durable on a thread of the pool, one
/// after the other. It is used from the moment on at which the core has answered.
/// </summary>
internal sealed class KeyExchanger(SwitchOptions options, SecurityDesk security, Inbox inbox, ILogger logger)
{
    private const int TextMax = 999;

    /// <summary>On the core's thread. False: the partner's keys are not exchanged by messages.</summary>
    public bool TryAsk(in KeyQuestion ask)
    {
        (string name, ZoneKeyOptions keys, MacOptions? mac, KeyExchangeOptions? exchange) = PartyOf(in ask);
        if (exchange is null)
        {
            return false;
        }

        var order = new Order
        {
            Tag = ask.Tag,
            Party = $"{(ask.IsOfIssuer ? "Issuer" : "Acquirer")} {name}",
            Keys = keys,
            Under = exchange.Under,
            MustBeVerified = mac is not null,
            IsVerified = ask.IsVerified,
            Key = TextOf(ask.Request, exchange.Field),
            Check = exchange.CheckField is { } field ? TextOf(ask.Request, field) : "",
        };
        _ = Task.Run(() => RunAsync(order));
        return true;
    }

    private async Task RunAsync(Order order)
    {
        var result = new KeyExchangeResult(KeyOutcome.Failed);
        try
        {
            result = await ExchangeAsync(order).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            KeyExchangeLog.Defect(logger, order.Party, defect);
        }

        KeyExchangeResult exchange = result;
        var answered = new KeyAnswered(order.Tag, result.Outcome, () => security.Use(exchange));
        await inbox.PushCertainlyAsync(new InboxEvent { Kind = InboxKind.KeyExchanged, Rare = answered })
            .ConfigureAwait(false);
    }

    private async Task<KeyExchangeResult> ExchangeAsync(Order order)
    {
        if (order.MustBeVerified && !order.IsVerified)
        {
            return Refused(order, KeyOutcome.Unverified);
        }

        if (!KeyMessage.TryParse(order.Key, order.Check, out KeyMessage? message))
        {
            return Refused(order, KeyOutcome.Unreadable);
        }

        string? name = message.Kind == Security.KeyKind.Zpk ? order.Keys.Zpk : order.Keys.Zak;
        if (name is null)
        {
            return Refused(order, KeyOutcome.NotConfigured);
        }

        KeyExchangeResult result = await security.ExchangeAsync(name, order.Under, message).ConfigureAwait(false);
        if (result.Outcome != KeyOutcome.Taken)
        {
            return Refused(order, result.Outcome);
        }

        string checkValue = result.Store?.Find(name)?.Current.CheckValue ?? "";
        KeyExchangeLog.Taken(logger, order.Party, name, checkValue, result.IsAgain);
        return result;
    }

    private KeyExchangeResult Refused(Order order, KeyOutcome why)
    {
        KeyExchangeLog.Refused(logger, order.Party, why);
        return new KeyExchangeResult(why);
    }

    private (string Name, ZoneKeyOptions Keys, MacOptions? Mac, KeyExchangeOptions? Exchange) PartyOf(
        in KeyQuestion ask)
    {
        if (ask.IsOfIssuer)
        {
            IssuerOptions issuer = options.Issuers[ask.Party];
            return (issuer.Name, issuer.Keys, issuer.Mac, issuer.KeyExchange);
        }

        AcquirerOptions acquirer = options.Acquirers[ask.Party];
        return (acquirer.Name, acquirer.Keys, acquirer.Mac, acquirer.KeyExchange);
    }

    private static string TextOf(Message message, int field)
    {
        Span<byte> text = stackalloc byte[TextMax];
        return message.TextLength(field) <= text.Length
            ? System.Text.Encoding.Latin1.GetString(text[..message.CopyText(field, text)])
            : "";
    }

    private sealed record Order
    {
        public required long Tag { get; init; }

        public required string Party { get; init; }

        public required ZoneKeyOptions Keys { get; init; }

        public required string Under { get; init; }

        public required bool MustBeVerified { get; init; }

        public required bool IsVerified { get; init; }

        public required string Key { get; init; }

        public required string Check { get; init; }
    }
}

/// <summary>Ids 6040 to 6042; ids and names are an interface that alerts match on.</summary>
internal static partial class KeyExchangeLog
{
    [LoggerMessage(
        6040, LogLevel.Information,
        "{Party} sent a key: {Key} is {CheckValue} from now on (again: {IsAgain}); the one before is taken too")]
    public static partial void Taken(ILogger logger, string party, string key, string checkValue, bool isAgain);

    [LoggerMessage(6041, LogLevel.Error, "{Party} sent a key that is not taken: {Why}")]
    public static partial void Refused(ILogger logger, string party, KeyOutcome why);

    [LoggerMessage(
        6042, LogLevel.Error, "{Party} sent a key, and to take it ended in a defect of the switch; answered 96")]
    public static partial void Defect(ILogger logger, string party, Exception defect);
}
