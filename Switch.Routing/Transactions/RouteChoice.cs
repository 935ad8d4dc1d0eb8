using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Payments;
using Switch.Routing.Routes;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>Which route a request's card has.</summary>
internal static class RouteChoice
{
    /// <summary>Gives the transaction its route, or the response code of a request without one.</summary>
    public static bool TryTake(CoreContext context, Transaction transaction, in Pan pan)
    {
        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        bool isRouted = context.Configuration.Routes.TryFind(digits[..pan.CopyDigits(digits)], out Route route);
        digits.Clear();
        transaction.Route = route;
        if (!isRouted)
        {
            transaction.Response = ResponseCode.NoRoute;
            context.Effects.SessionRefused(
                transaction.Session, transaction.Request,
                new Refusal(RefusalReason.NoRoute, Field.Pan, ResponseCode.NoRoute.Value));
        }

        return isRouted;
    }
}
