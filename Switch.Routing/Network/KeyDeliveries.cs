using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;

namespace Switch.Routing.Network;

/// <summary>
/// A key that the switch sends to an issuer (0800 with 161 or 162), one at a time, on a link that takes traffic. What
/// the key is and what becomes of it is the host's: here a message goes out, and its answer or its silence comes back.
/// </summary>
internal sealed class KeyDeliveries(CoreContext context)
{
    private const int PinKey = 161;
    private const int MacKey = 162;

    // An issuer's security module and disk take their time.
    private const long TimeMin = 5 * TimeSpan.TicksPerSecond;

    private long _tag;
    private LinkRecord? _link;
    private int _stan;
    private long _time;
    private long _until;

    /// <summary>Sends it. False: surely nothing has left, and nothing comes back.</summary>
    public bool TrySend(in KeyOrder order)
    {
        int issuer = order.Issuer;
        LinkRecord? link = Array.Find(
            context.Links, one => one.Issuer == issuer && one.State == LinkState.Ready);
        IssuerState state = context.Issuers[issuer];
        if (_link is not null || link is null || state.IsSignedOff || context.IsShuttingDown
            || !NetworkRequests.HasCode(state.Settings.Dialect))
        {
            return false;
        }

        int stan = state.Stans.Take();
        MessageComposer composer = context.Composer;
        composer.Start(state.Settings.Dialect, Mti.NetworkRequest);
        composer.SetNumber(Field.TransmissionDateTime, context.TransmissionTimeNow);
        composer.SetNumber(Field.Stan, stan);

        // Later editions have one word for both.
        bool isMac = order.IsOfMacs && state.Settings.Dialect.IsoVersion == IsoVersion.Iso1987;
        composer.SetNumber(Field.NetworkCode, isMac ? MacKey : PinKey);
        composer.Set(order.Field, order.Text);
        if (order.CheckField != 0)
        {
            composer.Set(order.CheckField, order.CheckValue);
        }

        if (!composer.TryWrite(out ReadOnlySpan<byte> bytes, out _)
            || !state.Legs.TryAdd(stan, LegOwner.Key, link.Id))
        {
            state.Stans.Release(stan);
            return false;
        }

        if (context.Effects.SendToLink(link.Id, bytes, afterLsn: 0, tag: 0).IsNone)
        {
            state.Legs.Remove(stan);
            state.Stans.Release(stan);
            return false;
        }

        (_tag, _link, _stan, _time) = (order.Tag, link, stan, context.TransmissionTimeNow);
        _until = context.Now.Ticks + Math.Max(state.Settings.Timeout.Ticks, TimeMin);
        return true;
    }

    /// <summary>Takes the answer. False: it is of something else.</summary>
    public bool Takes(LinkRecord link, Message reply, MacState mac)
    {
        if (_link != link || !StanAllocator.TryRead(reply, out int stan) || stan != _stan
            || !NetworkRequests.IsOfTime(reply, _time))
        {
            return false;
        }

        End(new KeyReply
        {
            Tag = _tag,
            Reply = reply,
            IsApproved = NetworkRequests.CodeOf(reply).IsApproval,
            IsVerified = mac == MacState.Verified,
        });
        return true;
    }

    /// <summary>What is not answered in time may have been taken, or not.</summary>
    public void Tick()
    {
        if (_link is not null && _until <= context.Now.Ticks)
        {
            End(new KeyReply { Tag = _tag });
        }
    }

    private void End(in KeyReply reply)
    {
        IssuerState issuer = context.Issuers[_link!.Issuer];
        issuer.Legs.Remove(_stan);
        issuer.Stans.Release(_stan);
        _link = null;
        context.Effects.KeyAnswered(in reply);
    }
}
