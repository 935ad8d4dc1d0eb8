using System.Net;
using System.Runtime.InteropServices;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// So many places, which a crowd of one address cannot keep for itself: at the bound a newcomer takes the place of the
/// oldest of the address that has most, when that has at least two more than the newcomer's own; or of one that has as
/// many, when that oldest has had its time. One that waits for this process, and not for its peer, keeps its place:
/// under a load that makes all of them slow, the places would else change hands before anyone is served. Not to be used
/// by two threads.
/// </summary>
internal sealed class FairPlaces(int max)
{
    // Younger than this, none gives way to another of its own address. Two round trips over a satellite are longer,
    // and a terminal at the next table needs 20 ms.
    private static readonly long Grace = TimeSpan.FromMilliseconds(250).Ticks;

    // Each address's, the oldest first. No list is empty.
    private readonly Dictionary<IPAddress, List<Handshake>> _ofAddresses = [];

    public int Max => max;

    public int Count { get; private set; }

    /// <summary>Of those that have a place; no other is kept in mind.</summary>
    public int Addresses => _ofAddresses.Count;

    public bool IsFull => Count >= max;

    /// <summary>Those that wait for their peer, and may have to give way.</summary>
    public int CountWaiting() =>
        _ofAddresses.Values.Sum(static ofAddress => ofAddress.Count(static one => one.IsWaiting));

    public void Add(Handshake one)
    {
        ref List<Handshake>? ofAddress =
            ref CollectionsMarshal.GetValueRefOrAddDefault(_ofAddresses, one.Address, out _);
        (ofAddress ??= []).Add(one);
        Count++;
    }

    public void Remove(Handshake one)
    {
        if (_ofAddresses.TryGetValue(one.Address, out List<Handshake>? ofAddress) && ofAddress.Remove(one))
        {
            Count--;
            if (ofAddress.Count == 0)
            {
                _ofAddresses.Remove(one.Address);
            }
        }
    }

    /// <summary>At the bound: which is to give way to a newcomer; null: none, and that finds no place.</summary>
    public Handshake? WhoGivesWay(IPAddress newcomer, long now)
    {
        int most = 0;
        Handshake? oldest = null;
        foreach (List<Handshake> ofAddress in _ofAddresses.Values)
        {
            if (ofAddress.Count >= most && ofAddress.Find(static one => one.IsWaiting) is { } first
                && (ofAddress.Count > most || oldest is null || first.EnteredAt < oldest.EnteredAt))
            {
                most = ofAddress.Count;
                oldest = first;
            }
        }

        int own = _ofAddresses.TryGetValue(newcomer, out List<Handshake>? ofNewcomer) ? ofNewcomer.Count : 0;
        bool isItsTurn = most >= own + 2 || (most >= own && now - oldest?.EnteredAt >= Grace);
        return isItsTurn ? oldest : null;
    }

    /// <summary>Adds all of those whose time is over.</summary>
    public void FindLate(long beganBefore, List<Handshake> late)
    {
        foreach (List<Handshake> ofAddress in _ofAddresses.Values)
        {
            late.AddRange(ofAddress.Where(one => one.BeganAt <= beganBefore));
        }
    }
}
